// SQL as text: what weir must know of its syntax ("Lexical Structure" in the manual).
#pragma once

#include <string>
#include <string_view>

namespace weir::postgres {

// Quotes an identifier or a literal for SQL text; the session runs standard_conforming_strings.
std::string QuoteIdentifier(std::string_view name);
std::string QuoteLiteral(std::string_view text);

// The same where it is needed; keywords are left alone. For messages.
std::string QuoteIfNeeded(std::string_view name);

// The word that a statement begins with, in capitals; empty when it is no word. Spaces, comments
// and parentheses before it do not count.
std::string FirstWord(std::string_view statement);

// A statement without the semicolons, spaces and comments that it ends with.
std::string_view WithoutEnd(std::string_view statement);

}  // namespace weir::postgres
