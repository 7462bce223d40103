#include "base/utf8.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Utf8, AcceptsEveryLength) {
  EXPECT_EQ(FindInvalidUtf8(""), std::string_view::npos);
  EXPECT_EQ(FindInvalidUtf8("aé€😀\xf4\x8f\xbf\xbf"), std::string_view::npos);
  EXPECT_EQ(Utf8Length("é"), 2u);
  EXPECT_EQ(Utf8Length("😀"), 4u);
}

TEST(Utf8, FindsWhatIsNone) {
  EXPECT_EQ(FindInvalidUtf8("ab\xe9"), 2u);            // Latin-1
  EXPECT_EQ(FindInvalidUtf8("ab\xe9x\x80"), 2u);       // no continuation
  EXPECT_EQ(FindInvalidUtf8("é\x80"), 2u);             // a continuation of nothing
  EXPECT_EQ(FindInvalidUtf8("\xc0\xaf"), 0u);          // overlong
  EXPECT_EQ(FindInvalidUtf8("\xe0\x80\x80"), 0u);      // overlong
  EXPECT_EQ(FindInvalidUtf8("\xed\xa0\x80"), 0u);      // a surrogate
  EXPECT_EQ(FindInvalidUtf8("\xf4\x90\x80\x80"), 0u);  // past the end
  EXPECT_EQ(FindInvalidUtf8("a\xf0\x9f\x98"), 1u);     // cut
}

}  // namespace
}  // namespace weir
