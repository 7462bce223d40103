#include "cli/text_layout.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

TEST(Wrap, BreaksAtSpaces) {
  EXPECT_EQ(Wrap("one two three four", 2, 10), "  one two\n  three\n  four\n");
  EXPECT_EQ(Wrap("unbreakableword x", 0, 5), "unbreakableword\nx\n");
  EXPECT_EQ(Wrap("a\nb", 1, 10), " a\n b\n");
}

TEST(Labelled, PutsTextBesideOrBelow) {
  EXPECT_EQ(Labelled("--x", "what it does", 2, 8, 16), "  --x   what it\n        does\n");
  EXPECT_EQ(Labelled("--long", "text", 2, 8, 40), "  --long\n        text\n");
}

TEST(AlignTable, CountsCharactersNotBytes) {
  EXPECT_EQ(AlignTable({{"ü", "1", "x"}, {"abc", "22", ""}}), "ü    1   x\nabc  22\n");
  EXPECT_EQ(AlignTable({{"a", "b"}}, 2), "  a  b\n");
}

}  // namespace
}  // namespace weir::cli
