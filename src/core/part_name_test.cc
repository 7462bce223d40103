#include "core/part_name.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(IsPartName, KnowsWhatACopyCallsItsParts) {
  for (std::string_view name : {"part-00000.csv", "part-123456.ndjson.zst"}) {
    EXPECT_TRUE(IsPartName(name)) << name;
  }
  for (std::string_view name : {"part-0000.csv", "part-00000", "part-00000-c1.parquet", "part-.csv",
                                "xpart-00000.csv", "part-00000.d/x", "manifest.json", ""}) {
    EXPECT_FALSE(IsPartName(name)) << name;
  }
}

}  // namespace
}  // namespace weir
