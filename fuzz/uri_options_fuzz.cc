// What people type. The first byte says what the rest is:
//
//   p  a password, which is put into connection strings
//   u  a connection string
//   o  the value of an option
//   w  the words of a command line, one a line
//   s  SQL
//   j  a CopySpec as JSON
#include <fmt/ranges.h>
#include <libpq-fe.h>

#include <algorithm>
#include <memory>

#include "base/byte_size.h"
#include "base/duration.h"
#include "base/redact.h"
#include "builtin/registry.h"
#include "cli/parse.h"
#include "core/copy_spec_json.h"
#include "core/option_values.h"
#include "core/places.h"
#include "db/postgres/sql_text.h"
#include "db/postgres/user_sql.h"
#include "fuzz/fuzzing.h"

namespace weir {
namespace {

using fuzzing::Input;
using fuzzing::Require;

const Registry& Names() {
  static const Registry registry = BuiltinRegistry();
  return registry;
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Everything but RFC 3986's unreserved characters, in percents.
std::string PercentEncode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

// As the value of a keyword between apostrophes.
std::string KeywordEscape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\'' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// Of a length that cannot be there by chance: shorter ones are hidden as whole words only.
constexpr size_t kPieceBytes = 8;

// A connection string: what stands before the password, the password as it is written there, and
// what stands behind it.
struct Connection {
  std::string before, written, after;

  std::string With(std::string_view password) const {
    return before + std::string(password) + after;
  }
};

// Whether a piece of the password is printed that does not stand in `visible`, too, and is not what
// passwords are hidden with.
bool Shows(std::string_view text, std::string_view password, std::string_view visible) {
  for (size_t at = 0; at + kPieceBytes <= password.size(); ++at) {
    const std::string_view piece = password.substr(at, kPieceBytes);
    const bool is_mask = Contains(piece, "**") || Contains(piece, "xx");
    if (!is_mask && Contains(text, piece) && !Contains(visible, piece)) return true;
  }
  return false;
}

// Nothing that weir prints of the connection string, or of a message that quotes it or the
// password, may show the password.
void CheckHidden(const Connection& connection, std::string_view password) {
  const std::string whole = connection.With(connection.written);
  const auto failure = [](const std::string& text) { return "cannot connect to \"" + text + "\""; };
  const auto quote = [](std::string_view text) { return fmt::format("bad value: \"{}\"", text); };
  const std::string visible = failure(connection.With("***"));
  Redactor redactor;
  redactor.Learn(whole);
  const std::string message = redactor.Redact(failure(whole));
  Require(!Shows(message, connection.written, visible), "a password is hidden", message);
  const std::string quoting = redactor.Redact(quote(password));
  Require(!Shows(quoting, password, visible + quote("***")), "so is a decoded one", quoting);
  std::string words = whole;
  ScrubSecrets(words.data());
  Require(words.size() == whole.size(), "the process list keeps its length", words);
  const std::string scrubbed = connection.With(std::string(connection.written.size(), 'x'));
  Require(!Shows(words, connection.written, scrubbed), "a password is hidden in it", words);
}

void CheckPassword(std::string_view password) {
  if (password.size() < kPieceBytes || Contains(password, {"\0", 1})) return;
  const std::string encoded = PercentEncode(password);
  CheckHidden({"postgresql://joe:", encoded, "@db.example/d"}, password);
  CheckHidden({"postgresql://db.example/d?user=joe&password=", encoded, "&a=b"}, password);
  CheckHidden({"host=db.example password='", KeywordEscape(password), "' user=joe"}, password);
  // Behind what ends the user part to libpq, they may be parameters.
  const size_t user_end = password.find_first_of("@/");
  const std::string_view rest = password.substr(std::min(user_end, password.size()));
  if (Contains(rest, "?") && Contains(rest, "=")) return;
  CheckHidden({"postgresql://joe:", std::string(password), "@db.example/d"}, password);
}

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// libpq's opinion of what is the password.
std::string PasswordOf(const std::string& connection) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(connection.c_str(), &error));
  PQfreemem(error);
  for (auto* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
    const bool is_password = std::string_view(option->keyword) == "password";
    if (is_password && option->val != nullptr) return option->val;
  }
  return "";
}

void CheckUri(const std::string& uri) {
  (void)FindSourceKind(Names(), uri);
  (void)UnknownSource(uri, Names());
  (void)RedactSecrets(uri);
  const std::string password = PasswordOf(uri);
  const size_t first = uri.find(password);
  const bool usable = password.size() >= 8 && uri.find('\0') == std::string::npos &&
                      first != std::string::npos &&
                      uri.find(password, first + 1) == std::string::npos;
  if (!usable) return;
  CheckHidden({uri.substr(0, first), password, uri.substr(first + password.size())}, password);
}

void CheckNames(std::string_view text) {
  const auto names = ParseNames(text);
  if (!names.ok()) return;
  std::vector<std::string> entries;
  for (const std::string& name : *names) entries.push_back(ListEntry(name));
  const std::string list = fmt::format("{}", fmt::join(entries, ","));
  const auto again = ParseNames(list);
  Require(again.status(), "a list of names that is written is read");
  Require(*again == *names, "it has the same names", list);
}

void CheckOption(std::string_view text) {
  CheckNames(text);
  (void)ParseColumns(text);
  (void)ParseOrderBy(text);
  (void)ParseDelimiter(text);
  (void)CheckChoice(text, {"fail", "replace"});
  const auto number = ParseWholeNumber(text, -100, 1000000);
  Require(!number.ok() || (*number >= -100 && *number <= 1000000), "a number is in its range");
  const auto bytes = ParseByteSize(text);
  Require(!bytes.ok() || *bytes >= 0, "a size is not negative");
  if (bytes.ok() && *bytes < int64_t{1} << 50) {  // nobody types PiB
    Require(ParseByteSize(FormatByteSize(*bytes)).status(), "a size that is written is read");
  }
  const auto duration = ParseDurationMs(text);
  Require(!duration.ok() || *duration >= 0, "a duration is not negative");
}

void CheckWords(Input input) {
  std::vector<std::string> words;
  while (!input.empty()) words.emplace_back(input.Line());
  const bool reads_file = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word.starts_with("--query-file");
  });
  cli::Invocation invocation;
  if (!reads_file) (void)cli::ParseCommandLine(words, Names(), &invocation);
}

