#include "base/byte_size.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(ByteSize, Parses) {
  EXPECT_EQ(*ParseByteSize("0"), 0);
  EXPECT_EQ(*ParseByteSize("4096"), 4096);
  EXPECT_EQ(*ParseByteSize("17B"), 17);
  EXPECT_EQ(*ParseByteSize("64MiB"), 64 << 20);
  EXPECT_EQ(*ParseByteSize("64 mib"), 64 << 20);
  EXPECT_EQ(*ParseByteSize("512MB"), 512000000);
  EXPECT_EQ(*ParseByteSize("3kB"), 3000);
  EXPECT_EQ(*ParseByteSize("1g"), 1 << 30);
  EXPECT_EQ(*ParseByteSize("2T"), int64_t{2} << 40);
  EXPECT_EQ(*ParseByteSize("1.5GiB"), 3 * (int64_t{1} << 29));
  EXPECT_EQ(*ParseByteSize("9223372036854775807"), INT64_MAX);
}

TEST(ByteSize, RefusesWhatIsNotASize) {
  for (const char* text : {"", "MiB", "-1", "64MiX", "1.2.3k", "12 34", ".", "64MiBs", " 1", "1e6",
                           "9223372036854775808", "9007199254740992KiB", "9000000.5TiB", "0x10"}) {
    auto parsed = ParseByteSize(text);
    EXPECT_TRUE(IsErrorCode(parsed.status(), "usage.invalid_size")) << text;
  }
}

TEST(ByteSize, Formats) {
  EXPECT_EQ(FormatByteSize(0), "0 B");
  EXPECT_EQ(FormatByteSize(1023), "1023 B");
  EXPECT_EQ(FormatByteSize(1024), "1 KiB");
  EXPECT_EQ(FormatByteSize(64 << 20), "64 MiB");
  EXPECT_EQ(FormatByteSize((64 << 20) - 1), "64 MiB");
  EXPECT_EQ(FormatByteSize((1 << 20) - 1), "1 MiB");
  EXPECT_EQ(FormatByteSize(1536 << 10), "1.5 MiB");
  EXPECT_EQ(FormatByteSize(INT64_MAX), "8 EiB");
}

}  // namespace
}  // namespace weir
