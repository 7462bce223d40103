#include "core/format_options.h"

#include <fmt/format.h>

namespace weir {

Status OptionNotApplicable(std::string_view option, std::string_view format) {
  return Error("usage.option_not_applicable",
               fmt::format("--{} has no meaning for {}", option, format));
}

}  // namespace weir
