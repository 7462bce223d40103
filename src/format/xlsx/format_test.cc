#include "format/xlsx/format.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "format/xlsx/sheet_encoder.h"
#include "format/xlsx/xlsx_testing.h"

namespace weir {
namespace {

// The sheet's rows, from the second on.
std::string RowsOf(const std::vector<TestColumn>& columns, const FormatOptions& options = {}) {
  StringSink sink;
  Status status = WriteWorkbook({MakeBatch(columns)}, &sink, options);
  if (!status.ok()) return "failed: " + GetErrorInfo(status).code;
  const std::string sheet = SheetOf(sink.content);
  const size_t begin = sheet.find("</row>") + 6;
  return sheet.substr(begin, sheet.find("</sheetData>") - begin);
}

TEST(XlsxFormat, TheSheetAroundTheRows) {
  StringSink sink;
  ASSERT_TRUE(WriteWorkbook({MakeBatch({{"id", arrow::int32(), "[]"},
                                        {"a <b>", arrow::utf8(), "[]"},
                                        {"", arrow::utf8(), "[]"}})},
                            &sink)
                  .ok());
  const std::string sheet = SheetOf(sink.content);
  EXPECT_NE(sheet.find(R"(state="frozen")"), std::string::npos);
  EXPECT_EQ(sheet.find("<dimension"), std::string::npos);
  const std::string names =
      R"(<sheetData><row r="1"><c r="A1" s="1" t="inlineStr"><is><t>id</t></is></c>)"
      R"(<c r="B1" s="1" t="inlineStr"><is><t>a &lt;b&gt;</t></is></c>)"
      R"(<c r="C1" s="1" t="inlineStr"><is><t></t></is></c></row></sheetData>)";
  EXPECT_NE(sheet.find(names), std::string::npos) << sheet;
  EXPECT_TRUE(sheet.ends_with("</worksheet>"));
  EXPECT_NE(MemberOf(sink.content, "xl/workbook.xml").find(R"(name="records")"), std::string::npos);
  EXPECT_NE(MemberOf(sink.content, "xl/styles.xml").find("yyyy-mm-dd"), std::string::npos);
  EXPECT_NE(MemberOf(sink.content, "[Content_Types].xml").find("sheet1.xml"), std::string::npos);
}

TEST(XlsxFormat, NullIsNotTheEmptyString) {
  EXPECT_EQ(RowsOf({{"a", arrow::utf8(), R"(["", null, "=1+1"])"},
                    {"b", arrow::int32(), "[1, null, null]"}}),
            R"(<row r="2"><c r="A2" t="inlineStr"><is><t></t></is></c>)"
            R"(<c r="B2" s="2"><v>1</v></c></row>)"
            R"(<row r="3"><c r="B3"/></row>)"
            R"(<row r="4"><c r="A4" t="inlineStr"><is><t>=1+1</t></is></c><c r="B4"/></row>)");
}

TEST(XlsxFormat, NumbersAreTextBeyondFifteenDigits) {
  EXPECT_EQ(RowsOf({{"i", arrow::int64(), "[999999999999999, 9007199254740993]"},
                    {"n", arrow::utf8(), R"(["0.10", "NaN"])", ValueKind::kNumeric},
                    {"d", arrow::decimal128(20, 2), R"(["1.50", "123456789012345678.90"])"},
                    {"f", arrow::float64(), "[0.30000000000000004, Inf]"}}),
            R"(<row r="2"><c r="A2" s="2"><v>999999999999999</v></c><c r="B2"><v>0.10</v></c>)"
            R"(<c r="C2"><v>1.50</v></c><c r="D2"><v>0.30000000000000004</v></c></row>)"
            R"(<row r="3"><c r="A3" t="inlineStr"><is><t>9007199254740993</t></is></c>)"
            R"(<c r="B3" t="inlineStr"><is><t>NaN</t></is></c>)"
            R"(<c r="C3" t="inlineStr"><is><t>123456789012345678.90</t></is></c>)"
            R"(<c r="D3" t="inlineStr"><is><t>Infinity</t></is></c></row>)");
}

TEST(XlsxFormat, DatesAndBooleans) {
  // 1970-01-01, 1900-03-01, 1900-02-28, 9999-12-31, 10000-01-01, infinity
  EXPECT_EQ(RowsOf({{"d", arrow::date32(), "[0, -25508, -25509, 2932896, 2932897, 2147483647]"},
                    {"b", arrow::boolean(), "[true, false, true, true, true, null]"}}),
            R"(<row r="2"><c r="A2" s="3"><v>25569</v></c><c r="B2" t="b"><v>1</v></c></row>)"
            R"(<row r="3"><c r="A3" s="3"><v>61</v></c><c r="B3" t="b"><v>0</v></c></row>)"
            R"(<row r="4"><c r="A4" t="inlineStr"><is><t>1900-02-28</t></is></c>)"
            R"(<c r="B4" t="b"><v>1</v></c></row>)"
            R"(<row r="5"><c r="A5" s="3"><v>2958465</v></c><c r="B5" t="b"><v>1</v></c></row>)"
            R"(<row r="6"><c r="A6" t="inlineStr"><is><t>+10000-01-01</t></is></c>)"
            R"(<c r="B6" t="b"><v>1</v></c></row>)"
            R"(<row r="7"><c r="A7" t="inlineStr"><is><t>infinity</t></is></c><c r="B7"/></row>)");
}

TEST(XlsxFormat, SpecialValues) {
  const std::vector<TestColumn> columns = {{"f", arrow::float64(), "[NaN]"},
                                           {"d", arrow::date32(), "[-2147483648]"}};
  FormatOptions options;
  options.special_values = SpecialValues::kNull;
  EXPECT_EQ(RowsOf(columns, options), R"(<row r="2"><c r="B2"/></row>)");
  options.special_values = SpecialValues::kError;
  EXPECT_EQ(RowsOf(columns, options), "failed: format.special_value");
}

TEST(XlsxFormat, TheRestIsText) {
  EXPECT_EQ(RowsOf({{"j", arrow::utf8(), R"(["{\"a\": 1}"])", ValueKind::kJson},
                    {"l", arrow::list(arrow::int32()), "[[1, null]]"},
                    {"t", arrow::int64(), "[0]", ValueKind::kTimestampTz2000},
                    {"x", arrow::binary(), R"(["<"])"}}),
            R"(<row r="2"><c r="A2" t="inlineStr"><is><t>{"a": 1}</t></is></c>)"
            R"(<c r="B2" t="inlineStr"><is><t>[1,null]</t></is></c>)"
            R"(<c r="C2" t="inlineStr"><is><t>2000-01-01T00:00:00Z</t></is></c>)"
            R"(<c r="D2" t="inlineStr"><is><t>\x3c</t></is></c></row>)");
}

TEST(XlsxFormat, ColumnsAreLettered) {
  std::vector<TestColumn> columns(kSheetColumnsMax, {"c", arrow::int8(), "[7]"});
  const std::string rows = RowsOf(columns);
  for (const char* cell : {"Z2", "AA2", "AZ2", "BA2", "ZZ2", "AAA2", "XFD2"}) {
    EXPECT_NE(rows.find(fmt::format(R"(<c r="{}" s="2"><v>7</v></c>)", cell)), std::string::npos)
        << cell;
  }
  columns.push_back(columns[0]);
  EXPECT_EQ(RowsOf(columns), "failed: xlsx.too_many_columns");
}

std::shared_ptr<arrow::RecordBatch> TextBatch(const std::string& text) {
  arrow::StringBuilder builder;
  EXPECT_TRUE(builder.Append("ok").ok());
  EXPECT_TRUE(builder.Append(text).ok());
  auto schema = arrow::schema({arrow::field("note", arrow::utf8())});
  return arrow::RecordBatch::Make(schema, 2, {builder.Finish().ValueOrDie()});
}

TEST(XlsxFormat, ACellHolds32767Characters) {
  StringSink sink;
  EXPECT_TRUE(WriteWorkbook({TextBatch(std::string(32767, 'a'))}, &sink).ok());
  std::string accents;
  for (int i = 0; i < 32767; ++i) accents += "é";
  EXPECT_TRUE(WriteWorkbook({TextBatch(accents)}, &sink).ok());
  Status status = WriteWorkbook({TextBatch(std::string(32768, 'a'))}, &sink);
  EXPECT_TRUE(IsErrorCode(status, "xlsx.text_too_long"));
  EXPECT_EQ(status.message(),
            "column \"note\", row 2: a text of 32768 characters; an Excel cell holds 32767");
  status = WriteWorkbook({TextBatch("caf\xE9")}, &sink);
  EXPECT_TRUE(IsErrorCode(status, "format.invalid_utf8"));
}

std::shared_ptr<arrow::RecordBatch> NullBatch(int64_t rows) {
  auto schema = arrow::schema({arrow::field("n", arrow::null())});
  return arrow::RecordBatch::Make(schema, rows, {std::make_shared<arrow::NullArray>(rows)});
}

TEST(XlsxFormat, ASheetHolds1048575Rows) {
  StringSink sink;
  EXPECT_TRUE(WriteWorkbook({NullBatch(1000000), NullBatch(48575)}, &sink).ok());
  EXPECT_NE(SheetOf(sink.content).find(R"(<c r="A1048576"/></row></sheetData>)"),
            std::string::npos);
  Status status = WriteWorkbook({NullBatch(1000000), NullBatch(48576)}, &sink);
  EXPECT_TRUE(IsErrorCode(status, "xlsx.too_many_rows"));
  EXPECT_EQ(XlsxFormat().rows_max, 1048575);
}

// Rows of text that hardly compresses.
std::vector<std::shared_ptr<arrow::RecordBatch>> NoiseBatches(int rows_per_batch) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  auto schema = arrow::schema({arrow::field("note", arrow::utf8())});
  uint64_t state = 1;
  for (int row = 0; row < 6000;) {
    arrow::StringBuilder builder;
    for (int i = 0; i < rows_per_batch && row < 6000; ++i, ++row) {
      std::string text;
      for (int word = 0; word < 20; ++word) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        text += fmt::format("{:016x}", state);
      }
      EXPECT_TRUE(builder.Append(text).ok());
    }
    const int64_t length = builder.length();
    batches.push_back(arrow::RecordBatch::Make(schema, length, {builder.Finish().ValueOrDie()}));
  }
  return batches;
}

