#include "core/range_text.h"

#include <fmt/format.h>

namespace weir {

std::string Range(std::string_view noun, int64_t first, int64_t last) {
  if (first == last) return fmt::format("{} {}", noun, first);
  return fmt::format("{}s {} to {}", noun, first, last);
}

}  // namespace weir
