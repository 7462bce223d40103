// Every type of DuckDB, with NULLs and extremes, in the text and in the typed form.
#include <arrow/api.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include "core/field.h"
#include "db/duckdb/duckdb_testing.h"

namespace weir::duckdb {
namespace {

// One column of a one-column query.
struct Read {
  std::shared_ptr<arrow::Field> field;
  std::shared_ptr<arrow::Array> values;
  Column column;
};

Result<Read> TryReadColumn(const std::string& query, const ReadOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto source, OpenSource(QuerySpec(query), options));
  ARROW_ASSIGN_OR_RAISE(auto table, ReadAll(source.get()));
  Read read;
  read.field = table->field(0);
  read.values = table->column(0)->chunk(0);
  read.column = source->description().columns[0];
  return read;
}

Read ReadColumn(const std::string& query, const ReadOptions& options) {
  auto read = TryReadColumn(query, options);
  EXPECT_TRUE(read.ok()) << query << ": " << read.status();
  return read.ok() ? *read : Read();
}

// The rows of `values` (SQL expressions) in one column of type `type`, with a NULL at the end.
std::string Rows(const std::string& type, const std::vector<std::string>& values) {
  std::string query = "SELECT v FROM (VALUES ";
  for (const std::string& value : values) query += fmt::format("(CAST({} AS {})), ", value, type);
  return query + "(NULL)) t(v)";
}

std::string Text(const Read& read, int64_t row) {
  if (read.values == nullptr || read.values->IsNull(row)) return "NULL";
  return read.values->GetScalar(row).ValueOrDie()->ToString();
}

void ExpectTexts(const Read& read, const std::vector<std::string>& expected) {
  ASSERT_NE(read.values, nullptr);
  ASSERT_EQ(read.values->length(), static_cast<int64_t>(expected.size()) + 1);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(Text(read, static_cast<int64_t>(i)), expected[i]);
  }
  EXPECT_TRUE(read.values->IsNull(read.values->length() - 1));
}

struct PlainCase {
  std::string type;
  std::shared_ptr<arrow::DataType> arrow_type;
  std::vector<std::string> values;
  std::vector<std::string> texts;
};

TEST(DuckdbTypes, PlainTypesAreTheSameInBothForms) {
  const PlainCase cases[] = {
      {"BOOLEAN", arrow::boolean(), {"true", "false"}, {"true", "false"}},
      {"TINYINT", arrow::int8(), {"-128", "127"}, {"-128", "127"}},
      {"SMALLINT", arrow::int16(), {"-32768", "32767"}, {"-32768", "32767"}},
      {"INTEGER", arrow::int32(), {"-2147483648", "0"}, {"-2147483648", "0"}},
      {"BIGINT", arrow::int64(), {"-9223372036854775808"}, {"-9223372036854775808"}},
      {"UTINYINT", arrow::uint8(), {"0", "255"}, {"0", "255"}},
      {"USMALLINT", arrow::uint16(), {"65535"}, {"65535"}},
      {"UINTEGER", arrow::uint32(), {"4294967295"}, {"4294967295"}},
      {"UBIGINT", arrow::uint64(), {"18446744073709551615"}, {"18446744073709551615"}},
      {"FLOAT", arrow::float32(), {"'nan'", "'-inf'", "'0.1'"}, {"nan", "-inf", "0.1"}},
      {"DOUBLE", arrow::float64(), {"'nan'", "'inf'", "'5e-324'"}, {"nan", "inf", "5e-324"}},
      {"VARCHAR",
       arrow::utf8(),
       {"''", "'a\"b'", "'日本😀'", "'twelve bytes'", "'thirteen bytes'"},
       {"", "a\"b", "日本😀", "twelve bytes", "thirteen bytes"}},
      {"TIME", arrow::time64(arrow::TimeUnit::MICRO), {"'23:59:59.999999'"}, {"23:59:59.999999"}},
  };
  for (const PlainCase& test : cases) {
    for (const ReadOptions& options : {TextForm(), TypedForm()}) {
      SCOPED_TRACE(test.type);
      Read read = ReadColumn(Rows(test.type, test.values), options);
      ASSERT_NE(read.field, nullptr);
      EXPECT_TRUE(read.field->type()->Equals(*test.arrow_type)) << read.field->ToString();
      EXPECT_EQ(KindOf(*read.field), ValueKind::kPlain);
      EXPECT_EQ(read.column.source_type, test.type);
      EXPECT_EQ(read.column.fidelity, Fidelity::kExact);
      EXPECT_EQ(read.column.note, "");
      ExpectTexts(read, test.texts);
    }
  }
}