TEST(XlsxFormat, BytesDependOnTheRowsAlone) {
  StringSink one, many;
  ASSERT_TRUE(WriteWorkbook(NoiseBatches(6000), &one).ok());
  ASSERT_TRUE(WriteWorkbook(NoiseBatches(7), &many).ok());
  EXPECT_GT(one.content.size(), 512u * 1024);
  EXPECT_TRUE(one.content == many.content);
  EXPECT_LT(one.largest, 512u * 1024);
}

TEST(XlsxFormat, PositionFollowsTheSink) {
  StringSink sink;
  auto batches = NoiseBatches(10);
  EncoderContext context{batches[0]->schema(), {}};
  auto encoder = XlsxFormat().make_file_encoder(context, &sink).ValueOrDie();
  int64_t rows = 0;
  for (const auto& batch : batches) {
    ASSERT_TRUE(encoder->Write(*batch).ok());
    rows += batch->num_rows();
    EXPECT_EQ(encoder->position().bytes_written, static_cast<int64_t>(sink.content.size()));
    EXPECT_LE(encoder->position().rows_written, rows);
  }
  EXPECT_GT(encoder->position().rows_written, 0);
  ASSERT_TRUE(encoder->Finish().ok());
  EXPECT_EQ(encoder->position().rows_written, 6000);
  EXPECT_EQ(encoder->position().bytes_written, static_cast<int64_t>(sink.content.size()));
}

