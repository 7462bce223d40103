#include "db/duckdb/sql_text.h"

#include <algorithm>
#include <cctype>

namespace weir::duckdb {
namespace {

// Behind the next `end` from `from` on; the text's end when there is none.
size_t Behind(std::string_view sql, std::string_view end, size_t from) {
  size_t found = sql.find(end, from);
  return found == std::string_view::npos ? sql.size() : found + end.size();
}

// Behind the comment that begins at `at`; `at` when none does.
size_t SkipComment(std::string_view sql, size_t at) {
  if (sql.substr(at, 2) == "--") return Behind(sql, "\n", at);
  if (sql.substr(at, 2) == "/*") return Behind(sql, "*/", at + 2);
  return at;
}

// Behind the string or quoted name that begins at `at`; `at` when none does. A doubled quote looks
// like two strings side by side, which is as good.
size_t SkipQuoted(std::string_view sql, size_t at) {
  if (sql[at] == '\'' || sql[at] == '"') return Behind(sql, sql.substr(at, 1), at + 1);
  if (sql[at] != '$') return at;
  size_t end = sql.find('$', at + 1);
  if (end == std::string_view::npos) return at;
  std::string_view tag = sql.substr(at, end + 1 - at);
  bool is_tag = std::all_of(tag.begin() + 1, tag.end() - 1,
                            [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  return is_tag ? Behind(sql, tag, end + 1) : at;
}

// Behind the spaces and comments that `sql` begins with, and the characters of `others`.
size_t SkipBlanks(std::string_view sql, std::string_view others) {
  size_t at = 0;
  while (at < sql.size()) {
    size_t next = SkipComment(sql, at);
    const bool blank = std::isspace(static_cast<unsigned char>(sql[at])) != 0;
    if (next == at && (blank || others.find(sql[at]) != others.npos)) ++next;
    if (next == at) break;
    at = next;
  }
  return at;
}

}  // namespace

std::vector<std::string> SplitName(std::string_view name) {
  std::vector<std::string> parts(1);
  bool quoted = false;      // inside quotes
  bool was_quoted = false;  // behind the closing one
  for (size_t i = 0; i < name.size(); ++i) {
    if (quoted && name.substr(i, 2) == "\"\"") {
      parts.back() += name[++i];
    } else if (quoted && name[i] == '"') {
      quoted = false;
      was_quoted = true;
    } else if (!quoted && name[i] == '.') {
      parts.emplace_back();
      was_quoted = false;
    } else if (was_quoted) {
      return {};
    } else if (!quoted && name[i] == '"' && parts.back().empty()) {
      quoted = true;
    } else {
      parts.back() += name[i];
    }
  }
  bool empty = std::any_of(parts.begin(), parts.end(), [](auto& part) { return part.empty(); });
  if (quoted || empty) return {};
  return parts;
}

bool HoldsSql(std::string_view sql) {
  return SkipBlanks(sql, ";") < sql.size();
}

std::string FirstWord(std::string_view sql) {
  std::string word;
  for (size_t at = SkipBlanks(sql, "("); at < sql.size(); ++at) {
    const auto c = static_cast<unsigned char>(sql[at]);
    if (std::isalpha(c) == 0 && c != '_') break;
    word += static_cast<char>(std::toupper(c));
  }
  return word;
}

std::string_view WithoutTrailingSemicolon(std::string_view sql) {
  size_t end = sql.size();
  bool ended = false;
  for (size_t at = 0; at < sql.size();) {
    size_t next = SkipComment(sql, at);
    bool blank = next != at || std::isspace(static_cast<unsigned char>(sql[at]));
    if (next == at) next = std::max(SkipQuoted(sql, at), at + 1);
    if (!blank && sql[at] == ';') {
      if (!ended) end = at;
      ended = true;
    } else if (!blank) {
      ended = false;
      end = sql.size();
    }
    at = next;
  }
  return sql.substr(0, end);
}

}  // namespace weir::duckdb
