#include "core/batch_crc.h"

#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include "core/copy_testing.h"

namespace weir {
namespace {

std::shared_ptr<arrow::RecordBatch> Batch(const std::shared_ptr<arrow::DataType>& type,
                                          std::string_view json) {
  auto array = arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("v", type)}), array->length(),
                                  {array});
}

TEST(BatchCrc, EveryValueCounts) {
  const auto list = arrow::list(arrow::utf8());
  const auto pair = arrow::struct_({arrow::field("a", arrow::int16()), arrow::field("b", list)});
  const std::tuple<std::shared_ptr<arrow::DataType>, const char*, const char*> cases[] = {
      {arrow::int64(), "[1, 2, 3]", "[1, 2, 4]"},
      {arrow::int64(), "[1, 2, 3]", "[1, 3, 2]"},
      {arrow::int64(), "[1, 0]", "[1, null]"},
      {arrow::boolean(), "[true, false, true]", "[true, true, true]"},
      {arrow::utf8(), R"(["ab", "c"])", R"(["a", "bc"])"},
      {arrow::utf8(), R"(["ab", ""])", R"(["ab", null])"},
      {list, R"([["a"], ["b"]])", R"([["a", "b"], []])"},
      {list, R"([["a"], [null]])", R"([["a"], [""]])"},
      {pair, R"([{"a": 1, "b": ["x"]}])", R"([{"a": 1, "b": ["y"]}])"},
  };
  for (const auto& [type, one, other] : cases) {
    EXPECT_EQ(BatchCrc64(0, *Batch(type, one)), BatchCrc64(0, *Batch(type, one))) << one;
    EXPECT_NE(BatchCrc64(0, *Batch(type, one)), BatchCrc64(0, *Batch(type, other))) << one;
  }
}

TEST(BatchCrc, OrderAndCutsCount) {
  const auto one = Batch(arrow::int32(), "[1]"), two = Batch(arrow::int32(), "[2]");
  EXPECT_NE(BatchCrc64(BatchCrc64(0, *one), *two), BatchCrc64(BatchCrc64(0, *two), *one));
  const auto both = Batch(arrow::int32(), "[1, 2]");
  EXPECT_NE(BatchCrc64(BatchCrc64(0, *one), *two), BatchCrc64(0, *both));
  EXPECT_EQ(BatchCrc64(0, *both->Slice(1)), BatchCrc64(0, *two));
}

}  // namespace
}  // namespace weir
