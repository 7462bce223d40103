#include "db/postgres/sql_text.h"

#include <algorithm>
#include <cctype>

namespace weir::postgres {
namespace {

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}

size_t Find(std::string_view sql, std::string_view what, size_t from) {
  return std::min(sql.find(what, from), sql.size());
}

// The end of the comment that begins at `from`, or `from` when none does; block comments nest.
size_t EndOfComment(std::string_view sql, size_t from) {
  if (sql.substr(from, 2) == "--") return Find(sql, "\n", from);
  if (sql.substr(from, 2) != "/*") return from;
  int depth = 0;
  for (size_t at = from; at + 1 < sql.size();) {
    std::string_view two = sql.substr(at, 2);
    depth += two == "/*" ? 1 : two == "*/" ? -1 : 0;
    at += two == "/*" || two == "*/" ? 2 : 1;
    if (depth == 0) return at;
  }
  return sql.size();
}

// The end of the quotation that begins at `from`. A doubled quote is two quotations to this, which
// comes to the same.
size_t EndOfQuotation(std::string_view sql, size_t from) {
  const char quote = sql[from];
  const bool escapes = quote == '\'' && from > 0 &&
                       (sql[from - 1] == 'E' || sql[from - 1] == 'e') &&
                       (from == 1 || !IsWordByte(sql[from - 2]));
  size_t at = from + 1;
  while (at < sql.size() && sql[at] != quote) at += escapes && sql[at] == '\\' ? 2 : 1;
  return std::min(at + 1, sql.size());
}

// The end of $tag$...$tag$, or of the dollar sign when it begins none.
size_t EndOfDollars(std::string_view sql, size_t from) {
  size_t tag_end = from + 1;
  while (tag_end < sql.size() && IsWordByte(sql[tag_end])) ++tag_end;
  const bool in_word = from > 0 && IsWordByte(sql[from - 1]);
  if (in_word || tag_end == sql.size() || sql[tag_end] != '$') return from + 1;
  const std::string_view tag = sql.substr(from, tag_end + 1 - from);
  return std::min(Find(sql, tag, tag_end + 1) + tag.size(), sql.size());
}

}  // namespace

std::string QuoteIfNeeded(std::string_view name) {
  const bool plain = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
                     std::all_of(name.begin(), name.end(), [](unsigned char c) {
                       return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_';
                     });
  return plain ? std::string(name) : QuoteIdentifier(name);
}

std::string FirstWord(std::string_view sql) {
  size_t at = 0;
  while (at < sql.size()) {
    if (const size_t end = EndOfComment(sql, at); end != at) {
      at = end;
    } else if (sql[at] == '(' || std::isspace(static_cast<unsigned char>(sql[at])) != 0) {
      ++at;
    } else {
      break;
    }
  }
  std::string word;
  for (; at < sql.size() && IsWordByte(sql[at]); ++at) {
    word += static_cast<char>(std::toupper(static_cast<unsigned char>(sql[at])));
  }
  return word;
}

std::string_view WithoutEnd(std::string_view sql) {
  size_t end = 0;  // of what is neither space, comment nor a final semicolon
  for (size_t at = 0; at < sql.size();) {
    if (const size_t end_of_comment = EndOfComment(sql, at); end_of_comment != at) {
      at = end_of_comment;
    } else if (sql[at] == ';' || std::isspace(static_cast<unsigned char>(sql[at])) != 0) {
      ++at;
    } else {
      if (sql[at] == '\'' || sql[at] == '"') {
        at = EndOfQuotation(sql, at);
      } else {
        at = sql[at] == '$' ? EndOfDollars(sql, at) : at + 1;
      }
      end = at;
    }
  }
  return sql.substr(0, end);
}

}  // namespace weir::postgres
