// SQL as text: what weir must know of its syntax ("Lexical Structure" in the manual).
#pragma once

#include <string>
#include <string_view>

#include "base/sql_quote.h"  // the session runs standard_conforming_strings

namespace weir::postgres {

// A quoted identifier where quotes are needed; keywords are left alone. For messages.
std::string QuoteIfNeeded(std::string_view name);

// The word that a statement begins with, in capitals; empty when it is no word. Spaces, comments
// and parentheses before it do not count.
std::string FirstWord(std::string_view statement);

// A statement without the semicolons, spaces and comments that it ends with.
std::string_view WithoutEnd(std::string_view statement);

}  // namespace weir::postgres
