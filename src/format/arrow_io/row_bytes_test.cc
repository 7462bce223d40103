#include "format/arrow_io/row_bytes.h"

#include "format/arrow_io/file_testing.h"

namespace weir {
namespace {

TEST(RowBytes, AddsUpHoweverRowsAreCut) {
  auto batch = MakeBatch(EveryType());
  ASSERT_EQ(batch->num_rows(), 4);
  const int64_t whole = RowBits(*batch, 0, 4);
  for (int64_t cut = 0; cut <= 4; ++cut) {
    EXPECT_EQ(RowBits(*batch, 0, cut) + RowBits(*batch, cut, 4 - cut), whole) << cut;
    auto tail = batch->Slice(cut);
    EXPECT_EQ(RowBits(*tail, 0, tail->num_rows()), RowBits(*batch, cut, 4 - cut)) << cut;
  }
  // Slices know nothing of the rows around them.
  auto copy = arrow::ConcatenateRecordBatches({batch->Slice(1, 2)}).ValueOrDie();
  EXPECT_EQ(RowBits(*copy, 0, 2), RowBits(*batch, 1, 2));
}

TEST(RowBytes, CountsWhatValuesTake) {
  auto batch = MakeBatch({{arrow::field("i", arrow::int64()), "[1, 2]"},
                          {arrow::field("s", arrow::utf8()), R"(["abcd", "efghijkl"])"},
                          {arrow::field("l", arrow::list(arrow::int16())), "[[1, 2, 3], []]"}});
  EXPECT_EQ(RowBits(*batch, 0, 1), 65 + (33 + 32) + (33 + 3 * 17));
  EXPECT_EQ(RowBits(*batch, 1, 1), 65 + (33 + 64) + 33);
}

TEST(RowBytes, FindsHowManyRowsFit) {
  auto batch = MakeBatch({{arrow::field("s", arrow::utf8()), R"(["a", "bb", "cccc", "d"])"}});
  EXPECT_EQ(RowsWithin(*batch, 0, 0), 0);
  EXPECT_EQ(RowsWithin(*batch, 0, 40), 0);
  EXPECT_EQ(RowsWithin(*batch, 0, 41), 1);
  EXPECT_EQ(RowsWithin(*batch, 0, 41 + 49), 2);
  EXPECT_EQ(RowsWithin(*batch, 1, 49 + 64), 1);
  EXPECT_EQ(RowsWithin(*batch, 0, 1 << 20), 4);
  EXPECT_EQ(RowsWithin(*batch, 4, 1 << 20), 0);
}

}  // namespace
}  // namespace weir
