#include "db/duckdb/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

namespace weir::duckdb {
namespace {

struct CodeRule {
  std::string_view text;  // must occur in the message
  const char* code;
  const char* hint;
};

// The first rule that fits decides.
constexpr CodeRule kOpenRules[] = {
    {"Could not set lock", "duckdb.locked",
     "another process has the file open for writing; wait for it, or close it"},
    {"not a valid DuckDB database", "duckdb.not_a_database",
     "it may be a file of another kind; other local files are read with `duckdb:` and --query "
     "\"SELECT * FROM 'file'\""},
    {"with version number", "duckdb.version", "it was written by another version of DuckDB"},
    {"storage version", "duckdb.version", "it was written by another version of DuckDB"},
    {"encrypted", "duckdb.encrypted", "weir cannot read encrypted databases"},
    {"orrupt", "duckdb.corrupt", "restore the file from a copy"},
    {"checksum", "duckdb.corrupt", "restore the file from a copy"},
    {"Serialization Error", "duckdb.corrupt", "restore the file from a copy"},
};

constexpr CodeRule kStatementRules[] = {
    {"Out of Memory Error", "duckdb.out_of_memory", "raise --memory"},
    {"max_temp_directory_size", "duckdb.out_of_memory", "raise --memory"},
    {"multiple statements", "duckdb.syntax", "give one statement only"},
    {"INTERRUPT Error", "interrupted", ""},
    {"Parser Error", "duckdb.syntax", ""},
    {"Catalog Error", "duckdb.unknown_name", ""},
    {"Binder Error", "duckdb.invalid_query", ""},
    {"Permission Error", "duckdb.permission_denied", ""},
    {"checksum", "duckdb.corrupt", "restore the file from a copy"},
    {"orrupt", "duckdb.corrupt", "restore the file from a copy"},
    {"IO Error", "duckdb.io", ""},
};

const CodeRule* FindRule(const CodeRule* begin, const CodeRule* end, std::string_view message) {
  for (const CodeRule* rule = begin; rule != end; ++rule) {
    if (message.find(rule->text) != std::string_view::npos) return rule;
  }
  return nullptr;
}

// The Arrow functions answer with {"exception_type": ..., "exception_message": ...}.
std::string MessageIn(std::string_view message) {
  if (!message.starts_with('{')) return std::string(message);
  auto json = nlohmann::json::parse(message, nullptr, false);
  auto text = [&](const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_string()
               ? json[key].get<std::string>()
               : std::string();
  };
  std::string found = text("exception_message");
  if (found.empty()) return std::string(message);
  return fmt::format("{} Error: {}", text("exception_type"), found);
}

// One line: without the statement's text, advice about DuckDB's settings and the blank lines.
std::string Condense(std::string_view message) {
  // Advice about memory is about settings that weir sets itself.
  if (message.starts_with("Out of Memory Error")) message = message.substr(0, message.find('\n'));
  for (std::string_view tail : {"\n\nLINE ", "\nLINE ", "\n\nPossible solutions", "\n\nSee also",
                                "This limit was set by"}) {
    message = message.substr(0, message.find(tail));
  }
  std::string line;
  for (char c : message) {
    bool space = c == '\n' || c == '\r' || c == ' ';
    if (space && (line.empty() || line.back() == ' ')) continue;
    line += space ? ' ' : c;
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

Status KnownError(const std::string& message) {
  if (message.find("No space left on device") != std::string::npos) {
    ErrorInfo info = GetErrorInfo(ErrnoError(ENOSPC, ""));
    return Error(std::move(info), Condense(message));
  }
  const CodeRule* rule = FindRule(std::begin(kStatementRules), std::end(kStatementRules), message);
  if (rule == nullptr) return Error("duckdb.failed", Condense(message));
  if (rule->code == std::string_view("interrupted")) return Interrupted();
  return Error(rule->code, Condense(message), rule->hint);
}

// DuckDB points at the mistake with a line of the statement and a caret below it:
//   LINE 2:  xx from range(3)
//            ^
// A line that was too long begins with dots, which hides where it is cut.
std::string PlaceIn(std::string_view message, const UserLines& user) {
  constexpr std::string_view kLabel = "\nLINE ";
  const size_t at = message.rfind(kLabel);
  if (at == std::string_view::npos) return "";
  std::string_view shown = message.substr(at + kLabel.size());
  int64_t line = 0;
  const auto parsed = std::from_chars(shown.data(), shown.data() + shown.size(), line);
  line -= user.before;
  if (parsed.ec != std::errc() || line < 1 || line > user.count) return "";
  const std::string file = user.file.empty() ? "" : user.file + ", ";
  const size_t end = shown.find('\n');
  const size_t text = shown.find(": ") + 2;
  if (end == std::string_view::npos || text > end || shown.substr(text, 3) == "...") {
    return fmt::format(" ({}line {})", file, line);
  }
  const size_t caret = shown.find('^', end);
  const size_t label = kLabel.size() - 1 + text;  // what stands before the text on its line
  if (caret == std::string_view::npos || caret - end - 1 < label) {
    return fmt::format(" ({}line {})", file, line);
  }
  return fmt::format(" ({}line {}, column {})", file, line, caret - end - label);
}

}  // namespace

UserLines LinesOf(std::string_view before, std::string_view text, std::string file) {
  return {std::count(before.begin(), before.end(), '\n'),
          1 + std::count(text.begin(), text.end(), '\n'), std::move(file)};
}

Status StatementError(const char* raw_message, const UserLines* user) {
  if (raw_message == nullptr) return Status::OutOfMemory("DuckDB has no more memory");
  const std::string message = MessageIn(raw_message);
  const Status failure = KnownError(message);
  if (user == nullptr) return failure;
  return failure.WithMessage(failure.message(), PlaceIn(message, *user));
}

Status OpenError(std::string_view path, std::string_view raw_message) {
  std::string message = MessageIn(raw_message);
  const CodeRule* rule = FindRule(std::begin(kOpenRules), std::end(kOpenRules), message);
  std::string text = fmt::format("opening {}: {}", path, Condense(message));
  if (rule == nullptr) return Error("duckdb.open_failed", text);
  return Error(rule->code, text, rule->hint);
}

}  // namespace weir::duckdb
