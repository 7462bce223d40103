#include "format/text/floats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace weir {
namespace {

std::string Text(double value) {
  char text[kFloatBytesMax];
  return {text, WriteFloat64(value, text)};
}

std::string Text(float value) {
  char text[kFloatBytesMax];
  return {text, WriteFloat32(value, text)};
}

std::string Half(uint16_t bits) {
  char text[kFloatBytesMax];
  return {text, WriteFloat16(bits, text)};
}

// PostgreSQL 15: SELECT v::float8 for each literal.
TEST(WriteFloat64, LaysDigitsOutAsPostgres) {
  EXPECT_EQ(Text(0.0), "0");
  EXPECT_EQ(Text(-0.0), "-0");
  EXPECT_EQ(Text(1.0), "1");
  EXPECT_EQ(Text(-1.5), "-1.5");
  EXPECT_EQ(Text(0.1), "0.1");
  EXPECT_EQ(Text(0.0001), "0.0001");
  EXPECT_EQ(Text(0.00001), "1e-05");
  EXPECT_EQ(Text(0.00012345), "0.00012345");
  EXPECT_EQ(Text(100000.0), "100000");
  EXPECT_EQ(Text(999999999999999.0), "999999999999999");
  EXPECT_EQ(Text(1e15), "1e+15");
  EXPECT_EQ(Text(123456789012345.6), "123456789012345.6");
  EXPECT_EQ(Text(1234567890123456.0), "1.234567890123456e+15");
  EXPECT_EQ(Text(3.141592653589793), "3.141592653589793");
  EXPECT_EQ(Text(1e100), "1e+100");
  EXPECT_EQ(Text(5e-324), "5e-324");
  EXPECT_EQ(Text(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(Text(2.2250738585072014e-308), "2.2250738585072014e-308");
  EXPECT_EQ(Text(0.3), "0.3");
  EXPECT_EQ(Text(0.1 + 0.2), "0.30000000000000004");
}

// The shortest decimal that reads back as the value may lie exactly between two doubles, and read
// back only because ties go to even. PostgreSQL never prints such
// a decimal.
// SELECT 9.5e21::float8, 1e23::float8, 1e22::float8, 2^53 - 1, 2^53, 2^53 + 2
TEST(WriteFloat64, NeverPrintsAMidpoint) {
  EXPECT_EQ(Text(9.5e21), "9.500000000000001e+21");
  EXPECT_EQ(Text(1e23), "9.999999999999999e+22");
  EXPECT_EQ(Text(1e22), "1e+22");
  EXPECT_EQ(Text(9007199254740991.0), "9.007199254740991e+15");
  EXPECT_EQ(Text(9007199254740992.0), "9.007199254740992e+15");
  EXPECT_EQ(Text(9007199254740994.0), "9.007199254740994e+15");
}

TEST(WriteFloat64, WritesValuesThatAreNoNumbers) {
  EXPECT_EQ(Text(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(Text(-std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(Text(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(Text(-std::numeric_limits<double>::infinity()), "-Infinity");
}

TEST(WriteFloat64, EveryPowerOfTwoReadsBack) {
  for (int exponent = -1074; exponent < 1024; ++exponent) {
    for (double value : {std::ldexp(1.0, exponent), std::nextafter(std::ldexp(1.0, exponent), 0)}) {
      EXPECT_EQ(std::strtod(Text(value).c_str(), nullptr), value);
      EXPECT_EQ(std::strtod(Text(-value).c_str(), nullptr), -value);
    }
  }
}

// SELECT v::float4 for each literal.
TEST(WriteFloat32, LaysDigitsOutAsPostgres) {
  EXPECT_EQ(Text(0.1f), "0.1");
  EXPECT_EQ(Text(-0.0f), "-0");
  EXPECT_EQ(Text(99999.0f), "99999");
  EXPECT_EQ(Text(999999.0f), "999999");
  EXPECT_EQ(Text(1e6f), "1e+06");
  EXPECT_EQ(Text(1234567.0f), "1.234567e+06");
  EXPECT_EQ(Text(16777216.0f), "1.6777216e+07");
  EXPECT_EQ(Text(0.0001f), "0.0001");
  EXPECT_EQ(Text(0.00001f), "1e-05");
  EXPECT_EQ(Text(3.4028235e38f), "3.4028235e+38");
  EXPECT_EQ(Text(1.4e-45f), "1e-45");
  EXPECT_EQ(Text(1.17549435e-38f), "1.1754944e-38");
  EXPECT_EQ(Text(3e10f), "3.0000001e+10");  // a midpoint
  EXPECT_EQ(Text(std::numeric_limits<float>::infinity()), "Infinity");
}

TEST(WriteFloat16, WritesTheFewestDigitsThatTellValuesApart) {
  EXPECT_EQ(Half(0x0000), "0");
  EXPECT_EQ(Half(0x8000), "-0");
  EXPECT_EQ(Half(0x3c00), "1");
  EXPECT_EQ(Half(0x2e66), "0.1");
  EXPECT_EQ(Half(0xb555), "-0.3333");
  EXPECT_EQ(Half(0x0001), "6e-08");
  EXPECT_EQ(Half(0x7bff), "65500");
  EXPECT_EQ(Half(0x7c00), "Infinity");
  EXPECT_EQ(Half(0xfc00), "-Infinity");
  EXPECT_EQ(Half(0x7e00), "NaN");
}

}  // namespace
}  // namespace weir
