// What is written is read back by the source; what is not finished is not there.
#include "db/duckdb/sink.h"

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "core/field.h"
#include "db/duckdb/duckdb_testing.h"
#include "db/duckdb/sink_types.h"
#include "db/duckdb/temp_database.h"

// A fork takes all locks of Arrow's allocator at once: more than ThreadSanitizer counts when it
// looks for deadlocks.
extern "C" const char* __tsan_default_options() {
  return "detect_deadlocks=0";
}

namespace weir::duckdb {
namespace {

std::shared_ptr<arrow::Array> FromJson(const std::shared_ptr<arrow::DataType>& type,
                                       const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

std::shared_ptr<arrow::Schema> IdSchema() {
  return arrow::schema({arrow::field("id", arrow::int64(), false)});
}

std::shared_ptr<arrow::RecordBatch> IdBatch(int64_t begin, int64_t end) {
  arrow::Int64Builder builder;
  for (int64_t id = begin; id < end; ++id) EXPECT_TRUE(builder.Append(id).ok());
  return arrow::RecordBatch::Make(IdSchema(), end - begin, {builder.Finish().ValueOrDie()});
}

class DuckdbSinkTest : public DuckdbTest {
 protected:
  Result<std::unique_ptr<BatchSink>> Open(const std::shared_ptr<arrow::Schema>& schema,
                                          IfExists if_exists = IfExists::kFail,
                                          const std::string& table = "") {
    SinkSpec spec;
    spec.path = Path("out.duckdb");
    spec.if_exists = if_exists;
    spec.table = table;
    return DuckdbSink().open(spec, schema, 512 << 20);
  }

  Status WriteIds(int64_t begin, int64_t end, IfExists if_exists = IfExists::kFail,
                  const std::string& table = "") {
    ARROW_ASSIGN_OR_RAISE(auto sink, Open(IdSchema(), if_exists, table));
    if (begin < end) ARROW_RETURN_NOT_OK(sink->Write(*IdBatch(begin, end)));
    return sink->Finish();
  }

  Result<std::shared_ptr<arrow::Table>> ReadBack(const std::string& table = "records") {
    return ReadAll(TableSpec(Path("out.duckdb"), table));
  }

  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

using Names = std::vector<std::string>;

TEST_F(DuckdbSinkTest, WritesAndReadsBack) {
  auto sink = Open(IdSchema()).ValueOrDie();
  EXPECT_FALSE(std::filesystem::exists(Path("out.duckdb")));
  // Batches of every size around DuckDB's 2048 and 122 880 rows.
  int64_t next = 0;
  for (int64_t rows : {1, 2047, 2048, 2049, 5000, 122'880, 1, 130'000}) {
    ASSERT_TRUE(sink->Write(*IdBatch(next, next + rows)).ok());
    next += rows;
  }
  ASSERT_TRUE(sink->Finish().ok());
  EXPECT_EQ(Files(), Names{"out.duckdb"});
  auto table = ReadBack().ValueOrDie();
  ASSERT_EQ(table->num_rows(), next);
  const auto& ids = static_cast<const arrow::Int64Array&>(*table->column(0)->chunk(0));
  for (int64_t i = 0; i < next; ++i) ASSERT_EQ(ids.Value(i), i);
}

TEST_F(DuckdbSinkTest, RowGroupsAreFull) {
  ASSERT_TRUE(WriteIds(0, 300'000).ok());
  auto groups = ReadAll(QuerySpec("SELECT row_group_id, sum(count)::BIGINT FROM "
                                  "pragma_storage_info('records') WHERE segment_type = 'BIGINT' "
                                  "GROUP BY 1 ORDER BY 1",
                                  Path("out.duckdb")))
                    .ValueOrDie();
  EXPECT_EQ(groups->column(1)->chunk(0)->ToString(), "[\n  122880,\n  122880,\n  54240\n]");
}

TEST_F(DuckdbSinkTest, NoRows) {
  ASSERT_TRUE(WriteIds(0, 0).ok());
  EXPECT_EQ(ReadBack().ValueOrDie()->num_rows(), 0);
  EXPECT_EQ(Files(), Names{"out.duckdb"});
}

TEST_F(DuckdbSinkTest, TableNames) {
  ASSERT_TRUE(WriteIds(0, 3, IfExists::kFail, "sales.\"odd \"\"name\"").ok());
  EXPECT_EQ(ReadBack("sales.\"odd \"\"name\"").ValueOrDie()->num_rows(), 3);
  EXPECT_EQ(CodeOf(WriteIds(0, 3, IfExists::kReplace, "a.b.c")), "duckdb.table_name");
  EXPECT_EQ(CodeOf(WriteIds(0, 3, IfExists::kReplace, "\"a")), "duckdb.table_name");
}

struct TypeCase {
  std::shared_ptr<arrow::Field> field;
  std::string values;    // JSON for Arrow
  std::string sql_type;  // what DESCRIBE says
  std::string texts;     // what DuckDB makes of them: list(v::VARCHAR)
};

std::vector<TypeCase> TypeCases() {
  using arrow::TimeUnit;
  auto json = MakeField("v", arrow::utf8(), ValueKind::kJson);
  auto uuid = MakeField("v", arrow::fixed_size_binary(16), ValueKind::kUuid);
  auto f = [](std::shared_ptr<arrow::DataType> type) { return arrow::field("v", std::move(type)); };
  return {
      {f(arrow::boolean()), "[true, null, false]", "BOOLEAN", "[true, NULL, false]"},
      {f(arrow::int8()), "[-128, null]", "TINYINT", "[-128, NULL]"},
      {f(arrow::int16()), "[32767, null]", "SMALLINT", "[32767, NULL]"},
      {f(arrow::int32()), "[null, -5]", "INTEGER", "[NULL, -5]"},
      {f(arrow::int64()), "[-9223372036854775808]", "BIGINT", "[-9223372036854775808]"},
      {f(arrow::uint8()), "[255]", "UTINYINT", "[255]"},
      {f(arrow::uint16()), "[65535]", "USMALLINT", "[65535]"},
      {f(arrow::uint32()), "[4294967295]", "UINTEGER", "[4294967295]"},
      {f(arrow::uint64()), "[18446744073709551615]", "UBIGINT", "[18446744073709551615]"},
      {f(arrow::float32()), "[0.5, null]", "FLOAT", "[0.5, NULL]"},
      {f(arrow::float64()), "[-1e300, null]", "DOUBLE", "[-1e+300, NULL]"},
      {f(arrow::decimal128(18, 4)), R"(["-99999999999999.9999", null])", "DECIMAL(18,4)",
       "[-99999999999999.9999, NULL]"},
      {f(arrow::decimal128(38, 10)), R"(["9999999999999999999999999999.9999999999"])",
       "DECIMAL(38,10)", "[9999999999999999999999999999.9999999999]"},
      {f(arrow::decimal32(5, 2)), R"(["1.50"])", "DECIMAL(5,2)", "[1.50]"},
      {f(arrow::decimal256(20, 2)), R"(["-1.50", null])", "DECIMAL(20,2)", "[-1.50, NULL]"},
      {f(arrow::decimal256(39, 0)), R"(["-170141183460469231731687303715884105728", null])",
       "HUGEINT", "[-170141183460469231731687303715884105728, NULL]"},
      {f(arrow::decimal256(50, 1)), R"(["1234567890123456789012345678901234567890123.5", null])",
       "VARCHAR", "[1234567890123456789012345678901234567890123.5, NULL]"},
      {f(arrow::utf8()), R"(["", null, "twelve bytes", "thirteen bytes", "日本"])", "VARCHAR",
       "['', NULL, twelve bytes, thirteen bytes, 日本]"},
      {f(arrow::large_utf8()), R"(["x", null])", "VARCHAR", "[x, NULL]"},
      {MakeField("v", arrow::utf8(), ValueKind::kNumeric), R"(["NaN"])", "VARCHAR", "[NaN]"},
      {json, R"(["{\"n\": 1.10}", null])", "JSON", R"(['{"n": 1.10}', NULL])"},
      {f(arrow::binary()), R"(["ab", null])", "BLOB", "[ab, NULL]"},
      {f(arrow::fixed_size_binary(3)), R"(["abc", null])", "BLOB", "[abc, NULL]"},
      {uuid, R"(["0123456789abcdef", null])", "UUID",
       "[30313233-3435-3637-3839-616263646566, NULL]"},
      {f(arrow::date32()), "[-1, null]", "DATE", "[1969-12-31, NULL]"},
      {f(arrow::time64(TimeUnit::MICRO)), "[86399999999]", "TIME", "['23:59:59.999999']"},
      {f(arrow::time64(TimeUnit::NANO)), "[86399999999999]", "TIME_NS", "['23:59:59.999999999']"},
      {f(arrow::time32(TimeUnit::MILLI)), "[1]", "TIME", "['00:00:00.001']"},
      {f(arrow::timestamp(TimeUnit::SECOND)), "[-1, null]", "TIMESTAMP_S",
       "['1969-12-31 23:59:59', NULL]"},
      {f(arrow::timestamp(TimeUnit::MILLI)), "[1]", "TIMESTAMP_MS", "['1970-01-01 00:00:00.001']"},
      {f(arrow::timestamp(TimeUnit::MICRO)), "[1]", "TIMESTAMP", "['1970-01-01 00:00:00.000001']"},
      {f(arrow::timestamp(TimeUnit::NANO)), "[1]", "TIMESTAMP_NS",
       "['1970-01-01 00:00:00.000000001']"},
      {f(arrow::timestamp(TimeUnit::MICRO, "UTC")), "[-62135596800000000, null]",
       "TIMESTAMP WITH TIME ZONE", "['0001-01-01 00:00:00+00', NULL]"},
      {f(arrow::timestamp(TimeUnit::MILLI, "Europe/Berlin")), "[1]", "TIMESTAMP WITH TIME ZONE",
       "['1970-01-01 00:00:00.001+00']"},
      {f(arrow::duration(TimeUnit::MICRO)), "[1000001]", "INTERVAL", "['00:00:01.000001']"},
      {f(arrow::null()), "[null, null]", "INTEGER", "[NULL, NULL]"},
      {f(arrow::list(MakeField("element", arrow::utf8(), ValueKind::kJson))),
       R"([["1", null], null, []])", "JSON[]", "['[1, NULL]', NULL, '[]']"},
      {f(arrow::large_list(arrow::int32())), "[[1, 2], null]", "INTEGER[]", "['[1, 2]', NULL]"},
      {f(arrow::fixed_size_list(arrow::int32(), 2)), "[[1, 2], null]", "INTEGER[2]",
       "['[1, 2]', NULL]"},
      {f(arrow::struct_(
           {arrow::field("a", arrow::int32()), arrow::field("b c", arrow::decimal128(4, 1))})),
       R"([{"a": 1, "b c": "0.5"}, null])", "STRUCT(a INTEGER, \"b c\" DECIMAL(4,1))",
       R"(['{\'a\': 1, \'b c\': 0.5}', NULL])"},
      {f(arrow::map(arrow::utf8(), arrow::int32())), R"([[["k", 1]], null])",
       "MAP(VARCHAR, INTEGER)", "['{k=1}', NULL]"},
      {f(arrow::dictionary(arrow::int32(), arrow::utf8())), R"(["a", null, "a"])", "VARCHAR",
       "[a, NULL, a]"},
  };
}

// Names are quoted where they must be, or always.
std::string WithoutQuotes(std::string text) {
  std::erase(text, '"');
  return text;
}

// Each type, as a slice that begins within a byte of the validity bits.
TEST_F(DuckdbSinkTest, EveryType) {
  for (const TypeCase& test : TypeCases()) {
    SCOPED_TRACE(test.field->ToString());
    FormatVerdict verdict = CheckField(*test.field);
    EXPECT_EQ(WithoutQuotes(verdict.target_type), WithoutQuotes(test.sql_type));
    auto values = FromJson(test.field->type(), test.values);
    auto padded = arrow::Concatenate({values->Slice(0, 1), values, values->Slice(0, 1)});
    ASSERT_TRUE(padded.ok()) << padded.status();
    auto schema = arrow::schema({test.field});
    auto sink = Open(schema, IfExists::kReplace);
    ASSERT_TRUE(sink.ok()) << sink.status();
    auto slice = (*padded)->Slice(1, values->length());
    Status written = (*sink)->Write(*arrow::RecordBatch::Make(schema, slice->length(), {slice}));
    ASSERT_TRUE(written.ok()) << written;
    ASSERT_TRUE((*sink)->Finish().ok());
    auto read = ReadAll(QuerySpec("SELECT typeof(first(v)), list(v::VARCHAR)::VARCHAR FROM records",
                                  Path("out.duckdb")));
    ASSERT_TRUE(read.ok()) << read.status();
    auto text = [&](int column) {
      return (*read)->column(column)->chunk(0)->GetScalar(0).ValueOrDie()->ToString();
    };
    EXPECT_EQ(text(0), test.sql_type);
    EXPECT_EQ(text(1), test.texts);
  }
}

TEST_F(DuckdbSinkTest, VerdictsThatAreNotExact) {
  auto fidelity = [](std::shared_ptr<arrow::DataType> type) {
    return CheckField(*arrow::field("v", std::move(type))).fidelity;
  };
  EXPECT_EQ(fidelity(arrow::decimal128(38, 38)), Fidelity::kExact);
  EXPECT_EQ(fidelity(arrow::decimal256(76, 0)), Fidelity::kWidened);
  EXPECT_EQ(fidelity(arrow::timestamp(arrow::TimeUnit::NANO, "UTC")), Fidelity::kLossy);
  EXPECT_EQ(fidelity(arrow::list(arrow::duration(arrow::TimeUnit::NANO))), Fidelity::kLossy);
  EXPECT_EQ(fidelity(arrow::float16()), Fidelity::kRefused);
  EXPECT_EQ(fidelity(arrow::decimal128(5, -2)), Fidelity::kRefused);
  EXPECT_EQ(fidelity(arrow::list(arrow::decimal256(50, 0))), Fidelity::kRefused);
  EXPECT_EQ(fidelity(arrow::sparse_union({arrow::field("a", arrow::int8())})), Fidelity::kRefused);
  auto refused = Open(arrow::schema({arrow::field("h", arrow::float16())}));
  EXPECT_EQ(CodeOf(refused.status()), "duckdb.unsupported_type");
  EXPECT_TRUE(Files().empty());
}

TEST_F(DuckdbSinkTest, ValuesThatWouldMeanSomethingElse) {
  const std::pair<std::shared_ptr<arrow::DataType>, std::string> cases[] = {
      {arrow::timestamp(arrow::TimeUnit::MICRO), "[1, 9223372036854775807]"},
      {arrow::timestamp(arrow::TimeUnit::NANO), "[1, -9223372036854775807]"},
      {arrow::date32(), "[1, 2147483647]"},
      {arrow::list(arrow::date32()), "[[1, null], [2, 2147483647]]"},
      {arrow::fixed_size_list(arrow::date32(), 1), "[[1], [-2147483647]]"},
      {arrow::struct_({arrow::field("l", arrow::list(arrow::timestamp(arrow::TimeUnit::MICRO)))}),
       R"([{"l": [1]}, {"l": [2, 9223372036854775807]}])"},
      {arrow::map(arrow::utf8(), arrow::date32()), R"([[["k", 1]], [["k", 2147483647]]])"},
      {arrow::decimal256(39, 0), R"(["1", "340282366920938463463374607431768211455"])"},
  };
  for (const auto& [type, values] : cases) {
    auto schema = arrow::schema({arrow::field("v", type)});
    auto sink = Open(schema).ValueOrDie();
    Status status = sink->Write(*arrow::RecordBatch::Make(schema, 2, {FromJson(type, values)}));
    EXPECT_EQ(CodeOf(status), "duckdb.value_out_of_range") << type->ToString();
    EXPECT_NE(status.message().find("column \"v\", row 2"), std::string::npos) << status;
  }
}

TEST_F(DuckdbSinkTest, WhatNullRowsHoldIsNoValue) {
  auto items = FromJson(arrow::date32(), "[1, 2147483647, 2]");
  auto offsets = FromJson(arrow::int32(), "[0, 1, 2, 3]");
  auto nulls = arrow::AllocateBitmap(3).ValueOrDie();
  nulls->mutable_data()[0] = 0b101;
  auto lists = std::make_shared<arrow::ListArray>(arrow::list(arrow::date32()), 3,
                                                  offsets->data()->buffers[1], items,
                                                  std::shared_ptr<arrow::Buffer>(std::move(nulls)));
  auto schema = arrow::schema({arrow::field("v", lists->type())});
  auto sink = Open(schema).ValueOrDie();
  EXPECT_TRUE(sink->Write(*arrow::RecordBatch::Make(schema, 3, {lists})).ok());
}

TEST_F(DuckdbSinkTest, NullInARequiredColumn) {
  auto sink = Open(IdSchema()).ValueOrDie();
  auto batch = arrow::RecordBatch::Make(IdSchema(), 1, {FromJson(arrow::int64(), "[null]")});
  Status status = sink->Write(*batch);
  if (status.ok()) status = sink->Finish();
  EXPECT_FALSE(status.ok());
  sink.reset();
  EXPECT_TRUE(Files().empty());
}

TEST_F(DuckdbSinkTest, AbortLeavesNothing) {
  auto sink = Open(IdSchema()).ValueOrDie();
  ASSERT_TRUE(sink->Write(*IdBatch(0, 200'000)).ok());
  EXPECT_FALSE(Files().empty());
  sink.reset();
  EXPECT_TRUE(Files().empty());
}

TEST_F(DuckdbSinkTest, ExistingFile) {
  ASSERT_TRUE(WriteIds(0, 3).ok());
  Status refused = WriteIds(5, 6);
  EXPECT_EQ(CodeOf(refused), "io.exists");
  EXPECT_EQ(ReadBack().ValueOrDie()->num_rows(), 3);
  {
    auto aborted = Open(IdSchema(), IfExists::kReplace).ValueOrDie();
    ASSERT_TRUE(aborted->Write(*IdBatch(0, 10)).ok());
  }
  EXPECT_EQ(ReadBack().ValueOrDie()->num_rows(), 3);
  ASSERT_EQ(chmod(Path("out.duckdb").c_str(), 0640), 0);
  ASSERT_TRUE(WriteIds(5, 6, IfExists::kReplace).ok());
  EXPECT_EQ(ReadBack().ValueOrDie()->num_rows(), 1);
  struct stat found {};
  ASSERT_EQ(stat(Path("out.duckdb").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0640u);
  EXPECT_EQ(Files(), Names{"out.duckdb"});
}

TEST_F(DuckdbSinkTest, FileThatAppearsMeanwhileIsKept) {
  auto sink = Open(IdSchema()).ValueOrDie();
  ASSERT_TRUE(sink->Write(*IdBatch(0, 10)).ok());
  std::ofstream(Path("out.duckdb")) << "mine";
  EXPECT_EQ(CodeOf(sink->Finish()), "io.exists");
  sink.reset();
  EXPECT_EQ(std::filesystem::file_size(Path("out.duckdb")), 4u);
  EXPECT_EQ(Files(), Names{"out.duckdb"});
}

TEST_F(DuckdbSinkTest, StaleLogIsNotReplayed) {
  std::ofstream(Path("out.duckdb.wal")) << "left by a crash";
  EXPECT_EQ(CodeOf(WriteIds(0, 3)), "io.exists");
  ASSERT_TRUE(WriteIds(0, 3, IfExists::kReplace).ok());
  EXPECT_EQ(Files(), Names{"out.duckdb"});
  EXPECT_EQ(ReadBack().ValueOrDie()->num_rows(), 3);
}

TEST_F(DuckdbSinkTest, SymbolicLinkIsWrittenThrough) {
  ASSERT_TRUE(WriteIds(0, 3).ok());
  std::filesystem::create_directory(Path("other"));
  std::filesystem::rename(Path("out.duckdb"), Path("other/real.duckdb"));
  std::filesystem::create_symlink("other/real.duckdb", Path("out.duckdb"));
  ASSERT_TRUE(WriteIds(0, 7, IfExists::kReplace).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(Path("out.duckdb")));
  EXPECT_EQ(ReadBack().ValueOrDie()->num_rows(), 7);
}

TEST_F(DuckdbSinkTest, KilledWriterIsSweptByTheNext) {
  pid_t child = fork();
  if (child == 0) {
    auto sink = Open(IdSchema());
    if (!sink.ok() || !(*sink)->Write(*IdBatch(0, 200'000)).ok()) _exit(1);
    _exit(0);  // without destructors
  }
  int state = 0;
  waitpid(child, &state, 0);
  ASSERT_EQ(state, 0);
  ASSERT_GE(Files().size(), 2u);
  // Files that only look like ours, and those of a living writer, stay.
  std::ofstream(Path(".out.duckdb.weir-1-xyz.tmp")) << "x";
  std::ofstream(Path(".out.duckdb.weir-1.tmp")) << "x";
  auto living = TempDatabase::Create(Path("out.duckdb"), IfExists::kFail).ValueOrDie();
  size_t before = Files().size();
  EXPECT_EQ(before, 3u);
  ASSERT_TRUE(WriteIds(0, 3).ok());
  EXPECT_EQ(Files().size(), before + 1);
  living.reset();
  EXPECT_EQ(Files(), (Names{".out.duckdb.weir-1-xyz.tmp", ".out.duckdb.weir-1.tmp", "out.duckdb"}));
}

TEST_F(DuckdbSinkTest, DirectoryThatIsNotThere) {
  SinkSpec spec;
  spec.path = Path("missing/out.duckdb");
  EXPECT_EQ(CodeOf(DuckdbSink().open(spec, IdSchema(), 512 << 20).status()), "io.not_found");
  spec.path = directory_ + "/dir.duckdb";
  std::filesystem::create_directory(spec.path);
  spec.if_exists = IfExists::kReplace;
  EXPECT_EQ(CodeOf(DuckdbSink().open(spec, IdSchema(), 512 << 20).status()), "io.is_directory");
}

TEST_F(DuckdbSinkTest, WideRows) {
  auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("s", arrow::utf8())});
  auto sink = Open(schema).ValueOrDie();
  constexpr int64_t kRows = 3000;
  constexpr size_t kWidth = 30'000;
  for (int64_t begin = 0; begin < kRows; begin += 10) {
    arrow::Int64Builder ids;
    arrow::StringBuilder texts;
    for (int64_t id = begin; id < begin + 10; ++id) {
      ASSERT_TRUE(ids.Append(id).ok());
      ASSERT_TRUE(texts.Append(std::string(kWidth, static_cast<char>('a' + id % 26))).ok());
    }
    auto batch = arrow::RecordBatch::Make(schema, 10,
                                          {ids.Finish().ValueOrDie(), texts.Finish().ValueOrDie()});
    Status status = sink->Write(*batch);
    ASSERT_TRUE(status.ok()) << status;
  }
  Status status = sink->Finish();
  ASSERT_TRUE(status.ok()) << status;
  auto table = ReadBack().ValueOrDie();
  ASSERT_EQ(table->num_rows(), kRows);
  const auto& texts = static_cast<const arrow::StringArray&>(*table->column(1)->chunk(0));
  for (int64_t i = 0; i < kRows; ++i) {
    ASSERT_EQ(texts.GetView(i).size(), kWidth);
    ASSERT_EQ(texts.GetView(i).back(), static_cast<char>('a' + i % 26));
  }
}

TEST(DuckdbSink, MatchesAndReadForm) {
  TableSinkKind kind = DuckdbSink();
  EXPECT_TRUE(kind.matches("a.duckdb"));
  EXPECT_FALSE(kind.matches("a.csv"));
  EXPECT_FALSE(kind.matches("a.duckdb.gz"));
  ReadForm form = kind.read_form({});
  EXPECT_FALSE(form.exact_text);
  EXPECT_EQ(form.arrays, NestedForm::kStruct);
  EXPECT_EQ(form.special_values, SpecialValues::kError);
}

}  // namespace
}  // namespace weir::duckdb
