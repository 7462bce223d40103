#include "format/xml/format.h"

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/field.h"

namespace weir {
namespace {

struct TestColumn {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  std::string json;
  ValueKind kind = ValueKind::kPlain;
};

std::shared_ptr<arrow::RecordBatch> MakeBatch(const std::vector<TestColumn>& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const TestColumn& column : columns) {
    fields.push_back(MakeField(column.name, column.type, column.kind));
    arrays.push_back(arrow::json::ArrayFromJSONString(column.type, column.json).ValueOrDie());
  }
  const int64_t rows = arrays.empty() ? 1 : arrays[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, arrays);
}

Result<std::string> Rows(const arrow::RecordBatch& batch, const FormatOptions& options = {}) {
  EncoderContext context{batch.schema(), options};
  ARROW_ASSIGN_OR_RAISE(auto encoder, XmlFormat().make_slice_encoder(context));
  ByteBuffer out;
  ARROW_RETURN_NOT_OK(encoder->Encode(batch, &out));
  return std::string(out.view());
}

std::string RowsOf(const std::vector<TestColumn>& columns, const FormatOptions& options = {}) {
  auto rows = Rows(*MakeBatch(columns), options);
  return rows.ok() ? *rows : "failed: " + GetErrorInfo(rows.status()).code;
}

TEST(XmlFormat, AFileIsPrologueRowsEpilogue) {
  auto framing = XmlFormat().make_framing({}).ValueOrDie();
  EXPECT_EQ(framing.prologue,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<records xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n");
  EXPECT_EQ(framing.separator, "");
  EXPECT_EQ(framing.epilogue, "</records>\n");
}

TEST(XmlFormat, NullIsNotTheEmptyString) {
  EXPECT_EQ(RowsOf({{"id", arrow::int64(), "[1, null, -3]"},
                    {"name", arrow::utf8(), R"(["", null, "Ann <a@b>"])"}}),
            "<record><id>1</id><name></name></record>\n"
            "<record><id xsi:nil=\"true\"/><name xsi:nil=\"true\"/></record>\n"
            "<record><id>-3</id><name>Ann &lt;a@b&gt;</name></record>\n");
}

TEST(XmlFormat, Scalars) {
  EXPECT_EQ(RowsOf({{"n", arrow::utf8(), R"(["12345678901234567890.50"])", ValueKind::kNumeric},
                    {"f", arrow::float64(), "[0.1]"},
                    {"b", arrow::boolean(), "[true]"},
                    {"d", arrow::date32(), "[-1]"},
                    {"t", arrow::int64(), "[0]", ValueKind::kTimestampTz2000},
                    {"x", arrow::binary(), R"(["<"])"},
                    {"none", arrow::null(), "[null]"}}),
            "<record><n>12345678901234567890.50</n><f>0.1</f><b>true</b><d>1969-12-31</d>"
            "<t>2000-01-01T00:00:00Z</t><x>\\x3c</x><none xsi:nil=\"true\"/></record>\n");
}

TEST(XmlFormat, NestedValues) {
  EXPECT_EQ(
      RowsOf({{"j", arrow::utf8(), R"(["{\"a\": [1, \"1\"]}", null, "null"])", ValueKind::kJson},
              {"l", arrow::list(arrow::int32()), "[[1, null], [], null]"},
              {"s", arrow::struct_({arrow::field("k", arrow::utf8())}), R"([["v"], null, [null]])"},
              {"m", arrow::map(arrow::utf8(), arrow::int32()), R"([[["a b", 1]], [], null])"}}),
      "<record>"
      "<j type=\"object\"><a type=\"array\"><item type=\"number\">1</item><item>1</item></a></j>"
      "<l type=\"array\"><item type=\"number\">1</item><item type=\"null\"/></l>"
      "<s type=\"object\"><k>v</k></s>"
      "<m type=\"object\"><a_x0020_b type=\"number\">1</a_x0020_b></m>"
      "</record>\n"
      "<record><j xsi:nil=\"true\"/><l type=\"array\"/><s xsi:nil=\"true\"/><m type=\"object\"/>"
      "</record>\n"
      "<record><j type=\"null\"/><l xsi:nil=\"true\"/>"
      "<s type=\"object\"><k type=\"null\"/></s><m xsi:nil=\"true\"/></record>\n");
}

TEST(XmlFormat, NestedAsString) {
  FormatOptions options;
  options.nested = NestedForm::kString;
  EXPECT_EQ(RowsOf({{"j", arrow::utf8(), R"(["{\"a\":1}"])", ValueKind::kJson},
                    {"l", arrow::list(arrow::utf8()), R"([["<"]])"}},
                   options),
            "<record><j>{\"a\":1}</j><l>[\"&lt;\"]</l></record>\n");
}

TEST(XmlFormat, NamesAreEscapedAndMayRepeat) {
  EXPECT_EQ(RowsOf({{"a b", arrow::int32(), "[1]"},
                    {"", arrow::utf8(), R"(["\u0000"])"},
                    {"a b", arrow::int32(), "[null]"}}),
            "<record><a_x0020_b>1</a_x0020_b><_x_ escaped=\"true\">_x0000_</_x_>"
            "<a_x0020_b xsi:nil=\"true\"/></record>\n");
}

TEST(XmlFormat, NoColumnsAndNoRows) {
  EXPECT_EQ(RowsOf({}), "<record></record>\n");
  EXPECT_EQ(RowsOf({{"a", arrow::int32(), "[]"}}), "");
}

TEST(XmlFormat, SpecialValues) {
  const std::vector<TestColumn> columns = {
      {"f", arrow::float64(), "[1.5, NaN, -Inf]"},
      {"n", arrow::utf8(), R"(["1", "NaN", "-Infinity"])", ValueKind::kNumeric},
      {"d", arrow::date32(), "[0, 2147483647, -2147483648]"}};
  FormatOptions options;
  EXPECT_EQ(RowsOf(columns),
            "<record><f>1.5</f><n>1</n><d>1970-01-01</d></record>\n"
            "<record><f>NaN</f><n>NaN</n><d>infinity</d></record>\n"
            "<record><f>-Infinity</f><n>-Infinity</n><d>-infinity</d></record>\n");
  options.special_values = SpecialValues::kNull;
  EXPECT_EQ(RowsOf(columns, options),
            "<record><f>1.5</f><n>1</n><d>1970-01-01</d></record>\n"
            "<record><f xsi:nil=\"true\"/><n xsi:nil=\"true\"/><d xsi:nil=\"true\"/></record>\n"
            "<record><f xsi:nil=\"true\"/><n xsi:nil=\"true\"/><d xsi:nil=\"true\"/></record>\n");
  options.special_values = SpecialValues::kError;
  EXPECT_EQ(RowsOf(columns, options), "failed: format.special_value");
}

TEST(XmlFormat, RefusesBytesThatAreNotUtf8) {
  arrow::StringBuilder builder;
  ASSERT_TRUE(builder.Append("ok").ok());
  ASSERT_TRUE(builder.Append("caf\xE9").ok());
  auto schema = arrow::schema({arrow::field("city", arrow::utf8())});
  auto batch = arrow::RecordBatch::Make(schema, 2, {builder.Finish().ValueOrDie()});
  Status status = Rows(*batch).status();
  EXPECT_TRUE(IsErrorCode(status, "format.invalid_utf8")) << status;
  EXPECT_NE(status.message().find("\"city\""), std::string::npos);
  EXPECT_EQ(RowsOf({{"\xFF", arrow::int32(), "[1]"}}), "failed: format.invalid_utf8");
  EXPECT_EQ(RowsOf({{"j", arrow::utf8(), R"(["{"])", ValueKind::kJson}}),
            "failed: format.invalid_json");
}

TEST(XmlFormat, OptionsOfOtherFormatsAreRefused) {
  FormatOptions options;
  EXPECT_TRUE(XmlFormat().validate(options).ok());
  options.delimiter = ';';
  EXPECT_TRUE(IsErrorCode(XmlFormat().validate(options), "usage.option_not_applicable"));
}

TEST(XmlFormat, VerdictNamesTheElement) {
  const Format format = XmlFormat();
  FormatVerdict verdict = format.check(*MakeField("a b", arrow::utf8(), ValueKind::kJson), {});
  EXPECT_EQ(verdict.fidelity, Fidelity::kExact);
  EXPECT_EQ(verdict.target_type, "nested elements");
  EXPECT_EQ(verdict.note, "the element's name is a_x0020_b");
  EXPECT_EQ(format.check(*MakeField("a", arrow::int64()), {}).target_type, "text");
}

}  // namespace
}  // namespace weir
