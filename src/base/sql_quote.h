// Names and literals of standard SQL (ISO/IEC 9075-2, 5.2 and 5.3): quoted, quotes within doubled.
#pragma once

#include <string>
#include <string_view>

namespace weir {

std::string QuoteIdentifier(std::string_view name);

// Not for a server that takes backslashes for escapes.
std::string QuoteLiteral(std::string_view text);

}  // namespace weir
