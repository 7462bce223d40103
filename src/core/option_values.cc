#include "core/option_values.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/ascii.h"
#include "base/suggest.h"

namespace weir {
namespace {

constexpr char kListHint[] =
    "separate names with commas; put a name that holds a comma, colon or quote in double quotes "
    "and double its quotes: '\"a,b\",\"say \"\"hi\"\"\"'";

struct Name {
  std::string text;
  bool quoted = false;
};

// The names between colons of one entry of a list.
using Entry = std::vector<Name>;

class ListParser {
 public:
  explicit ListParser(std::string_view text) : text_(text) {}

  Result<std::vector<Entry>> Parse() {
    std::vector<Entry> entries(1);
    while (true) {
      ARROW_ASSIGN_OR_RAISE(Name name, ParseName());
      entries.back().push_back(std::move(name));
      if (at_ == text_.size()) return entries;
      if (text_[at_++] == ',') entries.emplace_back();
    }
  }

 private:
  Result<Name> ParseName() {
    SkipSpaces();
    if (at_ < text_.size() && text_[at_] == '"') return ParseQuoted();
    const size_t end = std::min(text_.find_first_of(",:\"", at_), text_.size());
    if (end < text_.size() && text_[end] == '"') return Invalid("has a double quote in a name");
    Name name;
    name.text = text_.substr(at_, end - at_);
    while (name.text.ends_with(' ')) name.text.pop_back();
    at_ = end;
    if (name.text.empty()) return Invalid("has an empty name");
    return name;
  }

  Result<Name> ParseQuoted() {
    Name name;
    name.quoted = true;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        const bool doubled = at_ + 1 < text_.size() && text_[at_ + 1] == '"';
        if (!doubled) return EndQuoted(std::move(name));
        ++at_;
      }
      name.text += text_[at_];
    }
    return Invalid("has a double quote without its end");
  }

  Result<Name> EndQuoted(Name name) {
    ++at_;
    SkipSpaces();
    if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != ':') {
      return Invalid("goes on after a closing double quote");
    }
    if (name.text.empty()) return Invalid("has an empty name");
    return name;
  }

  void SkipSpaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  Status Invalid(std::string_view reason) const {
    return Error("usage.invalid_list", fmt::format("the list `{}` {}", text_, reason), kListHint);
  }

  const std::string_view text_;
  size_t at_ = 0;
};

Status TooManyColons(std::string_view text, const Entry& entry) {
  return Error("usage.invalid_list",
               fmt::format("the list `{}` has too many colons at \"{}\"", text, entry[0].text),
               kListHint);
}

// "id desc", as SQL has it, is no column.
Status CheckNotSqlOrder(const Name& name) {
  const std::string lower = LowerAscii(name.text);
  for (std::string_view direction : {"asc", "desc"}) {
    if (name.quoted || !lower.ends_with(fmt::format(" {}", direction))) continue;
    const std::string column = name.text.substr(0, name.text.size() - direction.size() - 1);
    return Error("usage.invalid_list", fmt::format("\"{}\" is not a sort key", name.text),
                 fmt::format("write {}:{}", column, direction));
  }
  return Status::OK();
}

}  // namespace

std::string ListEntry(std::string_view name) {
  const bool plain = !name.empty() && name.find_first_of(",:\"") == name.npos &&
                     !name.starts_with(' ') && !name.ends_with(' ');
  if (plain) return std::string(name);
  std::string entry = "\"";
  for (const char c : name) entry += c == '"' ? "\"\"" : std::string(1, c);
  return entry + "\"";
}

Result<std::vector<std::string>> ParseNames(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(auto entries, ListParser(text).Parse());
  std::vector<std::string> names;
  for (Entry& entry : entries) {
    if (entry.size() != 1) return TooManyColons(text, entry);
    names.push_back(std::move(entry[0].text));
  }
  return names;
}

Result<std::vector<ColumnSelection>> ParseColumns(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(auto entries, ListParser(text).Parse());
  std::vector<ColumnSelection> columns;
  for (const Entry& entry : entries) {
    if (entry.size() > 2) return TooManyColons(text, entry);
    columns.push_back({entry.front().text, entry.back().text});
  }
  return columns;
}

Result<std::vector<OrderKey>> ParseOrderBy(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(auto entries, ListParser(text).Parse());
  std::vector<OrderKey> keys;
  for (const Entry& entry : entries) {
    if (entry.size() > 2) return TooManyColons(text, entry);
    ARROW_RETURN_NOT_OK(CheckNotSqlOrder(entry[0]));
    OrderKey key{entry[0].text, false};
    if (entry.size() == 2) {
      ARROW_RETURN_NOT_OK(WithContext(CheckChoice(entry[1].text, {"asc", "desc"}),
                                      fmt::format("sort key \"{}\"", key.column)));
      key.descending = entry[1].text == "desc";
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<int64_t> ParseWholeNumber(std::string_view text, int64_t min, int64_t max) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return c != '_'; });
  int64_t number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
  if (whole && number >= min && number <= max) return number;
  const std::string range =
      max == INT64_MAX ? fmt::format("from {} up", min) : fmt::format("from {} to {}", min, max);
  const bool all_digits = !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
  if (all_digits && (!whole || number > max)) {
    return Error("usage.invalid_number", fmt::format("{} is too large", text),
                 fmt::format("give a whole number from {} to {}", min, max));
  }
  return Error("usage.invalid_number", fmt::format("\"{}\" is not a whole number {}", text, range),
               whole ? "" : "write plain digits; underscores may group them: 10_000");
}

Result<char> ParseDelimiter(std::string_view text) {
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80) return text[0];
  return Error("usage.invalid_delimiter", fmt::format("\"{}\" is not one ASCII character", text),
               "for example ',' ';' '|' or tab");
}

Status CheckChoice(std::string_view text, const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return Status::OK();
  return Error("usage.invalid_choice",
               fmt::format("there is no \"{}\" here{}", text, DidYouMean(text, choices)),
               fmt::format("choose one of {}", fmt::join(choices, ", ")));
}

}  // namespace weir