TEST(DuckdbTypes, Blob) {
  Read read = ReadColumn(Rows("BLOB", {"''::BLOB", "'\\x00\\xFF\\x0A'::BLOB"}), TypedForm());
  ASSERT_EQ(read.field->type()->id(), arrow::Type::BINARY);
  const auto& values = static_cast<const arrow::BinaryArray&>(*read.values);
  EXPECT_EQ(values.GetView(0), "");
  EXPECT_EQ(values.GetView(1), std::string_view("\0\xff\n", 3));
  EXPECT_TRUE(values.IsNull(2));
}

TEST(DuckdbTypes, NumbersAsTextInTextFormats) {
  struct Case {
    std::string type;
    std::vector<std::string> values;
    std::vector<std::string> texts;
  };
  const Case cases[] = {
      {"DECIMAL(4,1)", {"-999.9", "0.5", "0", "-0.1"}, {"-999.9", "0.5", "0.0", "-0.1"}},
      {"DECIMAL(2,2)", {"0.5", "-0.05"}, {"0.50", "-0.05"}},
      {"DECIMAL(9,0)", {"-999999999", "7"}, {"-999999999", "7"}},
      {"DECIMAL(18,4)", {"99999999999999.9999"}, {"99999999999999.9999"}},
      {"DECIMAL(38,0)",
       {"'-99999999999999999999999999999999999999'"},
       {"-99999999999999999999999999999999999999"}},
      {"DECIMAL(38,38)",
       {"'0.00000000000000000000000000000000000001'"},
       {"0.00000000000000000000000000000000000001"}},
      {"DECIMAL(38,20)",
       {"'-123456789012345678.00000000000000000009'"},
       {"-123456789012345678.00000000000000000009"}},
      {"HUGEINT",
       {"'-170141183460469231731687303715884105728'", "-1", "0"},
       {"-170141183460469231731687303715884105728", "-1", "0"}},
      {"UHUGEINT",
       {"'340282366920938463463374607431768211455'", "0"},
       {"340282366920938463463374607431768211455", "0"}},
      {"BIGNUM",
       {"'123456789012345678901234567890123456789012345678901234567890'", "-5"},
       {"123456789012345678901234567890123456789012345678901234567890", "-5"}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.type);
    Read read = ReadColumn(Rows(test.type, test.values), TextForm());
    ASSERT_NE(read.field, nullptr);
    EXPECT_EQ(KindOf(*read.field), ValueKind::kNumeric);
    ExpectTexts(read, test.texts);
  }
}

TEST(DuckdbTypes, NumbersTyped) {
  Read decimal = ReadColumn(Rows("DECIMAL(18,4)", {"-99999999999999.9999", "0.0001"}), TypedForm());
  EXPECT_TRUE(decimal.field->type()->Equals(arrow::decimal128(18, 4)));
  ExpectTexts(decimal, {"-99999999999999.9999", "0.0001"});
  Read huge =
      ReadColumn(Rows("HUGEINT", {"'-170141183460469231731687303715884105728'", "7"}), TypedForm());
  EXPECT_TRUE(huge.field->type()->Equals(arrow::decimal256(39, 0)));
  ExpectTexts(huge, {"-170141183460469231731687303715884105728", "7"});
  Read unsigned_huge =
      ReadColumn(Rows("UHUGEINT", {"'340282366920938463463374607431768211455'"}), TypedForm());
  EXPECT_TRUE(unsigned_huge.field->type()->Equals(arrow::decimal256(39, 0)));
  ExpectTexts(unsigned_huge, {"340282366920938463463374607431768211455"});
  Read bignum = ReadColumn(Rows("BIGNUM", {"12"}), TypedForm());
  EXPECT_TRUE(bignum.field->type()->Equals(arrow::utf8()));
  EXPECT_EQ(KindOf(*bignum.field), ValueKind::kPlain);
  EXPECT_EQ(bignum.column.note, "as DuckDB's text");
}