TEST(XlsxFormat, AFailingSinkIsReportedAndAbortIsQuiet) {
  const auto batches = NoiseBatches(100);
  for (int writes = 0;; ++writes) {
    StringSink sink;
    sink.writes_left = writes;
    Status status = WriteWorkbook(batches, &sink);
    if (status.ok()) break;
    EXPECT_TRUE(IsErrorCode(status, "io.no_space"));
    ASSERT_LT(writes, 100);
  }
}

TEST(XlsxFormat, OptionsOfOtherFormatsAreRefused) {
  FormatOptions options;
  EXPECT_TRUE(XlsxFormat().validate(options).ok());
  options.level = 10;
  EXPECT_TRUE(IsErrorCode(XlsxFormat().validate(options), "usage.level"));
  options.level = 1;
  EXPECT_TRUE(XlsxFormat().validate(options).ok());
  options.delimiter = ';';
  EXPECT_TRUE(IsErrorCode(XlsxFormat().validate(options), "usage.option_not_applicable"));
}

TEST(XlsxFormat, VerdictSaysWhatBecomesText) {
  const auto check = [](std::shared_ptr<arrow::DataType> type) {
    return XlsxFormat().check(*arrow::field("c", type), {});
  };
  EXPECT_EQ(check(arrow::int32()).note, "");
  EXPECT_EQ(check(arrow::float64()).note, "");
  EXPECT_EQ(check(arrow::decimal128(15, 2)).note, "");
  EXPECT_EQ(check(arrow::int64()).note, "exact: text beyond 15 digits");
  EXPECT_EQ(check(arrow::decimal128(18, 4)).note, "exact: text beyond 15 digits");
  EXPECT_EQ(check(arrow::int64()).target_type, "number");
  EXPECT_EQ(check(arrow::date32()).target_type, "date");
  EXPECT_EQ(check(arrow::utf8()).target_type, "text");
  EXPECT_EQ(check(arrow::int64()).fidelity, Fidelity::kExact);
}

}  // namespace
}  // namespace weir