void CheckSql(std::string_view sql) {
  const std::string_view kept = postgres::WithoutEnd(sql);
  Require(sql.starts_with(kept), "a statement without its end is its beginning", kept);
  Require(postgres::WithoutEnd(kept) == kept, "a statement ends once", kept);
  (void)postgres::FirstWord(sql);
  (void)postgres::QuoteIfNeeded(sql);
  const postgres::UserSql statement{"SELECT ", std::string(sql), " FROM t", "q.sql"};
  for (const size_t position : {size_t{0}, size_t{1}, size_t{8}, sql.size(), sql.size() + 100}) {
    (void)postgres::PlaceOf(statement, static_cast<int64_t>(position));
  }
}

void CheckSpec(std::string_view json) {
  const auto spec = CopySpecFromJson(json);
  if (!spec.ok()) return;
  const std::string written = ToJson(*spec);
  const auto again = CopySpecFromJson(written);
  Require(again.status(), "a spec that is written is read");
  Require(ToJson(*again) == written, "it is the same spec", written);
}

}  // namespace
}  // namespace weir

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  weir::fuzzing::Input input(bytes, size);
  switch (input.Byte()) {
    case 'p':
      weir::CheckPassword(input.rest());
      return 0;
    case 'u':
      weir::CheckUri(std::string(input.rest()));
      return 0;
    case 'o':
      weir::CheckOption(input.rest());
      return 0;
    case 'w':
      weir::CheckWords(input);
      return 0;
    case 's':
      weir::CheckSql(input.rest());
      return 0;
    case 'j':
      weir::CheckSpec(input.rest());
      return 0;
    default:
      return -1;
  }
}
