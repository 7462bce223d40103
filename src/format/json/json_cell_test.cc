#include "format/json/json_cell.h"

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/type.h>

#include <cmath>
#include <limits>

#include "format/json/json_testing.h"

namespace weir {
namespace {

using json_testing::ArrayOf;
using json_testing::Cells;
using json_testing::Strings;
using json_testing::TextCells;
using json_testing::Texts;

TEST(JsonCell, NumbersKeepEveryDigit) {
  EXPECT_EQ(Cells(arrow::int8(), "[-128, null, 127]"), (Strings{"-128", "null", "127"}));
  EXPECT_EQ(Cells(arrow::int64(), "[-9223372036854775808, 9223372036854775807]"),
            (Strings{"-9223372036854775808", "9223372036854775807"}));
  EXPECT_EQ(Cells(arrow::uint64(), "[18446744073709551615]"), (Strings{"18446744073709551615"}));
  EXPECT_EQ(Cells(arrow::decimal128(38, 4), R"(["1234567890123456789012345678901234.5670"])"),
            (Strings{"1234567890123456789012345678901234.5670"}));
  EXPECT_EQ(Cells(arrow::decimal256(76, 0), R"(["-9999999999999999999999999999999999999999999"])"),
            (Strings{"-9999999999999999999999999999999999999999999"}));
  EXPECT_EQ(Cells(arrow::float64(), "[0.1, -0.5, 0]"), (Strings{"0.1", "-0.5", "0"}));
  EXPECT_EQ(Cells(arrow::float32(), "[0.1]"), (Strings{"0.1"}));
}

TEST(JsonCell, NumericTextIsANumberWhenJsonHasIt) {
  EXPECT_EQ(TextCells({"12345678901234567890.12345678900", "-0.5", "1000", "NaN", "Infinity",
                       "-Infinity", ".5", "1_0"},
                      ValueKind::kNumeric),
            (Strings{"12345678901234567890.12345678900", "-0.5", "1000", "\"NaN\"", "\"Infinity\"",
                     "\"-Infinity\"", "\".5\"", "\"1_0\""}));
}

std::shared_ptr<arrow::Array> SpecialDoubles() {
  arrow::DoubleBuilder builder;
  double infinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(builder.AppendValues({std::nan(""), infinity, -infinity, 1.5}).ok());
  return *builder.Finish();
}

TEST(JsonCell, SpecialValues) {
  auto field = arrow::field("ratio", arrow::float64());
  auto array = SpecialDoubles();
  EXPECT_EQ(Cells(*field, *array), (Strings{"\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "1.5"}));

  auto cell = *JsonCell::Make(*field, Dialect::kIso, SpecialValues::kNull);
  cell->Bind(*array);
  ByteBuffer out;
  for (int64_t row = 0; row < 4; ++row) ASSERT_TRUE(cell->Append(row, &out).ok());
  EXPECT_EQ(out.view(), "nullnullnull1.5");

  cell = *JsonCell::Make(*field, Dialect::kIso, SpecialValues::kError);
  cell->Bind(*array);
  Status status = cell->Append(1, &out);
  EXPECT_TRUE(IsErrorCode(status, "format.special_value")) << status.ToString();
  EXPECT_EQ(status.message(), "column \"ratio\": Infinity has no form in JSON");
  EXPECT_TRUE(cell->Append(3, &out).ok());
}

TEST(JsonCell, SpecialNumericsAndDatesAsErrors) {
  EXPECT_EQ(TextCells({"NaN", "1"}, ValueKind::kNumeric, SpecialValues::kError),
            (Strings{"column \"c\": NaN has no form in JSON", "1"}));
  EXPECT_EQ(Cells(*arrow::field("c", arrow::date32()), *ArrayOf(arrow::date32(), "[2147483647, 0]"),
                  Dialect::kIso, SpecialValues::kError),
            (Strings{"column \"c\": infinity has no form in JSON", "\"1970-01-01\""}));
}

TEST(JsonCell, Booleans) {
  auto array = ArrayOf(arrow::boolean(), "[true, false, null, true]");
  for (Dialect dialect : {Dialect::kIso, Dialect::kPostgres}) {
    EXPECT_EQ(Cells(*arrow::field("b", arrow::boolean()), *array, dialect),
              (Strings{"true", "false", "null", "true"}));
  }
  EXPECT_EQ(Cells(*arrow::field("b", arrow::boolean()), *array->Slice(1)),
            (Strings{"false", "null", "true"}));
}

TEST(JsonCell, DatesAndTimesAreStrings) {
  EXPECT_EQ(Cells(arrow::date32(), "[19724, 2147483647, -2147483648]"),
            (Strings{"\"2024-01-02\"", "\"infinity\"", "\"-infinity\""}));
  EXPECT_EQ(Cells(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[0, 1500000]"),
            (Strings{"\"1970-01-01T00:00:00Z\"", "\"1970-01-01T00:00:01.5Z\""}));
  EXPECT_EQ(Cells(arrow::timestamp(arrow::TimeUnit::SECOND), "[0]"),
            (Strings{"\"1970-01-01T00:00:00\""}));
  EXPECT_EQ(Cells(arrow::time64(arrow::TimeUnit::MICRO), "[86400000000]"),
            (Strings{"\"24:00:00\""}));
}

TEST(JsonCell, BytesAndUuids) {
  arrow::BinaryBuilder builder;
  ASSERT_TRUE(builder.Append(std::string("\x00\xff\x5c", 3)).ok());
  ASSERT_TRUE(builder.Append("").ok());
  EXPECT_EQ(Cells(*arrow::field("b", arrow::binary()), **builder.Finish()),
            (Strings{R"("\\x00ff5c")", R"("\\x")"}));
  arrow::FixedSizeBinaryBuilder uuids(arrow::fixed_size_binary(16));
  ASSERT_TRUE(
      uuids.Append("\x55\x0e\x84\x00\xe2\x9b\x41\xd4\xa7\x16\x44\x66\x55\x44\x00\x01").ok());
  auto array = *uuids.Finish();
  Strings expected{"\"550e8400-e29b-41d4-a716-446655440001\""};
  EXPECT_EQ(Cells(*MakeField("u", array->type(), ValueKind::kUuid), *array), expected);
  auto type = arrow::extension::uuid();
  auto extension = arrow::ExtensionType::WrapArray(type, array);
  EXPECT_EQ(Cells(*arrow::field("u", type), *extension), expected);
  EXPECT_EQ(Cells(*arrow::field("b", array->type()), *array),
            (Strings{R"("\\x550e8400e29b41d4a716446655440001")"}));
}

TEST(JsonCell, StringsOfEveryLayout) {
  std::string json = R"(["a\"b", null, "", "long enough not to be inline: é😀"])";
  Strings expected{R"("a\"b")", "null", "\"\"", "\"long enough not to be inline: é😀\""};
  for (const auto& type : {arrow::utf8(), arrow::large_utf8(), arrow::utf8_view()}) {
    EXPECT_EQ(Cells(type, json), expected) << type->ToString();
    EXPECT_EQ(Cells(*arrow::field("s", type), *ArrayOf(type, json)->Slice(2)),
              (Strings{expected[2], expected[3]}));
  }
}

TEST(JsonCell, JsonIsNotTouched) {
  std::string value = "{ \"b\" :1.0,\n\t\"a\":[ ] , \"a\":\"\\u00e9\\/\"}";
  EXPECT_EQ(TextCells({value, "1e400"}, ValueKind::kJson), (Strings{value, "1e400"}));
  auto type = arrow::extension::json(arrow::utf8());
  auto extension = arrow::ExtensionType::WrapArray(type, Texts({value}));
  EXPECT_EQ(Cells(*arrow::field("j", type), *extension), (Strings{value}));
}

// A string column over bytes of our choice.
std::shared_ptr<arrow::Array> RawStrings(const std::string& bytes, std::vector<int32_t> offsets,
                                         uint8_t validity) {
  auto length = static_cast<int64_t>(offsets.size()) - 1;
  return std::make_shared<arrow::StringArray>(
      length, arrow::Buffer::FromVector(std::move(offsets)), arrow::Buffer::FromString(bytes),
      arrow::Buffer::FromString(std::string(1, static_cast<char>(validity))));
}

TEST(JsonCell, InvalidUtf8IsAnErrorThatNamesTheColumn) {
  for (ValueKind kind : {ValueKind::kPlain, ValueKind::kJson, ValueKind::kNumeric}) {
    auto cell = *JsonCell::Make(*MakeField("title", arrow::utf8(), kind), Dialect::kIso,
                                SpecialValues::kString);
    auto array = Texts({"1", "a\xff", "2"});
    cell->Bind(*array);
    ByteBuffer out;
    EXPECT_TRUE(cell->Append(0, &out).ok());
    Status status = cell->Append(1, &out);
    EXPECT_TRUE(IsErrorCode(status, "format.invalid_utf8"));
    EXPECT_EQ(status.message(), "column \"title\": a value of 2 bytes is not UTF-8 at its byte 2");
    EXPECT_TRUE(cell->Append(2, &out).ok());
  }
}

TEST(JsonCell, InvalidUtf8IsFoundWhereTheBytesAreValidAsAWhole) {
  auto field = arrow::field("s", arrow::utf8());
  // A character cut between two values, and between a value and bytes under a null.
  auto is_error = [](const std::string& cell) { return cell.find("not UTF-8") != cell.npos; };
  Strings cells = Cells(*field, *RawStrings("a\xc3\xa9z", {0, 2, 4}, 0b11));
  EXPECT_TRUE(is_error(cells[0]));
  EXPECT_TRUE(is_error(cells[1]));
  cells = Cells(*field, *RawStrings("a\xc3\xa9z", {0, 2, 3, 4}, 0b101));
  EXPECT_TRUE(is_error(cells[0]));
  EXPECT_EQ(cells[2], "\"z\"");
  cells = Cells(*field, *RawStrings("a\xc3\xa9z", {0, 2, 4}, 0b10));
  EXPECT_TRUE(is_error(cells[1]));
  // Rubbish under a null, or outside a slice, harms nobody.
  EXPECT_EQ(Cells(*field, *RawStrings("a\xff\xc3\xa9", {0, 1, 2, 4}, 0b101)),
            (Strings{"\"a\"", "null", "\"é\""}));
  EXPECT_EQ(Cells(*field, *RawStrings("\xff\xc3\xa9\xff", {0, 1, 3, 4}, 0b111)->Slice(1, 1)),
            (Strings{"\"é\""}));
}

TEST(JsonCell, Lists) {
  std::string json = R"([[1, null], [], null, [3]])";
  Strings expected{"[1,null]", "[]", "null", "[3]"};
  for (const auto& type :
       {arrow::list(arrow::int32()), arrow::large_list(arrow::int32()),
        arrow::list_view(arrow::int32()), arrow::large_list_view(arrow::int32())}) {
    EXPECT_EQ(Cells(type, json), expected) << type->ToString();
    EXPECT_EQ(Cells(*arrow::field("l", type), *ArrayOf(type, json)->Slice(2)),
              (Strings{"null", "[3]"}));
  }
  auto fixed = arrow::fixed_size_list(arrow::utf8(), 2);
  auto array = ArrayOf(fixed, R"([["a", "b"], null, ["c", null]])");
  EXPECT_EQ(Cells(*arrow::field("l", fixed), *array),
            (Strings{R"(["a","b"])", "null", R"(["c",null])"}));
  EXPECT_EQ(Cells(*arrow::field("l", fixed), *array->Slice(2)), (Strings{R"(["c",null])"}));
}

TEST(JsonCell, StructsAndKindsInsideThem) {
  auto type = arrow::struct_({arrow::field("a\"", arrow::int32()),
                              MakeField("n", arrow::utf8(), ValueKind::kNumeric),
                              MakeField("j", arrow::utf8(), ValueKind::kJson),
                              arrow::field("d", arrow::list(arrow::date32()))});
  auto array = ArrayOf(type, R"([{"a\"": 1, "n": "1.50", "j": "[1, 2]", "d": [0]}, null,
                                 {"a\"": null, "n": "NaN", "j": null, "d": null}])");
  Strings expected{R"({"a\"":1,"n":1.50,"j":[1, 2],"d":["1970-01-01"]})", "null",
                   R"({"a\"":null,"n":"NaN","j":null,"d":null})"};
  EXPECT_EQ(Cells(*arrow::field("s", type), *array), expected);
  EXPECT_EQ(Cells(*arrow::field("s", type), *array->Slice(2)), (Strings{expected[2]}));
  EXPECT_EQ(Cells(arrow::struct_({}), "[{}, null]"), (Strings{"{}", "null"}));
}

