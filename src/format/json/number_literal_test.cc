#include "format/json/number_literal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace weir {
namespace {

// i: int64, d: double, and decimal's digits before and after the point.
std::string Describe(std::string_view text) {
  auto number = AnalyzeNumber(text);
  if (!number) return "no number";
  std::string facts;
  if (number->is_int64) facts += "i ";
  if (number->is_double) facts += "d ";
  if (number->is_decimal) facts += fmt::format("{}.{}", number->integer_digits, number->scale);
  return facts;
}

TEST(NumberLiteral, Integers) {
  EXPECT_EQ(Describe("0"), "i d 0.0");
  EXPECT_EQ(Describe("-7"), "i d 1.0");
  EXPECT_EQ(Describe("999999999999999"), "i d 15.0");
  EXPECT_EQ(Describe("9007199254740992"), "i d 16.0");  // 2^53
  EXPECT_EQ(Describe("9007199254740993"), "i 16.0");    // the first that a double has not
  EXPECT_EQ(Describe("100000000000000000"), "i d 18.0");
  EXPECT_EQ(Describe("9223372036854775807"), "i 19.0");
  EXPECT_EQ(Describe("-9223372036854775808"), "i 19.0");
  EXPECT_EQ(Describe("9223372036854775808"), "19.0");
  EXPECT_EQ(Describe("100000000000000000000"), "d 21.0");
  EXPECT_EQ(Describe("12345678901234567890123456789012345678"), "38.0");
  EXPECT_EQ(Describe("123456789012345678901234567890123456789"), "");
}

TEST(NumberLiteral, Fractions) {
  EXPECT_EQ(Describe("1.5"), "d 1.1");
  EXPECT_EQ(Describe("0.1"), "d 0.1");
  EXPECT_EQ(Describe("-0.05"), "d 0.2");
  EXPECT_EQ(Describe("1.0"), "1.1");    // its double is written 1
  EXPECT_EQ(Describe("10.50"), "2.2");  // its double is written 10.5
  EXPECT_EQ(Describe("0.1000000000000000055511151231257827"), "0.34");
  EXPECT_EQ(Describe("3.141592653589793"), "d 1.15");
  EXPECT_EQ(Describe("3.1415926535897931"), "1.16");  // the same double, not its shortest text
  EXPECT_EQ(Describe("0." + std::string(37, '0') + "1"), "d 0.38");
  EXPECT_EQ(Describe("0." + std::string(38, '0') + "1"), "d ");
}

TEST(NumberLiteral, Exponents) {
  EXPECT_EQ(Describe("1e2"), "d ");
  EXPECT_EQ(Describe("1E+02"), "d ");
  EXPECT_EQ(Describe("1.0e-7"), "d ");
  EXPECT_EQ(Describe("0e5"), "d ");
  EXPECT_EQ(Describe("1.7976931348623157e308"), "d ");
  EXPECT_EQ(Describe("5e-324"), "d ");
  EXPECT_EQ(Describe("4e-324"), "");  // reads as 5e-324
  EXPECT_EQ(Describe("1e400"), "");
  EXPECT_EQ(Describe("1e-400"), "");
  EXPECT_EQ(Describe("1e99999999999999999999"), "");
  EXPECT_EQ(Describe("12345678901234567890e0"), "");
}

TEST(NumberLiteral, NegativeZeroIsADouble) {
  EXPECT_EQ(Describe("-0"), "d ");
  EXPECT_EQ(Describe("-0.0"), "d ");
  EXPECT_EQ(Describe("-0e1"), "d ");
  EXPECT_EQ(Describe("0.0"), "0.1");
}

TEST(NumberLiteral, NotNumbers) {
  for (const char* text : {"", "-", "01", "1.", ".1", "NaN", "true", "1e", "1 "}) {
    EXPECT_EQ(Describe(text), "no number") << text;
  }
}

}  // namespace
}  // namespace weir
