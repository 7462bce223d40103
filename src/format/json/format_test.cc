#include "format/json/format.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <nlohmann/json.hpp>

#include "format/json/json_testing.h"

namespace weir {
namespace {

using json_testing::ArrayOf;
using json_testing::Texts;

std::shared_ptr<arrow::RecordBatch> Batch(const arrow::FieldVector& fields,
                                          const arrow::ArrayVector& arrays) {
  return arrow::RecordBatch::Make(arrow::schema(fields), arrays[0]->length(), arrays);
}

std::shared_ptr<arrow::RecordBatch> SomeRows() {
  return Batch(
      {arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8())},
      {ArrayOf(arrow::int64(), "[1, 2, null]"), ArrayOf(arrow::utf8(), R"(["a\nb", null, ""])")});
}

// The whole file that the batches make, encoded one by one as the copy loop does.
Result<std::string> File(const Format& format,
                         const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
                         const FormatOptions& options = {}) {
  EncoderContext context{batches[0]->schema(), options};
  ARROW_ASSIGN_OR_RAISE(Framing framing, format.make_framing(context));
  ARROW_ASSIGN_OR_RAISE(auto encoder, format.make_slice_encoder(context));
  std::string file = framing.prologue;
  bool first = true;
  for (const auto& batch : batches) {
    ByteBuffer out;
    ARROW_RETURN_NOT_OK(encoder->Encode(*batch, &out));
    if (out.empty()) continue;
    if (!first) file += framing.separator;
    file += out.view();
    first = false;
  }
  return file + framing.epilogue;
}

TEST(NdjsonFormat, OneObjectPerLine) {
  EXPECT_EQ(*File(NdjsonFormat(), {SomeRows(), SomeRows()->Slice(1, 1)}),
            "{\"id\":1,\"name\":\"a\\nb\"}\n{\"id\":2,\"name\":null}\n{\"id\":null,\"name\":\"\"}\n"
            "{\"id\":2,\"name\":null}\n");
  EXPECT_EQ(*File(NdjsonFormat(), {SomeRows()->Slice(0, 0)}), "");
}

TEST(JsonFormat, OneArray) {
  EXPECT_EQ(
      *File(JsonFormat(), {SomeRows()->Slice(0, 2), SomeRows()->Slice(0, 0), SomeRows()->Slice(2)}),
      "[\n{\"id\":1,\"name\":\"a\\nb\"},\n{\"id\":2,\"name\":null},\n"
      "{\"id\":null,\"name\":\"\"}\n]\n");
  auto empty = nlohmann::json::parse(*File(JsonFormat(), {SomeRows()->Slice(0, 0)}));
  EXPECT_TRUE(empty.is_array() && empty.empty());
}

TEST(JsonFormat, BytesDoNotDependOnHowRowsAreCut) {
  for (const Format& format : {NdjsonFormat(), JsonFormat()}) {
    auto rows = SomeRows();
    EXPECT_EQ(*File(format, {rows}),
              *File(format, {rows->Slice(0, 1), rows->Slice(1, 1), rows->Slice(2)}));
  }
}

TEST(JsonFormat, ReadBackByAnotherParser) {
  auto batch =
      Batch({arrow::field("i", arrow::int64()), MakeField("n", arrow::utf8(), ValueKind::kNumeric),
             arrow::field("s", arrow::utf8()), MakeField("j", arrow::utf8(), ValueKind::kJson),
             arrow::field("l", arrow::list(arrow::int32()))},
            {ArrayOf(arrow::int64(), "[-5, null]"), Texts({"1.5", "NaN"}), Texts({"tab\t\"é", ""}),
             Texts({"{\"k\" : [1,\n null]}", "\"x\""}),
             ArrayOf(arrow::list(arrow::int32()), "[[1], null]")});
  auto expected = nlohmann::json::parse(R"([
      {"i": -5, "n": 1.5, "s": "tab\t\"é", "j": {"k": [1, null]}, "l": [1]},
      {"i": null, "n": "NaN", "s": "", "j": "x", "l": null}])");
  EXPECT_EQ(nlohmann::json::parse(*File(JsonFormat(), {batch})), expected);
  std::string lines = *File(NdjsonFormat(), {batch});
  size_t middle = lines.find('\n');
  EXPECT_EQ(nlohmann::json::parse(lines.substr(0, middle)), expected[0]);
  EXPECT_EQ(nlohmann::json::parse(lines.substr(middle)), expected[1]);
}

std::shared_ptr<arrow::RecordBatch> JsonRows(const std::string& json) {
  return Batch({MakeField("j", arrow::utf8(), ValueKind::kJson)}, {Texts({json})});
}

TEST(NdjsonFormat, NewlinesBetweenTokensBecomeBlanks) {
  auto rows = JsonRows("{\r\n\t\"a\\nb\" :\n1}");
  EXPECT_EQ(*File(NdjsonFormat(), {rows}), "{\"j\":{  \t\"a\\nb\" : 1}}\n");
  EXPECT_EQ(*File(JsonFormat(), {rows}), "[\n{\"j\":{\r\n\t\"a\\nb\" :\n1}}\n]\n");
  FormatOptions postgres;
  postgres.dialect = Dialect::kPostgres;
  EXPECT_EQ(*File(NdjsonFormat(), {rows}, postgres), "{\"j\":{\r\n\t\"a\\nb\" :\n1}}\n");
}