TEST(JsonCell, ErrorsInsideNestedValuesNameThePath) {
  auto type = arrow::struct_({arrow::field("x", arrow::list(arrow::float64()))});
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::DoubleBuilder>());
  ASSERT_TRUE(lists.Append().ok());
  auto& doubles = static_cast<arrow::DoubleBuilder&>(*lists.value_builder());
  ASSERT_TRUE(doubles.Append(std::nan("")).ok());
  auto array = *arrow::StructArray::Make({*lists.Finish()}, type->fields());
  EXPECT_EQ(Cells(*arrow::field("s", type), *array, Dialect::kIso, SpecialValues::kError),
            (Strings{"column \"s.x.item\": NaN has no form in JSON"}));
}

TEST(JsonCell, Maps) {
  EXPECT_EQ(
      Cells(arrow::map(arrow::utf8(), arrow::int32()), R"([[["a", 1], ["b\n", null]], [], null])"),
      (Strings{R"({"a":1,"b\n":null})", "{}", "null"}));
  EXPECT_EQ(Cells(arrow::map(arrow::int32(), arrow::boolean()), "[[[1, true], [2, null]], []]"),
            (Strings{R"([{"key":1,"value":true},{"key":2,"value":null}])", "[]"}));
}

TEST(JsonCell, Unions) {
  auto fields =
      arrow::FieldVector{arrow::field("i", arrow::int32()), arrow::field("s", arrow::utf8())};
  for (const auto& type :
       {arrow::dense_union(fields, {4, 7}), arrow::sparse_union(fields, {4, 7})}) {
    auto array = ArrayOf(type, R"([[4, 1], [7, "x"], [4, null], [7, "y"]])");
    EXPECT_EQ(Cells(*arrow::field("u", type), *array), (Strings{"1", "\"x\"", "null", "\"y\""}))
        << type->ToString();
    EXPECT_EQ(Cells(*arrow::field("u", type), *array->Slice(2)), (Strings{"null", "\"y\""}));
  }
}

