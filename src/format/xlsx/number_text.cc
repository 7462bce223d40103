#include "format/xlsx/number_text.h"

#include <cstddef>

namespace weir {
namespace {

constexpr size_t kDigitsMax = 15;
constexpr size_t kLengthMax = 300;  // beyond it may lie outside the range of doubles
constexpr int kExponentMax = 307;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view WithoutSign(std::string_view digits) {
  if (!digits.empty() && digits[0] == '-') digits.remove_prefix(1);
  return digits;
}

}  // namespace

bool IsExactDecimal(std::string_view digits) {
  digits = WithoutSign(digits);
  if (digits.empty() || !IsDigit(digits[0])) return false;
  if (digits.size() <= kDigitsMax) return true;
  if (digits.size() > kLengthMax) return false;
  size_t significant = 0;  // up to the last digit that is not 0
  size_t seen = 0;
  for (char c : digits) {
    if (c == '.' || (seen == 0 && c == '0')) continue;
    if (!IsDigit(c)) return false;
    ++seen;
    if (c != '0') significant = seen;
  }
  return significant <= kDigitsMax;
}

bool IsExactFloat(std::string_view digits) {
  digits = WithoutSign(digits);
  if (digits.empty() || !IsDigit(digits[0])) return false;
  const size_t e = digits.find('e');
  if (e == std::string_view::npos) return true;
  int exponent = 0;
  for (char c : digits.substr(e + 1)) {
    if (IsDigit(c)) exponent = exponent * 10 + (c - '0');
  }
  return exponent <= kExponentMax;
}

}  // namespace weir
