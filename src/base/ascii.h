// Upper and lower case of ASCII letters, whatever the locale; other bytes stay as they are.
#pragma once

#include <string>
#include <string_view>

namespace weir {

std::string LowerAscii(std::string_view text);

bool EqualIgnoringCase(std::string_view a, std::string_view b);

}  // namespace weir