TEST(JsonCell, DictionariesAndRuns) {
  auto dictionary = *arrow::json::DictArrayFromJSONString(
      arrow::dictionary(arrow::int8(), arrow::utf8()), "[1, 0, null, 2]", R"(["x", "1.5", null])");
  auto field = MakeField("d", dictionary->type(), ValueKind::kPlain);
  EXPECT_EQ(Cells(*field, *dictionary), (Strings{"\"1.5\"", "\"x\"", "null", "null"}));
  EXPECT_EQ(
      Cells(*MakeField("d", dictionary->type(), ValueKind::kNumeric), *dictionary->Slice(0, 1)),
      (Strings{"1.5"}));
  auto runs = *arrow::RunEndEncodedArray::Make(6, ArrayOf(arrow::int32(), "[2, 3, 6]"),
                                               ArrayOf(arrow::int64(), "[7, null, 8]"));
  EXPECT_EQ(Cells(*arrow::field("r", runs->type()), *runs),
            (Strings{"7", "7", "null", "8", "8", "8"}));
  EXPECT_EQ(Cells(*arrow::field("r", runs->type()), *runs->Slice(2, 2)), (Strings{"null", "8"}));
}

TEST(JsonCell, NullColumn) {
  EXPECT_EQ(Cells(arrow::null(), "[null, null]"), (Strings{"null", "null"}));
}

TEST(JsonCell, BoundAgainToAnotherBatch) {
  auto cell = *JsonCell::Make(*arrow::field("s", arrow::list(arrow::utf8())), Dialect::kIso,
                              SpecialValues::kString);
  ByteBuffer out;
  for (const char* json : {R"([["a"], null])", R"([null, ["bb"]])"}) {
    auto array = ArrayOf(arrow::list(arrow::utf8()), json);
    cell->Bind(*array);
    for (int64_t row : {0, 1}) ASSERT_TRUE(cell->Append(row, &out).ok());
  }
  EXPECT_EQ(out.view(), R"(["a"]nullnull["bb"])");
}

}  // namespace
}  // namespace weir
