// Ranges of rows and slices in messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

// "rows 3 to 7", or "row 3" when there is one.
std::string Range(std::string_view noun, int64_t first, int64_t last);

}  // namespace weir
