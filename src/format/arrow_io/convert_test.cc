#include "format/arrow_io/convert.h"

#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>

#include "format/arrow_io/field_form.h"
#include "format/arrow_io/file_testing.h"

namespace weir {
namespace {

using arrow::field;

TEST(Convert, DictionariesBecomeDenseAlsoInsideOtherTypes) {
  auto dictionary = arrow::dictionary(arrow::int8(), arrow::utf8());
  auto array = arrow::json::DictArrayFromJSONString(dictionary, "[1, 0, null, 1]", R"(["x", "y"])")
                   .ValueOrDie();
  auto dense = ConvertArray(array, arrow::utf8());
  WEIR_ASSERT_OK(dense.status());
  EXPECT_TRUE((*dense)->Equals(FromJson(arrow::utf8(), R"(["y", "x", null, "y"])")));

  auto record = std::make_shared<arrow::StructArray>(arrow::struct_({field("d", dictionary)}), 4,
                                                     arrow::ArrayVector{array});
  auto target = arrow::struct_({field("d", arrow::utf8())});
  // A slice: only its rows may come out.
  auto converted = ConvertArray(record->Slice(1, 2), target);
  WEIR_ASSERT_OK(converted.status());
  WEIR_ASSERT_OK((*converted)->ValidateFull());
  EXPECT_TRUE((*converted)->Equals(FromJson(target, R"([{"d": "x"}, {"d": null}])")))
      << (*converted)->ToString();
}

TEST(Convert, ListsKeepTheirShape) {
  auto from = arrow::list(arrow::timestamp(arrow::TimeUnit::SECOND));
  auto to = arrow::list(arrow::timestamp(arrow::TimeUnit::MICRO));
  auto array = FromJson(from, "[[0, 1], null, [], [2, null]]")->Slice(1);
  auto converted = ConvertArray(array, to);
  WEIR_ASSERT_OK(converted.status());
  WEIR_ASSERT_OK((*converted)->ValidateFull());
  EXPECT_TRUE((*converted)->Equals(FromJson(to, "[null, [], [2000000, null]]")))
      << (*converted)->ToString();
}

TEST(Convert, FineTimesFailOrAreCut) {
  auto array = FromJson(arrow::timestamp(arrow::TimeUnit::NANO),
                        "[7, 1000, null, -1001, -1000, -1, -9223372036854775808]")
                   ->Slice(1);
  auto micro = arrow::timestamp(arrow::TimeUnit::MICRO);
  EXPECT_TRUE(ConvertArray(array, micro).status().IsInvalid());
  auto cut = ConvertArray(array, micro, FineTime::kCut);
  WEIR_ASSERT_OK(cut.status());
  // The digits are cut off, before 1970 as after it.
  EXPECT_TRUE((*cut)->Equals(FromJson(micro, "[1, null, -2, -1, -1, -9223372036854776]")))
      << (*cut)->ToString();
  // Beyond what microseconds can hold.
  auto far = FromJson(arrow::timestamp(arrow::TimeUnit::SECOND), "[9223372036854775807]");
  EXPECT_FALSE(ConvertArray(far, micro, FineTime::kCut).ok());
}

TEST(Convert, ExtensionTypesAreOnlyLabels) {
  auto text = FromJson(arrow::utf8(), R"(["{}", null])");
  auto json = arrow::extension::json(arrow::utf8());
  auto labelled = ConvertArray(text, json);
  WEIR_ASSERT_OK(labelled.status());
  EXPECT_TRUE((*labelled)->type()->Equals(*json));
  EXPECT_EQ((*labelled)->data()->buffers[2].get(), text->data()->buffers[2].get());
  auto back = ConvertArray(*labelled, arrow::utf8());
  WEIR_ASSERT_OK(back.status());
  EXPECT_TRUE((*back)->Equals(text));
  // Below a list too.
  auto list = FromJson(arrow::list(arrow::utf8()), R"([["{}"], null])");
  auto labelled_list = ConvertArray(list, arrow::list(json));
  WEIR_ASSERT_OK(labelled_list.status());
  WEIR_ASSERT_OK((*labelled_list)->ValidateFull());
}

template <typename View>
void ExpectDense(const std::shared_ptr<arrow::DataType>& dense) {
  using Offset = typename View::offset_type;
  auto offsets = FromJson(std::is_same_v<Offset, int32_t> ? arrow::int32() : arrow::int64(),
                          "[4, 0, 2, 0, 5]");
  auto sizes = FromJson(offsets->type(), "[2, 3, 2, 0, 1]");
  auto values = FromJson(arrow::int32(), "[10, 11, 12, 13, 14, 15]");
  auto views = View::FromArrays(*offsets, *sizes, *values).ValueOrDie();
  auto expected = FromJson(dense, "[[14, 15], [10, 11, 12], [12, 13], [], [15]]");
  auto converted = ConvertArray(views, dense);
  WEIR_ASSERT_OK(converted.status());
  WEIR_ASSERT_OK((*converted)->ValidateFull());
  EXPECT_TRUE((*converted)->Equals(expected)) << (*converted)->ToString();
  auto slice = ConvertArray(views->Slice(1, 3), dense);
  WEIR_ASSERT_OK(slice.status());
  EXPECT_TRUE((*slice)->Equals(expected->Slice(1, 3))) << (*slice)->ToString();
}

TEST(ConvertArray, ListViewsOutOfOrderAndOverlapping) {
  ExpectDense<arrow::ListViewArray>(arrow::list(arrow::int32()));
  ExpectDense<arrow::LargeListViewArray>(arrow::large_list(arrow::int32()));
  auto views = FromJson(arrow::list_view(arrow::utf8()), R"([["a"], null, [], ["b", "c"]])");
  auto nested = arrow::StructArray::Make({views}, {field("x", views->type())}).ValueOrDie();
  auto target = arrow::struct_({field("x", arrow::list(arrow::large_utf8()))});
  auto converted = ConvertArray(nested, target);
  WEIR_ASSERT_OK(converted.status());
  EXPECT_TRUE((*converted)
                  ->Equals(FromJson(
                      target, R"([{"x": ["a"]}, {"x": null}, {"x": []}, {"x": ["b", "c"]}])")));
}

TEST(FieldForm, KindsBecomeExtensionTypesAndBack) {
  auto json = MakeField("j", arrow::utf8(), ValueKind::kJson, /*nullable=*/false);
  auto uuid = MakeField("u", arrow::fixed_size_binary(16), ValueKind::kUuid);
  auto numeric = MakeField("n", arrow::utf8(), ValueKind::kNumeric);
  auto nested = field("s", arrow::struct_({json, field("l", arrow::list(uuid))}));
  EXPECT_TRUE(FileField(*json)->type()->Equals(*arrow::extension::json(arrow::utf8())));
  EXPECT_FALSE(FileField(*json)->nullable());
  EXPECT_TRUE(FileField(*uuid)->type()->Equals(*arrow::extension::uuid()));
  EXPECT_EQ(KindOf(*FileField(*numeric)), ValueKind::kNumeric);
  for (const auto& each : {json, uuid, numeric, nested}) {
    EXPECT_TRUE(BatchField(*FileField(*each))->Equals(*each, /*check_metadata=*/true))
        << BatchField(*FileField(*each))->ToString(true);
  }
}

TEST(FieldForm, FilesFieldsBecomePlain) {
  auto metadata = arrow::key_value_metadata({"PARQUET:field_id"}, {"7"});
  auto ids =
      field("d", arrow::dictionary(arrow::int32(), arrow::large_utf8()))->WithMetadata(metadata);
  EXPECT_TRUE(BatchField(*ids)->Equals(*field("d", arrow::large_utf8()), true));
  auto views = field(
      "v", arrow::struct_({field("t", arrow::utf8_view()), field("b", arrow::binary_view())}));
  EXPECT_TRUE(BatchField(*views)->type()->Equals(
      *arrow::struct_({field("t", arrow::utf8()), field("b", arrow::binary())})));
}

}  // namespace
}  // namespace weir
