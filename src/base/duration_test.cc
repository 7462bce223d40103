#include "base/duration.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(ParseDurationMs, ReadsEveryUnit) {
  EXPECT_EQ(ParseDurationMs("500ms").ValueOrDie(), 500);
  EXPECT_EQ(ParseDurationMs("30s").ValueOrDie(), 30000);
  EXPECT_EQ(ParseDurationMs("5m").ValueOrDie(), 300000);
  EXPECT_EQ(ParseDurationMs("1h30m").ValueOrDie(), 5400000);
  EXPECT_EQ(ParseDurationMs("2d").ValueOrDie(), 172800000);
}

TEST(ParseDurationMs, RefusesWhatIsNotADuration) {
  for (const char* text : {"", "30", "s", "-5s", "5 s", "5s ", "1.5s", "0s", "99999999d",
                           "9223372036854775807d", "5s6", "5x"}) {
    EXPECT_TRUE(IsErrorCode(ParseDurationMs(text).status(), "usage.invalid_duration")) << text;
  }
}

TEST(FormatDuration, ChoosesTheUnit) {
  EXPECT_EQ(FormatDuration(0.44), "0.4 s");
  EXPECT_EQ(FormatDuration(-1), "0.0 s");
  EXPECT_EQ(FormatDuration(59.96), "1m 00s");
  EXPECT_EQ(FormatDuration(303), "5m 03s");
  EXPECT_EQ(FormatDuration(3725), "1h 02m");
}

}  // namespace
}  // namespace weir