TEST(NdjsonFormat, NewlinesInsideNestedColumnsToo) {
  auto type = arrow::struct_({MakeField("j", arrow::utf8(), ValueKind::kJson)});
  auto rows = Batch({arrow::field("s", type)}, {ArrayOf(type, R"([{"j": "[1,\n2]"}])")});
  EXPECT_EQ(*File(NdjsonFormat(), {rows}), "{\"s\":{\"j\":[1, 2]}}\n");
}

TEST(NdjsonFormat, NestedAsStrings) {
  FormatOptions options;
  options.nested = NestedForm::kString;
  EXPECT_EQ(*File(NdjsonFormat(), {JsonRows("{\"a\": \"\\n\",\n\"b\":1}")}, options),
            R"({"j":"{\"a\": \"\\n\",\n\"b\":1}"})"
            "\n");
  auto list = arrow::list(arrow::utf8());
  auto rows = Batch({arrow::field("l", list)}, {ArrayOf(list, R"([["x"], null])")});
  EXPECT_EQ(*File(NdjsonFormat(), {rows}, options), "{\"l\":\"[\\\"x\\\"]\"}\n{\"l\":null}\n");
}

TEST(NdjsonFormat, DuplicateNamesAreAllWritten) {
  auto rows = Batch({arrow::field("a", arrow::int32()), arrow::field("a", arrow::int32())},
                    {ArrayOf(arrow::int32(), "[1]"), ArrayOf(arrow::int32(), "[2]")});
  EXPECT_EQ(*File(NdjsonFormat(), {rows}), "{\"a\":1,\"a\":2}\n");
}

TEST(NdjsonFormat, NoColumns) {
  auto rows = arrow::RecordBatch::Make(arrow::schema({}), 2, arrow::ArrayVector{});
  EXPECT_EQ(*File(NdjsonFormat(), {rows}), "{}\n{}\n");
  EXPECT_EQ(*File(JsonFormat(), {rows}), "[\n{},\n{}\n]\n");
}

TEST(NdjsonFormat, ErrorsNameTheColumn) {
  auto rows = Batch({arrow::field("ok", arrow::utf8()), arrow::field("bad", arrow::utf8())},
                    {Texts({"x"}), Texts({"\xff"})});
  Status status = File(NdjsonFormat(), {rows}).status();
  EXPECT_TRUE(IsErrorCode(status, "format.invalid_utf8"));
  EXPECT_NE(status.message().find("column \"bad\""), std::string::npos) << status.message();

  rows = Batch({arrow::field("\xff", arrow::utf8())}, {Texts({"x"})});
  EXPECT_TRUE(IsErrorCode(File(NdjsonFormat(), {rows}).status(), "format.invalid_utf8"));
}

TEST(JsonFormat, ReadForm) {
  FormatOptions options;
  ReadForm form = JsonFormat().read_form(options);
  EXPECT_TRUE(form.exact_text);
  EXPECT_EQ(form.arrays, NestedForm::kJson);
  EXPECT_EQ(form.special_values, SpecialValues::kString);
  options.nested = NestedForm::kString;
  options.special_values = SpecialValues::kError;
  options.dialect = Dialect::kPostgres;
  form = JsonFormat().read_form(options);
  EXPECT_EQ(form.arrays, NestedForm::kString);
  EXPECT_EQ(form.special_values, SpecialValues::kError);
  EXPECT_EQ(form.dialect, Dialect::kPostgres);
}

TEST(JsonFormat, OptionsOfOtherFormatsAreRefused) {
  FormatOptions options;
  EXPECT_TRUE(JsonFormat().validate(options).ok());
  options.delimiter = ';';
  Status status = JsonFormat().validate(options);
  EXPECT_TRUE(IsErrorCode(status, "usage.option_not_applicable"));
  EXPECT_EQ(status.message(), "--delimiter has no meaning for json");
  options = {};
  options.null_text = "NULL";
  EXPECT_FALSE(NdjsonFormat().validate(options).ok());
  options = {};
  options.row_group_bytes = 1;
  EXPECT_FALSE(NdjsonFormat().validate(options).ok());
}

TEST(JsonFormat, Check) {
  auto check = [](const std::shared_ptr<arrow::Field>& field, const FormatOptions& options = {}) {
    FormatVerdict verdict = JsonFormat().check(*field, options);
    EXPECT_EQ(verdict.fidelity, Fidelity::kExact);
    return verdict.target_type;
  };
  EXPECT_EQ(check(arrow::field("c", arrow::int32())), "number");
  EXPECT_EQ(check(MakeField("c", arrow::utf8(), ValueKind::kNumeric)), "number");
  EXPECT_EQ(check(MakeField("c", arrow::int64(), ValueKind::kTimestampTz2000)), "string");
  EXPECT_EQ(check(MakeField("c", arrow::utf8(), ValueKind::kJson)), "any JSON value");
  EXPECT_EQ(check(arrow::field("c", arrow::boolean())), "boolean");
  EXPECT_EQ(check(arrow::field("c", arrow::date32())), "string");
  EXPECT_EQ(check(arrow::field("c", arrow::list(arrow::int8()))), "array");
  EXPECT_EQ(check(arrow::field("c", arrow::struct_({}))), "object");
  FormatOptions postgres;
  postgres.dialect = Dialect::kPostgres;
  EXPECT_EQ(check(arrow::field("c", arrow::uint32()), postgres), "string");
  FormatOptions options;
  options.nested = NestedForm::kString;
  EXPECT_EQ(check(MakeField("c", arrow::utf8(), ValueKind::kJson), options), "string holding JSON");
}

}  // namespace
}  // namespace weir
