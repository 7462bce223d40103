#include "format/json/number_literal.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <system_error>

#include "format/json/json_string.h"

namespace weir {
namespace {

constexpr size_t kDoubleDigitsMax = 17;  // of the shortest decimal of any double

// A number's text, cut into its parts.
struct Parts {
  bool negative = false;
  std::string_view integer;
  std::string_view fraction;
  std::string_view exponent;  // with its sign, without the e
  bool has_exponent = false;
};

// REQUIRES: IsJsonNumber(text), or the text of std::to_chars.
Parts Split(std::string_view text) {
  Parts parts;
  parts.negative = text.front() == '-';
  if (parts.negative) text.remove_prefix(1);
  size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    parts.has_exponent = true;
    parts.exponent = text.substr(e + 1);
    text = text.substr(0, e);
  }
  size_t point = text.find('.');
  parts.integer = text.substr(0, point);
  if (point != std::string_view::npos) parts.fraction = text.substr(point + 1);
  return parts;
}

// 0.<digits> * 10^exponent with neither leading nor trailing zeros; `size` 0 is zero.
struct Canonical {
  char digits[kDoubleDigitsMax];
  size_t size = 0;
  int64_t exponent = 0;

  bool operator==(const Canonical& other) const {
    return std::string_view(digits, size) == std::string_view(other.digits, other.size) &&
           (size == 0 || exponent == other.exponent);
  }
};

// nullopt when there are more digits, or a larger exponent, than a shortest decimal has.
std::optional<Canonical> Canonicalize(const Parts& parts) {
  Canonical canonical;
  size_t zeros = 0;  // not yet known to be trailing
  int64_t position = 0;
  bool started = false;
  for (std::string_view digits : {parts.integer, parts.fraction}) {
    for (char digit : digits) {
      if (digit == '0') {
        if (started) ++zeros;
      } else {
        if (!started) canonical.exponent = static_cast<int64_t>(parts.integer.size()) - position;
        started = true;
        if (canonical.size + zeros >= kDoubleDigitsMax) return std::nullopt;
        while (zeros > 0) canonical.digits[canonical.size++] = '0', --zeros;
        canonical.digits[canonical.size++] = digit;
      }
      ++position;
    }
  }
  if (!parts.has_exponent) return canonical;
  std::string_view text = parts.exponent;
  if (text.front() == '+') text.remove_prefix(1);
  int exponent = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), exponent).ec != std::errc()) {
    return std::nullopt;
  }
  canonical.exponent += exponent;
  return canonical;
}

bool IsDouble(std::string_view text, const Parts& parts) {
  auto literal = Canonicalize(parts);
  if (!literal) return false;
  if (literal->size == 0 && parts.negative) return true;  // -0.0, which only a double holds
  if (!parts.has_exponent && parts.fraction.ends_with('0')) return false;
  double value = 0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value).ec != std::errc()) return false;
  char shortest[32];
  auto written =
      std::to_chars(shortest, shortest + sizeof shortest, value, std::chars_format::scientific);
  auto round_trip = Canonicalize(Split({shortest, static_cast<size_t>(written.ptr - shortest)}));
  return round_trip && *round_trip == *literal;
}

bool IsInt64(std::string_view text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  return std::from_chars(text.data(), end, value).ec == std::errc();
}

}  // namespace

std::optional<NumberLiteral> AnalyzeNumber(std::string_view text) {
  if (!IsJsonNumber(text)) return std::nullopt;
  Parts parts = Split(text);
  NumberLiteral literal;
  bool zero =
      parts.integer == "0" && parts.fraction.find_first_not_of('0') == std::string_view::npos;
  bool plain = !parts.has_exponent && !(zero && parts.negative);
  bool integer = plain && parts.fraction.empty();
  literal.is_int64 = integer && IsInt64(text);
  // Up to 15 digits every integer is its double's shortest decimal.
  literal.is_double = (integer && parts.integer.size() <= 15) || IsDouble(text, parts);
  if (!plain) return literal;
  size_t integer_digits = parts.integer == "0" ? 0 : parts.integer.size();
  if (integer_digits + parts.fraction.size() > kDecimalDigitsMax) return literal;
  literal.is_decimal = true;
  literal.integer_digits = static_cast<int>(integer_digits);
  literal.scale = static_cast<int>(parts.fraction.size());
  return literal;
}

}  // namespace weir
