#include "core/slice_groups.h"

#include <gtest/gtest.h>

#include <string>

#include "base/crc64.h"

namespace weir {
namespace {

constexpr int64_t kFirstTargetBytes = 1 << 20;

TEST(SliceGroups, BeginsWithoutAGroup) {
  SliceGroups groups;
  EXPECT_TRUE(groups.NeedsNewGroup(0));
  groups.Close();
  EXPECT_TRUE(groups.Take().empty());
}

TEST(SliceGroups, JoinsSmallSlices) {
  SliceGroups groups;
  groups.Open(3, 40);
  groups.Add(3, 2, 5, Crc64(0, "three"));
  EXPECT_FALSE(groups.NeedsNewGroup(4));
  groups.Add(4, 3, 4, Crc64(0, "four"));
  groups.Add(7, 1, 5, Crc64(0, "seven"));  // 5 and 6 had no rows
  groups.Close();
  EXPECT_TRUE(groups.NeedsNewGroup(7));
  groups.Close();  // changes nothing

  const auto records = groups.Take();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].first_slice, 3);
  EXPECT_EQ(records[0].slice_count, 5);
  EXPECT_EQ(records[0].rows, 6);
  EXPECT_EQ(records[0].offset, 40);
  EXPECT_EQ(records[0].bytes, 14);
  EXPECT_EQ(records[0].crc64, Crc64Hex(Crc64(0, "threefourseven")));
}

TEST(SliceGroups, EndsWithTheSliceThatFillsIt) {
  SliceGroups groups;
  groups.Open(0, 0);
  groups.Add(0, 1, kFirstTargetBytes - 1, 1);
  EXPECT_FALSE(groups.NeedsNewGroup(1));
  groups.Add(1, 1, 1, 1);
  EXPECT_FALSE(groups.NeedsNewGroup(1));  // a slice is not cut
  EXPECT_TRUE(groups.NeedsNewGroup(2));
}

TEST(SliceGroups, ANewGroupStartsAnew) {
  SliceGroups groups;
  groups.Open(0, 0);
  groups.Add(0, 10, 3, Crc64(0, "one"));
  groups.Close();
  groups.Open(1, 3);
  groups.Add(1, 20, 3, Crc64(0, "two"));
  groups.Close();
  const auto records = groups.Take();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].first_slice, 1);
  EXPECT_EQ(records[1].slice_count, 1);
  EXPECT_EQ(records[1].rows, 20);
  EXPECT_EQ(records[1].offset, 3);
  EXPECT_EQ(records[1].bytes, 3);
  EXPECT_EQ(records[1].crc64, Crc64Hex(Crc64(0, "two")));
}

// The record of a table of 10 TB stays small.
TEST(SliceGroups, GrowWithTheirNumber) {
  constexpr int64_t kTenTerabytes = int64_t{10} << 40;
  SliceGroups groups;
  int64_t bytes = 0, slice = 0;
  for (; bytes < kTenTerabytes; ++slice) {
    if (groups.NeedsNewGroup(slice)) {
      groups.Close();
      groups.Open(slice, bytes);
    }
    const int64_t slice_bytes = groups.bytes_target() / 2;
    groups.Add(slice, 1, slice_bytes, 0);
    bytes += slice_bytes;
  }
  groups.Close();
  const auto records = groups.Take();
  EXPECT_LT(records.size(), 5000u);
  EXPECT_EQ(records[0].bytes, kFirstTargetBytes);
  EXPECT_EQ(records[255].bytes, kFirstTargetBytes);
  EXPECT_EQ(records[256].bytes, 2 * kFirstTargetBytes);
  EXPECT_EQ(records[512].bytes, 4 * kFirstTargetBytes);
  int64_t slices = 0;
  for (const auto& record : records) {
    EXPECT_EQ(record.first_slice, slices);
    slices += record.slice_count;
  }
  EXPECT_EQ(slices, slice);
}

}  // namespace
}  // namespace weir