TEST(DuckdbTypes, UuidIsInNetworkOrder) {
  Read read = ReadColumn(Rows("UUID", {"'00112233-4455-6677-8899-aabbccddeeff'",
                                       "'ffffffff-ffff-ffff-ffff-ffffffffffff'"}),
                         TypedForm());
  EXPECT_EQ(KindOf(*read.field), ValueKind::kUuid);
  ASSERT_EQ(read.field->type()->id(), arrow::Type::FIXED_SIZE_BINARY);
  const auto& values = static_cast<const arrow::FixedSizeBinaryArray&>(*read.values);
  EXPECT_EQ(values.GetView(0),
            std::string_view("\0\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16));
  EXPECT_EQ(values.GetView(1), std::string(16, '\xff'));
}

TEST(DuckdbTypes, JsonStaysAsItIs) {
  for (const ReadOptions& options : {TextForm(), TypedForm()}) {
    Read read = ReadColumn(
        "SELECT '{\"n\":  1.10000000000000000000000001}'::JSON AS v UNION ALL SELECT NULL",
        options);
    EXPECT_EQ(KindOf(*read.field), ValueKind::kJson);
    ExpectTexts(read, {"{\"n\":  1.10000000000000000000000001}"});
  }
}

constexpr int64_t kEpoch2000 = 946'684'800'000'000;

TEST(DuckdbTypes, TimestampsInTextFormats) {
  struct Case {
    std::string type;
    ValueKind kind;
    std::vector<std::string> values;
    std::vector<int64_t> expected;
  };
  constexpr int64_t kInf = INT64_MAX, kMinusInf = INT64_MIN;
  const Case cases[] = {
      {"TIMESTAMP",
       ValueKind::kTimestamp2000,
       {"'1970-01-01'", "'2000-01-01 00:00:00.000001'", "'infinity'", "'-infinity'",
        "'294247-01-10 04:00:54.775806'"},
       {-kEpoch2000, 1, kInf, kMinusInf, INT64_MAX - 1 - kEpoch2000}},
      {"TIMESTAMP_S",
       ValueKind::kTimestamp2000,
       {"'1969-12-31 23:59:59'", "'infinity'"},
       {-kEpoch2000 - 1'000'000, kInf}},
      {"TIMESTAMP_MS",
       ValueKind::kTimestamp2000,
       {"'2000-01-01 00:00:00.001'", "'-infinity'"},
       {1000, kMinusInf}},
      {"TIMESTAMPTZ",
       ValueKind::kTimestampTz2000,
       {"'2000-01-01 02:00:00+02'", "'infinity'"},
       {0, kInf}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.type);
    Read read = ReadColumn(Rows(test.type, test.values), TextForm());
    ASSERT_NE(read.field, nullptr);
    ASSERT_EQ(read.field->type()->id(), arrow::Type::INT64);
    EXPECT_EQ(KindOf(*read.field), test.kind);
    const auto& values = static_cast<const arrow::Int64Array&>(*read.values);
    for (size_t i = 0; i < test.expected.size(); ++i) {
      EXPECT_EQ(values.Value(static_cast<int64_t>(i)), test.expected[i]) << test.values[i];
    }
    EXPECT_TRUE(values.IsNull(values.length() - 1));
  }
}

TEST(DuckdbTypes, TimestampsTyped) {
  Read naive = ReadColumn(Rows("TIMESTAMP", {"'1969-12-31 23:59:59.999999'"}), TypedForm());
  EXPECT_TRUE(naive.field->type()->Equals(arrow::timestamp(arrow::TimeUnit::MICRO)));
  ExpectTexts(naive, {"1969-12-31 23:59:59.999999"});
  Read zoned = ReadColumn(Rows("TIMESTAMPTZ", {"'2000-01-01 02:00:00+02'"}), TypedForm());
  EXPECT_TRUE(zoned.field->type()->Equals(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
  ExpectTexts(zoned, {"2000-01-01 00:00:00.000000Z"});
  Read seconds = ReadColumn(Rows("TIMESTAMP_S", {"'2000-01-01 00:00:01'"}), TypedForm());
  EXPECT_TRUE(seconds.field->type()->Equals(arrow::timestamp(arrow::TimeUnit::MICRO)));
  ExpectTexts(seconds, {"2000-01-01 00:00:01.000000"});
  Read nanos = ReadColumn(Rows("TIMESTAMP_NS", {"'2000-01-01 00:00:00.123456789'"}), TypedForm());
  EXPECT_TRUE(nanos.field->type()->Equals(arrow::timestamp(arrow::TimeUnit::NANO)));
  ExpectTexts(nanos, {"2000-01-01 00:00:00.123456789"});
  Read time_nanos = ReadColumn(Rows("TIME_NS", {"'23:59:59.999999999'"}), TypedForm());
  EXPECT_TRUE(time_nanos.field->type()->Equals(arrow::time64(arrow::TimeUnit::NANO)));
  ExpectTexts(time_nanos, {"23:59:59.999999999"});
}

TEST(DuckdbTypes, TimestampBeforeTheTextFormsRangeIsRefused) {
  auto read = TryReadColumn("SELECT '290309-12-22 (BC) 00:00:00'::TIMESTAMP AS v", TextForm());
  EXPECT_EQ(CodeOf(read.status()), "duckdb.value_out_of_range");
  EXPECT_NE(read.status().message().find("column \"v\", row 1"), std::string::npos)
      << read.status();
}

TEST(DuckdbTypes, DatesAndTimesInTextFormats) {
  Read date = ReadColumn(Rows("DATE", {"'1970-01-02'", "'infinity'", "'-infinity'",
                                       "'5881580-07-10'", "'0044-03-15 (BC)'"}),
                         TextForm());
  EXPECT_EQ(date.field->type()->id(), arrow::Type::DATE32);
  const auto& days = static_cast<const arrow::Date32Array&>(*date.values);
  EXPECT_EQ(days.Value(0), 1);
  EXPECT_EQ(days.Value(1), INT32_MAX);
  EXPECT_EQ(days.Value(2), INT32_MIN);
  EXPECT_EQ(days.Value(3), INT32_MAX - 1);
  EXPECT_EQ(days.Value(4), -735'160);
  EXPECT_TRUE(days.IsNull(5));
  Read time = ReadColumn(Rows("TIME", {"'24:00:00'"}), TextForm());
  EXPECT_EQ(static_cast<const arrow::Time64Array&>(*time.values).Value(0), 86'400'000'000);
  Read nanos = ReadColumn(Rows("TIMESTAMP_NS", {"'2000-01-01 00:00:00.123456789'", "'infinity'"}),
                          TextForm());
  ExpectTexts(nanos, {"2000-01-01T00:00:00.123456789", "infinity"});
  ReadOptions postgres = TextForm();
  postgres.form.dialect = Dialect::kPostgres;
  ExpectTexts(ReadColumn(Rows("TIMESTAMP_NS", {"'2000-01-01'"}), postgres),
              {"2000-01-01 00:00:00"});
}

TEST(DuckdbTypes, SpecialValuesTyped) {
  const std::pair<std::string, std::string> specials[] = {
      {"DATE", "infinity"},          {"DATE", "-infinity"},       {"TIMESTAMP", "infinity"},
      {"TIMESTAMPTZ", "-infinity"},  {"TIMESTAMP_S", "infinity"}, {"TIMESTAMP_MS", "infinity"},
      {"TIMESTAMP_NS", "-infinity"}, {"TIME", "24:00:00"},
  };
  for (const auto& [type, value] : specials) {
    SCOPED_TRACE(fmt::format("{} {}", type, value));
    std::string query = Rows(type, {"'" + value + "'"});
    auto refused = TryReadColumn(query, TypedForm());
    EXPECT_EQ(CodeOf(refused.status()), "duckdb.special_value");
    EXPECT_NE(refused.status().message().find("column \"v\", row 1: the value " + value),
              std::string::npos)
        << refused.status();
    ReadOptions nulls = TypedForm();
    nulls.form.special_values = SpecialValues::kNull;
    ExpectTexts(ReadColumn(query, nulls), {"NULL"});
    ReadOptions strings = TypedForm();
    strings.form.special_values = SpecialValues::kString;
    Read text = ReadColumn(query, strings);
    EXPECT_TRUE(text.field->type()->Equals(arrow::utf8()));
    ExpectTexts(text, {value});
  }
}

TEST(DuckdbTypes, TypesThatTravelAsText) {
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"TIMETZ", "'12:30:00+02'", "12:30:00+02"},
      {"INTERVAL", "'1 year -2 days 00:00:00.000003'", "1 year -2 days 00:00:00.000003"},
      {"BIT", "'0010101'", "0010101"},
      {"ENUM('small', 'gr''oß')", "'gr''oß'", "gr'oß"},
      {"GEOMETRY", "'POINT (0.1 1e+300)'", "POINT (0.1 1e+300)"},
  };
  for (const auto& [type, value, expected] : cases) {
    for (const ReadOptions& options : {TextForm(), TypedForm()}) {
      SCOPED_TRACE(type);
      Read read = ReadColumn(Rows(type, {value}), options);
      ASSERT_NE(read.field, nullptr);
      EXPECT_TRUE(read.field->type()->Equals(arrow::utf8()));
      EXPECT_EQ(read.column.note, "as DuckDB's text");
      ExpectTexts(read, {expected});
    }
  }
}

TEST(DuckdbTypes, NullOfNoType) {
  Read read = ReadColumn("SELECT NULL AS v", TypedForm());
  EXPECT_TRUE(read.values->IsNull(0));
}

TEST(DuckdbTypes, NestedTyped) {
  for (const ReadOptions& options : {TextForm(), TypedForm()}) {
    Read list =
        ReadColumn("SELECT [1, NULL, 3] AS v UNION ALL SELECT [] UNION ALL SELECT NULL", options);
    EXPECT_EQ(list.field->type()->ToString(), "list<element: int32>");
    EXPECT_EQ(Text(list, 0), "list<element: int32>[1, null, 3]");
    EXPECT_EQ(Text(list, 1), "list<element: int32>[]");
    EXPECT_TRUE(list.values->IsNull(2));
  }
  Read array = ReadColumn("SELECT [1.5, 2]::DOUBLE[2] AS v", TypedForm());
  EXPECT_EQ(Text(array, 0), "list<element: double>[1.5, 2]");
  Read map = ReadColumn("SELECT MAP {'a': true, 'b': NULL} AS v", TypedForm());
  EXPECT_EQ(map.field->type()->ToString(), "map<string, bool>");
  Read nested = ReadColumn(
      "SELECT [{'d': 12.50::DECIMAL(9,2), 'u': '00112233-4455-6677-8899-aabbccddeeff'::UUID, "
      "'t': '2000-01-01'::TIMESTAMP, 'j': '{\"x\":1.10}'::JSON, 'h': -1::HUGEINT, "
      "'i': INTERVAL 1 DAY}] AS v",
      TextForm());
  EXPECT_EQ(nested.column.note, "partly as DuckDB's text");
  const auto& members = nested.field->type()->field(0)->type()->fields();
  EXPECT_EQ(KindOf(*members[0]), ValueKind::kNumeric);
  EXPECT_EQ(KindOf(*members[1]), ValueKind::kUuid);
  EXPECT_EQ(KindOf(*members[2]), ValueKind::kTimestamp2000);
  EXPECT_EQ(KindOf(*members[3]), ValueKind::kJson);
  EXPECT_EQ(KindOf(*members[4]), ValueKind::kNumeric);
  EXPECT_EQ(KindOf(*members[5]), ValueKind::kPlain);
  const auto& structs = static_cast<const arrow::StructArray&>(
      *static_cast<const arrow::ListArray&>(*nested.values).values());
  auto member = [&](int i) { return structs.field(i)->GetScalar(0).ValueOrDie()->ToString(); };
  EXPECT_EQ(member(0), "12.50");
  EXPECT_EQ(member(2), "0");
  EXPECT_EQ(member(3), "{\"x\":1.10}");
  EXPECT_EQ(member(4), "-1");
  EXPECT_EQ(member(5), "1 day");
}

TEST(DuckdbTypes, NestedSpecialValues) {
  auto refused = TryReadColumn("SELECT {'t': ['infinity'::TIMESTAMP]} AS v", TypedForm());
  EXPECT_EQ(CodeOf(refused.status()), "duckdb.special_value");
  ReadOptions nulls = TypedForm();
  nulls.form.special_values = SpecialValues::kNull;
  Read read = ReadColumn("SELECT ['infinity'::DATE, '1970-01-01'::DATE] AS v", nulls);
  EXPECT_EQ(Text(read, 0), "list<element: date32[day]>[null, 1970-01-01]");
}

// Functions may hand out lists whose elements share storage.
TEST(DuckdbTypes, ListsOfEveryOrigin) {
  const std::pair<std::string, std::string> cases[] = {
      {"list_transform([1, 2], x -> 7)", "[7, 7]"},
      {"list_filter([1, 2, 3], x -> x <> 2)", "[1, 3]"},
      {"list_reverse([1, 2])", "[2, 1]"},
      {"list_sort([3, 1, 2])", "[1, 2, 3]"},
      {"([1, 2, 3])[2:3]", "[2, 3]"},
      {"flatten([[1], [2, 3]])", "[1, 2, 3]"},
      {"list_concat([1], [i::INTEGER])", "[1, 5]"},
      {"[i::INTEGER, i::INTEGER]", "[5, 5]"},
  };
  for (const auto& [expression, expected] : cases) {
    Read read = ReadColumn("SELECT " + expression + " AS v FROM range(5, 6) t(i)", TypedForm());
    EXPECT_EQ(Text(read, 0), "list<element: int32>" + expected) << expression;
  }
}

TEST(DuckdbTypes, NestedAsJsonForTypedFormats) {
  ReadOptions options = TypedForm();
  options.form.arrays = NestedForm::kJson;
  const std::pair<std::string, std::string> cases[] = {
      {"[1, NULL]", "[1,null]"},
      {"{'a': 'x\"y', 'b': [1.50::DECIMAL(4,2)]}", "{\"a\":\"x\\\"y\",\"b\":[1.50]}"},
      {"['nan'::DOUBLE, '-inf'::DOUBLE, 0.5]", "[\"NaN\",\"-Infinity\",0.5]"},
      {"{'NaN': 'Infinity', 'x': 'inf'::DOUBLE}", "{\"NaN\":\"Infinity\",\"x\":\"Infinity\"}"},
      {"['{\"n\":1.10}'::JSON]", "[\"{\\\"n\\\":1.10}\"]"},
      {"[170141183460469231731687303715884105727::HUGEINT]",
       "[170141183460469231731687303715884105727]"},
      {"[0.50::DECIMAL(2,2), -0.05]", "[0.50,-0.05]"},
      {"[-0.5::DECIMAL(38,38)]", "[-0.50000000000000000000000000000000000000]"},
      {"[99999999999999.9999::DECIMAL(18,4)]", "[99999999999999.9999]"},
      {"union_value(n := 5)", "{\"n\":5}"},
      {"union_value(j := '{\"n\":1.10}'::JSON)", "{\"j\":\"{\\\"n\\\":1.10}\"}"},
  };
  for (const auto& [expression, expected] : cases) {
    Read read = ReadColumn("SELECT " + expression + " AS v UNION ALL SELECT NULL", options);
    EXPECT_EQ(KindOf(*read.field), ValueKind::kJson) << expression;
    EXPECT_EQ(Text(read, 0), expected);
    EXPECT_TRUE(read.values->IsNull(1));
  }
}

TEST(DuckdbTypes, NestedWithoutArrowForm) {
  ReadOptions strings = TextForm();
  strings.form.arrays = NestedForm::kString;
  for (const ReadOptions& options : {TextForm(), TypedForm(), strings}) {
    Read united = ReadColumn("SELECT [union_value(n := 5)] AS v", options);
    EXPECT_EQ(KindOf(*united.field), ValueKind::kJson);
    EXPECT_EQ(Text(united, 0), "[{\"n\":5}]");
    Read variant = ReadColumn("SELECT {'a': 1.50::DECIMAL(4,2)}::VARIANT AS v", options);
    EXPECT_EQ(KindOf(*variant.field), ValueKind::kJson);
    EXPECT_EQ(Text(variant, 0), "{\"a\":1.50}");
  }
}

TEST(DuckdbTypes, NestedAsText) {
  ReadOptions options = TypedForm();
  options.form.arrays = NestedForm::kString;
  Read read = ReadColumn("SELECT {'a': [1, 2]} AS v", options);
  EXPECT_TRUE(read.field->type()->Equals(arrow::utf8()));
  EXPECT_EQ(Text(read, 0), "{'a': [1, 2]}");
  EXPECT_EQ(KindOf(*ReadColumn("SELECT '{}'::JSON AS v", options).field), ValueKind::kJson);
}

}  // namespace
}  // namespace weir::duckdb
