// What a JSON number's literal fits into without losing anything of its value.
#pragma once

#include <optional>
#include <string_view>

namespace weir {

inline constexpr int kDecimalDigitsMax = 38;  // of a decimal128

struct NumberLiteral {
  // An integer without fraction, exponent or a negative zero, from INT64_MIN to INT64_MAX.
  bool is_int64 = false;
  // The shortest decimal that reads back as its double is the literal: the same digits, trailing
  // zeros of a fraction included, unless it is written with an exponent, where the value counts.
  bool is_double = false;
  // No exponent, no negative zero, at most kDecimalDigitsMax digits.
  bool is_decimal = false;
  int integer_digits = 0;  // without leading zeros; of a decimal
  int scale = 0;           // digits after the point; of a decimal
};

// nullopt when `text` is not a JSON number.
std::optional<NumberLiteral> AnalyzeNumber(std::string_view text);

}  // namespace weir
