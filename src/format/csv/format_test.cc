#include "format/csv/format.h"

#include "format/csv/csv_testing.h"

namespace weir {
namespace {

using arrow::field;

// COPY (VALUES (1, 'a', true), (2, NULL, false), (NULL, '', NULL)) TO STDOUT (FORMAT csv, HEADER)
TEST(Csv, NullIsNothingAndEmptyIsQuotes) {
  auto batch = MakeBatch({{field("n", arrow::int32()), "[1, 2, null]"},
                          {field("t", arrow::utf8()), R"(["a", null, ""])"},
                          {field("b", arrow::boolean()), "[true, false, null]"}});
  EXPECT_EQ(Csv(*batch, Postgres()), "n,t,b\n1,a,t\n2,,f\n,\"\",\n");
  EXPECT_EQ(Csv(*batch), "n,t,b\n1,a,true\n2,,false\n,\"\",\n");
}

TEST(Csv, QuotesOnlyWhereNeeded) {
  auto batch = MakeBatch({{field("t", arrow::utf8()),
                           R"(["plain", "a,b", "a\"b", "a\nb", "a\rb", "ünï", " edge ", "\\."])"},
                          {field("i", arrow::int8()), "[1, 2, 3, 4, 5, 6, 7, 8]"}});
  EXPECT_EQ(
      Rows(*batch),
      "plain,1\n\"a,b\",2\n\"a\"\"b\",3\n\"a\nb\",4\n\"a\rb\",5\nünï,6\n\" edge \",7\n\\.,8\n");
  EXPECT_EQ(Rows(*batch, Postgres()),
            "plain,1\n\"a,b\",2\n\"a\"\"b\",3\n\"a\nb\",4\n\"a\rb\",5\nünï,6\n edge ,7\n\\.,8\n");
}

// COPY (SELECT '\.'::text) TO STDOUT (FORMAT csv, HEADER)
TEST(Csv, TheEndOfDataMarkAloneOnALine) {
  auto batch = MakeBatch({{field("text", arrow::utf8()), R"(["\\.", null, "", "x"])"}});
  EXPECT_EQ(Csv(*batch, Postgres()), "text\n\"\\.\"\n\n\"\"\nx\n");
  EXPECT_EQ(Csv(*batch), "text\n\"\\.\"\n\n\"\"\nx\n");
}

// COPY (SELECT 1.5 AS "a""b", true AS "x,y", ' s ' AS "line\ntwo", '' AS " sp", NULL AS e) TO ...
TEST(Csv, NamesAreQuotedByTheSameRule) {
  auto batch = MakeBatch({{field("a\"b", arrow::float64()), "[1.5]"},
                          {field("x,y", arrow::boolean()), "[true]"},
                          {field("line\ntwo", arrow::utf8()), R"([" s "])"},
                          {field(" sp", arrow::utf8()), R"([""])"},
                          {field("e", arrow::utf8()), "[null]"}});
  EXPECT_EQ(Csv(*batch, Postgres()), "\"a\"\"b\",\"x,y\",\"line\ntwo\", sp,e\n1.5,t, s ,\"\",\n");
  EXPECT_EQ(Csv(*batch), "\"a\"\"b\",\"x,y\",\"line\ntwo\",\" sp\",e\n1.5,true,\" s \",\"\",\n");
}

TEST(Csv, NamesMayRepeatAndBeEmpty) {
  auto name = field("a", arrow::int32());
  auto batch = MakeBatch({{name, "[1]"}, {name, "[2]"}, {field("", arrow::int32()), "[3]"}});
  EXPECT_EQ(Csv(*batch), "a,a,\"\"\n1,2,3\n");
  FormatOptions options;
  options.header = false;
  EXPECT_EQ(Csv(*batch, options), "1,2,3\n");
}

// CREATE TABLE z (); two rows; COPY z TO STDOUT (FORMAT csv, HEADER): three empty lines.
TEST(Csv, NoColumns) {
  auto batch = arrow::RecordBatch::Make(arrow::schema({}), 2, arrow::ArrayVector{});
  EXPECT_EQ(Csv(*batch), "\n\n\n");
  EXPECT_EQ(Csv(*batch, Postgres()), "\n\n\n");
}

TEST(Csv, NoRows) {
  auto batch = MakeBatch({{field("a", arrow::int32()), "[]"}, {field("b", arrow::utf8()), "[]"}});
  EXPECT_EQ(Csv(*batch), "a,b\n");
}

// COPY (SELECT 0 a, 10 b, true t, NULL n, '0' s) TO STDOUT (FORMAT csv, HEADER, NULL '0')
TEST(Csv, NullTextIsToldFromEqualValues) {
  auto batch = MakeBatch({{field("a", arrow::int32()), "[0]"},
                          {field("b", arrow::int32()), "[10]"},
                          {field("t", arrow::boolean()), "[true]"},
                          {field("n", arrow::utf8()), "[null]"},
                          {field("s", arrow::utf8()), R"(["0"])"}});
  FormatOptions options = Postgres();
  options.null_text = "0";
  EXPECT_EQ(Csv(*batch, options), "a,b,t,n,s\n\"0\",10,t,0,\"0\"\n");
  options.null_text = "t";
  EXPECT_EQ(Csv(*batch, options), "a,b,\"t\",n,s\n0,10,\"t\",t,0\n");
  options.null_text = "a null text of some length";
  EXPECT_EQ(Rows(*batch, options), "0,10,t,a null text of some length,0\n");
}

TEST(Csv, NullsOfEveryWayOfWriting) {
  auto batch =
      MakeBatch({{field("i", arrow::int64()), "[null]"},
                 {field("x", arrow::binary()), "[null]"},
                 {field("l", arrow::list(arrow::int32())), "[null]"},
                 {field("u", arrow::null()), "[null]"},
                 {MakeField("j", arrow::utf8(), ValueKind::kJson), "[null]"},
                 {field("d", arrow::dense_union({field("v", arrow::int32())})), "[[0, null]]"}});
  EXPECT_EQ(Rows(*batch), ",,,,,\n");
  FormatOptions options;
  options.null_text = "\\N";
  EXPECT_EQ(Rows(*batch, options), "\\N,\\N,\\N,\\N,\\N,\\N\n");
}

// COPY (SELECT 1.5 a, DATE '2024-01-01' b, 'x.y' s) TO STDOUT (FORMAT csv, HEADER, DELIMITER '.')
// COPY (SELECT 1 a, DATE '2024-01-01' b, 'x.y' s) TO STDOUT (FORMAT csv, DELIMITER '1')
TEST(Csv, DelimitersThatNumbersHold) {
  FormatOptions options = Postgres();
  options.delimiter = '.';
  auto batch = MakeBatch({{field("a", arrow::float64()), "[1.5]"},
                          {field("b", arrow::date32()), "[19723]"},
                          {field("s", arrow::utf8()), R"(["x.y"])"}});
  EXPECT_EQ(Csv(*batch, options), "a.b.s\n\"1.5\".2024-01-01.\"x.y\"\n");
  options.delimiter = '1';
  batch = MakeBatch({{field("a", arrow::int32()), "[1]"},
                     {field("b", arrow::date32()), "[19723]"},
                     {field("s", arrow::utf8()), R"(["x.y"])"}});
  EXPECT_EQ(Rows(*batch, options), "\"1\"1\"2024-01-01\"1x.y\n");
}

TEST(Csv, EveryDelimiterThatIsAllowed) {
  auto batch = MakeBatch(
      {{field("i", arrow::int64()), "[-10]"},
       {field("f", arrow::float64()), "[1e-7]"},
       {field("b", arrow::boolean()), "[true]"},
       {field("ts", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")), "[1704164645500000]"},
       {field("x", arrow::binary()), R"(["a"])"},
       {MakeField("n", arrow::utf8(), ValueKind::kNumeric), R"(["-Infinity"])"},
       {field("l", arrow::list(arrow::int32())), "[[1, 2]]"},
       {field("d", arrow::duration(arrow::TimeUnit::SECOND)), "[61]"}});
  const std::vector<std::string> expected = {
      "-10", "1e-07", "true", "2024-01-02T03:04:05.5Z", "\\x61", "-Infinity", "[1,2]", "PT1M1S"};
  for (int byte = 0; byte < 128; ++byte) {
    FormatOptions options;
    options.header = false;
    options.delimiter = static_cast<char>(byte);
    if (byte == '"' || byte == '\r' || byte == '\n') {
      EXPECT_TRUE(IsErrorCode(CsvFormat().validate(options), "usage.delimiter"));
      continue;
    }
    ParsedFile file = Rfc4180Reader(Csv(*batch, options), *options.delimiter).Read();
    ASSERT_EQ(file.size(), 1u);
    ASSERT_EQ(file[0].size(), expected.size()) << "delimiter " << byte;
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(file[0][i].text, expected[i]);
  }
}

TEST(Csv, JsonAndNestedColumnsAreJsonText) {
  auto batch = MakeBatch(
      {{MakeField("j", arrow::utf8(), ValueKind::kJson), R"(["{\"a\": [1, \"x\"]}", "null"])"},
       {field("l", arrow::list(arrow::utf8())), R"([["a", null], []])"},
       {field("s", arrow::struct_({field("k", arrow::float64())})), R"([[0.5], null])"}});
  EXPECT_EQ(Rows(*batch),
            "\"{\"\"a\"\": [1, \"\"x\"\"]}\",\"[\"\"a\"\",null]\",\"{\"\"k\"\":0.5}\"\nnull,[],\n");
}

TEST(Tsv, IsCsvWithTabs) {
  auto batch = MakeBatch({{field("a\tb", arrow::utf8()), R"(["x,y", "x\ty", "", null])"},
                          {field("c", arrow::int32()), "[1, 2, 3, 4]"}});
  EXPECT_EQ(EncodeFile(TsvFormat(), *batch).ValueOrDie(),
            "\"a\tb\"\tc\nx,y\t1\n\"x\ty\"\t2\n\"\"\t3\n\t4\n");
  FormatOptions options;
  options.null_text = "\\N";
  EXPECT_EQ(EncodeFile(TsvFormat(), *batch, options).ValueOrDie(),
            "\"a\tb\"\tc\nx,y\t1\n\"x\ty\"\t2\n\"\"\t3\n\\N\t4\n");
}

std::shared_ptr<arrow::RecordBatch> SpecialBatch() {
  return MakeBatch(
      {{MakeField("n", arrow::utf8(), ValueKind::kNumeric), R"(["1", "NaN", "-Infinity"])"},
       {field("d", arrow::date32()), "[0, 2147483647, -2147483648]"},
       {MakeField("t", arrow::int64(), ValueKind::kTimestamp2000),
        "[0, 9223372036854775807, -9223372036854775808]"},
       {MakeField("s", arrow::utf8()), R"(["NaN", "infinity", "x"])"},
       {field("p", arrow::duration(arrow::TimeUnit::SECOND)), "[1, -1, 0]"}});
}

TEST(Csv, SpecialValuesAreTextByDefault) {
  EXPECT_EQ(Rows(*SpecialBatch()),
            "1,1970-01-01,2000-01-01T00:00:00,NaN,PT1S\n"
            "NaN,infinity,infinity,infinity,PT-1S\n"
            "-Infinity,-infinity,-infinity,x,PT0S\n");
}

TEST(Csv, SpecialValuesMayBecomeNull) {
  FormatOptions options;
  options.special_values = SpecialValues::kNull;
  EXPECT_EQ(Rows(*SpecialBatch(), options),
            "1,1970-01-01,2000-01-01T00:00:00,NaN,PT1S\n"
            ",,,infinity,PT-1S\n"
            ",,,x,PT0S\n");
}

TEST(Csv, SpecialValuesMayBeRefused) {
  FormatOptions options;
  options.special_values = SpecialValues::kError;
  Status status = EncodeFile(CsvFormat(), *SpecialBatch(), options).status();
  EXPECT_TRUE(IsErrorCode(status, "format.special_value"));
  EXPECT_EQ(status.message(), "column \"n\": NaN has no number or date form");
  EXPECT_EQ(GetErrorInfo(status).batch_row, 1);
  arrow::DoubleBuilder builder;
  ASSERT_TRUE(builder.AppendValues({1.0, -1.0 / 0.0}).ok());
  auto floats = arrow::RecordBatch::Make(arrow::schema({field("f", arrow::float64())}), 2,
                                         {builder.Finish().ValueOrDie()});
  status = EncodeFile(CsvFormat(), *floats, options).status();
  EXPECT_EQ(status.message(), "column \"f\": -Infinity has no number or date form");
  EXPECT_EQ(Rows(*floats->Slice(0, 1), options), "1\n");
}

TEST(Csv, SpecialValuesInsideListsAreRefusedToo) {
  arrow::ListBuilder builder(arrow::default_memory_pool(),
                             std::make_shared<arrow::DoubleBuilder>());
  ASSERT_TRUE(builder.Append().ok());
  ASSERT_TRUE(static_cast<arrow::DoubleBuilder*>(builder.value_builder())->Append(0.0 / 0.0).ok());
  auto batch = arrow::RecordBatch::Make(arrow::schema({field("l", arrow::list(arrow::float64()))}),
                                        1, {*builder.Finish()});
  FormatOptions options;
  options.special_values = SpecialValues::kError;
  Status status = EncodeFile(CsvFormat(), *batch, options).status();
  EXPECT_TRUE(IsErrorCode(status, "format.special_value"));
  EXPECT_NE(status.message().find("column \"l"), std::string::npos) << status.message();
  EXPECT_EQ(GetErrorInfo(status).batch_row, 0);
}

TEST(Csv, TheBytesDoNotDependOnHowRowsAreCut) {
  auto batch = SpecialBatch();
  EncoderContext context{batch->schema(), {}, 0};
  auto encoder = CsvFormat().make_slice_encoder(context).ValueOrDie();
  ByteBuffer out;
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    ASSERT_TRUE(encoder->Encode(*batch->Slice(row, 1), &out).ok());
  }
  EXPECT_EQ(out.view(), Rows(*batch));
}

TEST(CsvOptions, NullTextThatCouldNotBeTold) {
  for (std::string text : {"a,b", "\"", "x\n", "\r"}) {
    FormatOptions options;
    options.null_text = text;
    EXPECT_TRUE(IsErrorCode(CsvFormat().validate(options), "usage.null_text"));
  }
  FormatOptions options;
  options.null_text = "a,b";
  EXPECT_TRUE(TsvFormat().validate(options).ok());
  options.null_text = "a\tb";
  EXPECT_TRUE(IsErrorCode(TsvFormat().validate(options), "usage.null_text"));
  options.delimiter = ';';
  EXPECT_TRUE(TsvFormat().validate(options).ok());
}

TEST(CsvOptions, WhatDoesNotApplyIsRefused) {
  FormatOptions options;
  options.row_group_bytes = 1;
  EXPECT_TRUE(IsErrorCode(CsvFormat().validate(options), "usage.option_not_applicable"));
  options = {};
  options.nested = NestedForm::kStruct;
  EXPECT_TRUE(IsErrorCode(CsvFormat().validate(options), "usage.option_not_applicable"));
  options = {};
  options.delimiter = '\xc3';
  EXPECT_TRUE(IsErrorCode(CsvFormat().validate(options), "usage.delimiter"));
}

TEST(CsvOptions, ReadForm) {
  FormatOptions options;
  ReadForm form = CsvFormat().read_form(options);
  EXPECT_TRUE(form.exact_text);
  EXPECT_EQ(form.arrays, NestedForm::kString);
  EXPECT_EQ(form.special_values, SpecialValues::kString);
  EXPECT_EQ(form.dialect, Dialect::kIso);
  options.nested = NestedForm::kJson;
  options.special_values = SpecialValues::kError;
  options.dialect = Dialect::kPostgres;
  form = CsvFormat().read_form(options);
  EXPECT_EQ(form.arrays, NestedForm::kJson);
  EXPECT_EQ(form.special_values, SpecialValues::kError);
  EXPECT_EQ(form.dialect, Dialect::kPostgres);
}

TEST(CsvCheck, SaysHowAColumnIsWritten) {
  auto check = [](std::shared_ptr<arrow::Field> f) { return CsvFormat().check(*f, {}); };
  EXPECT_EQ(check(field("a", arrow::int32())).target_type, "text");
  EXPECT_EQ(check(field("a", arrow::int32())).fidelity, Fidelity::kExact);
  EXPECT_EQ(check(MakeField("a", arrow::utf8(), ValueKind::kJson)).target_type, "JSON text");
  EXPECT_EQ(check(field("a", arrow::list(arrow::int32()))).target_type, "JSON text");
  FormatVerdict refused = check(field("a", arrow::run_end_encoded(arrow::int32(), arrow::utf8())));
  EXPECT_EQ(refused.fidelity, Fidelity::kRefused);
  EXPECT_NE(refused.note, "");
}

}  // namespace
}  // namespace weir
