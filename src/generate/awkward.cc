#include "generate/awkward.h"

#include <array>
#include <chrono>

namespace weir {
namespace {

using std::string_view_literals::operator""sv;

const std::string& LongAsciiName() {
  static const std::string name = [] {
    std::string text;
    while (text.size() < 255) text += "0123456789 abcdefghijklmnopqrstuvwxyz,";
    text.resize(255);
    return text;
  }();
  return name;
}

// 255 characters, 1020 bytes.
const std::string& LongEmojiName() {
  static const std::string name = [] {
    std::string text;
    for (int i = 0; i < 255; ++i) text += "😀";
    return text;
  }();
  return name;
}

constexpr int64_t Micros(int year, unsigned month, unsigned day, int hour = 0, int minute = 0,
                         int second = 0, int micros = 0) {
  std::chrono::sys_days date = std::chrono::year_month_day(
      std::chrono::year(year), std::chrono::month(month), std::chrono::day(day));
  int64_t seconds =
      date.time_since_epoch().count() * int64_t{86400} + hour * 3600 + minute * 60 + second;
  return seconds * 1'000'000 + micros;
}

constexpr std::array<std::optional<int64_t>, 23> kTimestamps = {
    Micros(1970, 1, 1),
    Micros(1969, 12, 31, 23, 59, 59, 999'999),
    std::nullopt,
    Micros(2000, 2, 29, 12, 0, 0),
    Micros(9999, 12, 31, 23, 59, 59, 999'999),
    Micros(1899, 12, 31, 23, 59, 59, 500'000),
    Micros(1900, 1, 1),
    Micros(1900, 2, 28, 23, 59, 59, 1),
    Micros(2000, 1, 1),
    Micros(1999, 12, 31, 23, 59, 59, 999'999),
    Micros(2024, 2, 29, 23, 59, 59, 999'999),
    Micros(2038, 1, 19, 3, 14, 8),
    Micros(1901, 12, 13, 20, 45, 51),
    Micros(1582, 10, 15),
    Micros(1582, 10, 4, 6, 7, 8, 90'000),
    Micros(1, 1, 1),
    Micros(1066, 10, 14, 9, 0, 0),
    Micros(2100, 2, 28, 23, 59, 59, 999'999),
    Micros(2262, 4, 11, 23, 47, 16, 854'775),
    Micros(1677, 9, 21, 0, 12, 43, 145'224),
    Micros(2023, 3, 26, 1, 30, 0, 1),
    Micros(1883, 11, 18, 12, 3, 58),
    Micros(4713, 6, 7, 8, 9, 10, 110'000),
};

constexpr std::array<std::optional<int64_t>, 19> kValues = {
    0,
    -1,
    std::nullopt,
    1,
    999'999'999'999'999'999,
    -999'999'999'999'999'999,
    123'456'789'012'345'678,
    -123'456'789'012'345'678,
    10'000,
    -10'000,
    99'999,
    -5'000,
    100'000'000'000'000'000,
    -100'000'000'000'000'001,
    90'071'992'547'409'931,  // a double would round it
    21'474'836'480'000,
    -21'474'836'490'000,
    429'496'729'600'005,
    7,
};

constexpr std::array<std::optional<std::string_view>, 17> kMetadata = {
    R"({})"sv,
    R"({"n": 123456789012345678901234567890, "short": 1})"sv,
    std::nullopt,
    R"({"n": -0.00000000000000000000012345678901234567890, "unit": "kg"})"sv,
    R"({"a": [], "b": {}, "c": [[]], "d": [{}], "e": ""})"sv,
    R"({"a": null, "b": [null, null], "c": {"d": null}})"sv,
    R"({"ok": 1, "text": "quote \" backslash \\ slash / tab \t newline \n return \r"})"sv,
    R"({"control": "\u0001\u001f\b\f", "escaped": "\\u0041 is not A"})"sv,
    R"({"city": "Zürich", "emoji": "😀 👩‍👩‍👧", "greek": "Ωμέγα", "kanji": "日本語"})"sv,
    R"({"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": [1, [2, [3]]]}}}}}}}})"sv,
    R"({"big": 9007199254740993, "int64": 9223372036854775807, "uint64": 18446744073709551615})"sv,
    R"({"one": 1.0, "zero": 0.00, "third": 0.3333333333333333333333, "hundred": 100.000})"sv,
    R"({"": "empty key", " ": "blank key", "a b": 1, "a.b": 2, "a/b": 3, "$ref": "#"})"sv,
    R"({"no": false, "ok": true})"sv,
    R"({"csv": "a,b;c\td", "sql": "'; DROP TABLE t; --", "html": "<a href=\"?y=1&z=2\">]]></a>"})"sv,
    R"({"list": [1, "two", 3.5, true, null, {"four": 4}, [5, 6]]})"sv,
    R"({"1": "a key that is no XML name", "-x": 2, "é": 1, "xml": 3})"sv,
};

}  // namespace

std::span<const std::optional<std::string_view>> AwkwardNames() {
  static const std::array<std::optional<std::string_view>, 31> names = {
      "comma, separated"sv,
      "\"quoted\" and \"\"doubled\"\""sv,
      "two\nlines"sv,
      std::nullopt,
      "carriage\rreturn"sv,
      "dos\r\nlines\r\n"sv,
      "tab\tseparated"sv,
      "back\\slash \\N \\t \\"sv,
      "\\."sv,
      "  leading spaces"sv,
      "trailing spaces  "sv,
      ""sv,
      " "sv,
      "NULL"sv,
      "null"sv,
      "\\N"sv,
      "emoji 😀 👩‍👩‍👧 🇺🇳"sv,
      "Grüße, Ελλάδα, 日本語, العربية"sv,
      "=1+1"sv,
      "@SUM(A1:A9)"sv,
      "<&>]]>"sv,
      "<![CDATA[x]]> &amp; &#0; <!-- -->"sv,
      "control \x01 character"sv,
      "escape \x1b[31m, delete \x7f"sv,
      "'single' `back` \"double\""sv,
      "line\u2028separator and bom \ufeff"sv,
      "noncharacter \uffff"sv,
      "1e5"sv,
      "\"\n"sv,
      LongAsciiName(),
      LongEmojiName(),
  };
  return names;
}

std::span<const std::optional<int64_t>> AwkwardTimestamps() {
  return kTimestamps;
}
std::span<const std::optional<int64_t>> AwkwardValues() {
  return kValues;
}
std::span<const std::optional<std::string_view>> AwkwardMetadata() {
  return kMetadata;
}

}  // namespace weir
