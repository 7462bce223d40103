#include "core/part_name.h"

namespace weir {

bool IsPartName(std::string_view name) {
  constexpr std::string_view kPrefix = "part-";
  constexpr size_t kDigitsMin = 5;
  if (!name.starts_with(kPrefix) || name.find('/') != std::string_view::npos) return false;
  name.remove_prefix(kPrefix.size());
  const size_t digits = name.find_first_not_of("0123456789");
  return digits != std::string_view::npos && digits >= kDigitsMin && name[digits] == '.';
}

}  // namespace weir
