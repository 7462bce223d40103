#include "format/xlsx/number_text.h"

#include <gtest/gtest.h>

#include <string>

namespace weir {
namespace {

TEST(IsExactDecimal, CountsSignificantDigits) {
  for (const char* digits :
       {"0", "-1", "999999999999999", "-999999999999999", "1234567890.12345",
        "100000000000000000000", "0.000000000000000000123456789012345", "123456789012345.0000",
        "-0.00000000000000000", "1000000000000000.000000"}) {
    EXPECT_TRUE(IsExactDecimal(digits)) << digits;
  }
  for (const char* digits :
       {"1234567890123456", "-9007199254740993", "1234567890.123456", "0.1234567890123456",
        "100000000000001.1", "NaN", "Infinity", "-Infinity", "", "-", "12345678901234567890e5"}) {
    EXPECT_FALSE(IsExactDecimal(digits)) << digits;
  }
  EXPECT_FALSE(IsExactDecimal("1" + std::string(400, '0')));
}

TEST(IsExactFloat, TakesWhatExcelHolds) {
  for (const char* digits : {"0", "-0", "0.1", "0.30000000000000004", "1e+15", "-1.5e-05",
                             "1.7976931348623157e+307", "2.5e-307"}) {
    EXPECT_TRUE(IsExactFloat(digits)) << digits;
  }
  for (const char* digits : {"NaN", "Infinity", "-Infinity", "1.7976931348623157e+308", "5e-324"}) {
    EXPECT_FALSE(IsExactFloat(digits)) << digits;
  }
}

}  // namespace
}  // namespace weir
