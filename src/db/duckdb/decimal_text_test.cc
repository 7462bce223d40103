#include "db/duckdb/decimal_text.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>

namespace weir::duckdb {
namespace {

std::string Text(bool negative, unsigned __int128 magnitude, int scale) {
  std::string text(kDecimalTextMax, ' ');
  text.resize(WriteDecimal(negative, magnitude, scale, text.data()));
  return text;
}

TEST(DecimalText, SmallNumbers) {
  EXPECT_EQ(Text(false, 0, 0), "0");
  EXPECT_EQ(Text(false, 0, 4), "0.0000");
  EXPECT_EQ(Text(true, 1, 4), "-0.0001");
  EXPECT_EQ(Text(true, 12345, 4), "-1.2345");
  EXPECT_EQ(Text(false, 12345, 0), "12345");
  EXPECT_EQ(Text(false, 1, 38), "0.00000000000000000000000000000000000001");
}

TEST(DecimalText, ChunksOfDigitsKeepTheirZeros) {
  unsigned __int128 number = 1;
  std::string digits = "1";
  for (int zeros = 1; zeros <= 38; ++zeros) {
    number *= 10;
    digits += '0';
    EXPECT_EQ(Text(false, number, 0), digits);
    EXPECT_EQ(Text(true, number, 1), fmt::format("-{}.0", digits.substr(0, digits.size() - 1)));
    EXPECT_EQ(Text(false, number - 1, 0), std::string(static_cast<size_t>(zeros), '9'));
    EXPECT_EQ(Text(false, number, zeros), fmt::format("1.{}", digits.substr(1)));
  }
}

TEST(DecimalText, Extremes) {
  unsigned __int128 largest = ~static_cast<unsigned __int128>(0);
  EXPECT_EQ(Text(false, largest, 0), "340282366920938463463374607431768211455");
  EXPECT_EQ(Text(true, static_cast<unsigned __int128>(1) << 127, 0),
            "-170141183460469231731687303715884105728");
  EXPECT_EQ(Text(true, static_cast<unsigned __int128>(1) << 127, 38),
            "-1.70141183460469231731687303715884105728");
}

}  // namespace
}  // namespace weir::duckdb
