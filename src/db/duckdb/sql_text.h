// SQL as text: names, literals, and where a statement ends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/sql_quote.h"

namespace weir::duckdb {

// The parts of a dotted name; none when it is no name. Quotes are taken off.
std::vector<std::string> SplitName(std::string_view name);

// Whether there is anything but spaces, comments and semicolons.
bool HoldsSql(std::string_view sql);

// The word that a statement begins with, in capitals; empty when it is no word. Spaces, comments
// and parentheses before it do not count.
std::string FirstWord(std::string_view statement);

// The statement without the semicolons, blanks and comments at its end. One in the middle stays,
// for the parser to complain about.
std::string_view WithoutTrailingSemicolon(std::string_view sql);

}  // namespace weir::duckdb
