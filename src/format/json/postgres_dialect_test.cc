// What PostgreSQL 15 answered to `SELECT row_to_json(t) FROM (SELECT ...) t` with TimeZone UTC and
// extra_float_digits 3, as psql -At printed it; the SELECT stands above each case.
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <limits>

#include "format/json/format.h"
#include "format/json/json_testing.h"

namespace weir {
namespace {

using json_testing::ArrayOf;
using json_testing::Texts;

struct Named {
  std::shared_ptr<arrow::Field> field;
  std::shared_ptr<arrow::Array> values;
};

// The first row of the columns, as a line of NDJSON without its newline.
std::string RowToJson(const std::vector<Named>& columns) {
  EncoderContext context;
  context.options.dialect = Dialect::kPostgres;
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const Named& column : columns) {
    fields.push_back(column.field);
    arrays.push_back(column.values);
  }
  context.schema = arrow::schema(fields);
  auto encoder = NdjsonFormat().make_slice_encoder(context);
  EXPECT_TRUE(encoder.ok()) << encoder.status().ToString();
  ByteBuffer out;
  Status status = (*encoder)->Encode(*arrow::RecordBatch::Make(context.schema, 1, arrays), &out);
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_TRUE(out.view().ends_with('\n'));
  return std::string(out.view().substr(0, out.size() - 1));
}

Named Of(const char* name, const std::shared_ptr<arrow::DataType>& type, const std::string& json,
         ValueKind kind = ValueKind::kPlain) {
  return {MakeField(name, type, kind), ArrayOf(type, "[" + json + "]")};
}

Named Text(const char* name, const std::string& text, ValueKind kind = ValueKind::kPlain) {
  return {MakeField(name, arrow::utf8(), kind), Texts({text})};
}

Named Timestamp(const char* name, int64_t micros, ValueKind kind) {
  return {MakeField(name, arrow::int64(), kind),
          ArrayOf(arrow::int64(), fmt::format("[{}]", micros))};
}

Named Double(const char* name, double value) {
  arrow::DoubleBuilder builder;
  EXPECT_TRUE(builder.Append(value).ok());
  return {arrow::field(name, arrow::float64()), *builder.Finish()};
}

Named Float(const char* name, float value) {
  arrow::FloatBuilder builder;
  EXPECT_TRUE(builder.Append(value).ok());
  return {arrow::field(name, arrow::float32()), *builder.Finish()};
}

// SELECT chr(1)||chr(2)||chr(7)||chr(8)||chr(9)||chr(10)||chr(11)||chr(12)||chr(13)||chr(14)||
//   chr(31)||' !"#/[\]'||chr(127)||chr(128)||chr(160)||chr(8232)||'é😀' AS s
TEST(PostgresDialect, Escapes) {
  std::string text =
      "\x01\x02\x07\b\t\n\x0b\f\r\x0e\x1f !\"#/[\\]\x7f\xc2\x80\xc2\xa0\xe2\x80\xa8é😀";
  EXPECT_EQ(RowToJson({Text("s", text)}),
            "{\"s\":\"\\u0001\\u0002\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u001f !\\\"#/[\\\\]\x7f"
            "\xc2\x80\xc2\xa0\xe2\x80\xa8é😀\"}");
}

// SELECT timestamptz '2024-01-02 03:04:05.123456+00' a, timestamptz '2000-01-01' b,
//   timestamptz '0044-03-15 12:00+00 BC' c, timestamptz 'infinity' d, timestamptz '-infinity' e,
//   timestamptz '294276-12-31 23:59:59.999999' f, timestamptz '10000-01-01 00:00:00.1' g,
//   timestamptz '4713-11-24 00:00:00+00 BC' h
TEST(PostgresDialect, Timestamptz) {
  ValueKind kind = ValueKind::kTimestampTz2000;
  EXPECT_EQ(
      RowToJson(
          {Timestamp("a", 757479845123456, kind), Timestamp("b", 0, kind),
           Timestamp("c", -64464465600000000, kind), Timestamp("d", kTimestampInfinity, kind),
           Timestamp("e", kTimestampMinusInfinity, kind), Timestamp("f", 9223371331199999999, kind),
           Timestamp("g", 252455616000100000, kind), Timestamp("h", -211781865600000000, kind)}),
      R"({"a":"2024-01-02T03:04:05.123456+00:00","b":"2000-01-01T00:00:00+00:00",)"
      R"("c":"0044-03-15T12:00:00+00:00 BC","d":"infinity","e":"-infinity",)"
      R"("f":"294276-12-31T23:59:59.999999+00:00","g":"10000-01-01T00:00:00.1+00:00",)"
      R"("h":"4713-11-24T00:00:00+00:00 BC"})");
  EXPECT_EQ(RowToJson({Of("a", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "0"),
                       Of("b", arrow::timestamp(arrow::TimeUnit::MICRO), "1500000")}),
            R"({"a":"1970-01-01T00:00:00+00:00","b":"1970-01-01T00:00:01.5"})");
}

// SELECT timestamp '2024-01-02 03:04:05.123456' a, timestamp '2000-01-01' b,
//   timestamp '0044-03-15 12:00 BC' c, timestamp 'infinity' d
TEST(PostgresDialect, Timestamp) {
  ValueKind kind = ValueKind::kTimestamp2000;
  EXPECT_EQ(RowToJson({Timestamp("a", 757479845123456, kind), Timestamp("b", 0, kind),
                       Timestamp("c", -64464465600000000, kind),
                       Timestamp("d", kTimestampInfinity, kind)}),
            R"({"a":"2024-01-02T03:04:05.123456","b":"2000-01-01T00:00:00",)"
            R"("c":"0044-03-15T12:00:00 BC","d":"infinity"})");
}

// SELECT date '2024-01-02' a, date '0044-03-15 BC' b, date 'infinity' c, date '-infinity' d,
//   date '5874897-12-31' e, date '0001-01-01' f, time '24:00' g, time '00:00:00.000001' h
TEST(PostgresDialect, DatesAndTimes) {
  EXPECT_EQ(
      RowToJson({Of("a", arrow::date32(), "19724"), Of("b", arrow::date32(), "-735160"),
                 Of("c", arrow::date32(), "2147483647"), Of("d", arrow::date32(), "-2147483648"),
                 Of("e", arrow::date32(), "2145042905"), Of("f", arrow::date32(), "-719162"),
                 Of("g", arrow::time64(arrow::TimeUnit::MICRO), "86400000000"),
                 Of("h", arrow::time64(arrow::TimeUnit::MICRO), "1")}),
      R"({"a":"2024-01-02","b":"0044-03-15 BC","c":"infinity","d":"-infinity",)"
      R"("e":"5874897-12-31","f":"0001-01-01","g":"24:00:00","h":"00:00:00.000001"})");
}

// SELECT 'NaN'::float8 a, '-Infinity'::float8 b, 1e20::float8 c, '-0'::float8 d, 5e-324::float8 e,
//   1.7976931348623157e308::float8 f, 123456789012345680::float8 g, 0.0001::float8 h,
//   0.00001::float8 i, 1e15::float8 j, 123456789012345::float8 k, 1/3.0::float8 l
TEST(PostgresDialect, Doubles) {
  double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(RowToJson({Double("a", std::numeric_limits<double>::quiet_NaN()),
                       Double("b", -infinity), Double("c", 1e20), Double("d", -0.0),
                       Double("e", 5e-324), Double("f", 1.7976931348623157e308),
                       Double("g", 123456789012345680.0), Double("h", 0.0001), Double("i", 0.00001),
                       Double("j", 1e15), Double("k", 123456789012345.0), Double("l", 1 / 3.0)}),
            R"({"a":"NaN","b":"-Infinity","c":1e+20,"d":-0,"e":5e-324,"f":1.7976931348623157e+308,)"
            R"("g":1.2345678901234568e+17,"h":0.0001,"i":1e-05,"j":1e+15,"k":123456789012345,)"
            R"("l":0.3333333333333333})");
}

// SELECT 0.1::float4 a, 3.4028235e38::float4 b, 1e-45::float4 c, 1234567::float4 d,
//   100000::float4 e, 1e6::float4 f
TEST(PostgresDialect, Floats) {
  EXPECT_EQ(RowToJson({Float("a", 0.1f), Float("b", 3.4028235e38f), Float("c", 1e-45f),
                       Float("d", 1234567), Float("e", 100000), Float("f", 1e6f)}),
            R"({"a":0.1,"b":3.4028235e+38,"c":1e-45,"d":1.234567e+06,"e":100000,"f":1e+06})");
}

// SELECT 'NaN'::numeric a, 'Infinity'::numeric b, '-Infinity'::numeric c,
//   12345678901234567890.12345678900::numeric d, -0.5::numeric e, 1e3::numeric f,
//   9223372036854775807 g, (-32768)::int2 h
TEST(PostgresDialect, Numerics) {
  ValueKind kind = ValueKind::kNumeric;
  EXPECT_EQ(
      RowToJson({Text("a", "NaN", kind), Text("b", "Infinity", kind), Text("c", "-Infinity", kind),
                 Text("d", "12345678901234567890.12345678900", kind), Text("e", "-0.5", kind),
                 Text("f", "1000", kind), Of("g", arrow::int64(), "9223372036854775807"),
                 Of("h", arrow::int16(), "-32768")}),
      R"({"a":"NaN","b":"Infinity","c":"-Infinity","d":12345678901234567890.12345678900,)"
      R"("e":-0.5,"f":1000,"g":9223372036854775807,"h":-32768})");
}

// SELECT true a, false b, null::int c, 'ab'::char(4) d, 1::oid e, '[1,5)'::int4range f
TEST(PostgresDialect, OtherScalars) {
  EXPECT_EQ(RowToJson({Of("a", arrow::boolean(), "true"), Of("b", arrow::boolean(), "false"),
                       Of("c", arrow::int32(), "null"), Text("d", "ab  "),
                       Of("e", arrow::uint32(), "1"), Text("f", "[1,5)")}),
            R"row({"a":true,"b":false,"c":null,"d":"ab  ","e":"1","f":"[1,5)"})row");
}

// SELECT '\x00ff5c'::bytea a, '550e8400-e29b-41d4-a716-446655440001'::uuid b,
//   '{"b": 1, "a":[1, 2]}'::jsonb c, E'{"b" :\n1}'::json d
TEST(PostgresDialect, BytesUuidsAndJson) {
  arrow::BinaryBuilder bytes;
  ASSERT_TRUE(bytes.Append(std::string("\x00\xff\x5c", 3)).ok());
  arrow::FixedSizeBinaryBuilder uuids(arrow::fixed_size_binary(16));
  ASSERT_TRUE(
      uuids.Append("\x55\x0e\x84\x00\xe2\x9b\x41\xd4\xa7\x16\x44\x66\x55\x44\x00\x01").ok());
  auto uuid_field = MakeField("b", arrow::fixed_size_binary(16), ValueKind::kUuid);
  EXPECT_EQ(RowToJson({{arrow::field("a", arrow::binary()), *bytes.Finish()},
                       {uuid_field, *uuids.Finish()},
                       Text("c", R"({"a": [1, 2], "b": 1})", ValueKind::kJson),
                       Text("d", "{\"b\" :\n1}", ValueKind::kJson)}),
            "{\"a\":\"\\\\x00ff5c\",\"b\":\"550e8400-e29b-41d4-a716-446655440001\","
            "\"c\":{\"a\": [1, 2], \"b\": 1},\"d\":{\"b\" :\n1}}");
}

// SELECT ARRAY[1,2,null] a, ROW(1,'z') b, ARRAY[timestamptz '2024-01-01'] c, which arrive as JSON
TEST(PostgresDialect, ArraysAndComposites) {
  EXPECT_EQ(RowToJson({Text("a", "[1,2,null]", ValueKind::kJson),
                       Text("b", R"({"f1":1,"f2":"z"})", ValueKind::kJson),
                       Text("c", R"(["2024-01-01T00:00:00+00:00"])", ValueKind::kJson)}),
            R"({"a":[1,2,null],"b":{"f1":1,"f2":"z"},"c":["2024-01-01T00:00:00+00:00"]})");
}

// SELECT 1 AS a, 2 AS a, 3 AS "a""b", 4 AS "ü/\ "      and      SELECT (no columns)
TEST(PostgresDialect, Names) {
  EXPECT_EQ(RowToJson({Of("a", arrow::int32(), "1"), Of("a", arrow::int32(), "2"),
                       Of("a\"b", arrow::int32(), "3"), Of("ü/\\ ", arrow::int32(), "4")}),
            R"({"a":1,"a":2,"a\"b":3,"ü/\\ ":4})");
  EXPECT_EQ(RowToJson({}), "{}");
}

}  // namespace
}  // namespace weir
