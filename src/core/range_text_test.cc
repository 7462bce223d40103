#include "core/range_text.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Range, OneIsNoRange) {
  EXPECT_EQ(Range("row", 1, 1), "row 1");
  EXPECT_EQ(Range("slice", 6, 7), "slices 6 to 7");
}

}  // namespace
}  // namespace weir
