// Which rows come, in which slices, and what is said when they cannot.
#include "db/duckdb/source.h"

#include <arrow/api.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "db/duckdb/duckdb_testing.h"

namespace weir::duckdb {
namespace {

constexpr int64_t kMiB = 1 << 20;

class DuckdbSourceTest : public DuckdbTest {
 protected:
  // Table t: id = 0 .. rows-1 and a name; row group by row group like any large table.
  std::string MakeTable(int64_t rows, const std::vector<std::string>& more = {}) {
    std::string path = Path("t.duckdb");
    std::vector<std::string> statements = {
        "CREATE TABLE t AS SELECT i AS id, 'name ' || i AS name FROM range(" +
        std::to_string(rows) + ") r(i)"};
    statements.insert(statements.end(), more.begin(), more.end());
    RunSql(path, statements);
    return path;
  }
};

std::vector<int64_t> Ids(const arrow::Table& table, int column = 0) {
  std::vector<int64_t> ids;
  for (const auto& chunk : table.column(column)->chunks()) {
    const auto& array = static_cast<const arrow::Int64Array&>(*chunk);
    for (int64_t i = 0; i < array.length(); ++i) ids.push_back(array.Value(i));
  }
  return ids;
}

std::vector<int64_t> Iota(int64_t begin, int64_t end) {
  std::vector<int64_t> ids;
  for (int64_t i = begin; i < end; ++i) ids.push_back(i);
  return ids;
}

TEST_F(DuckdbSourceTest, SlicesHoldEveryRowOnceInOrder) {
  auto source = OpenSource(TableSpec(MakeTable(300'000), "t")).ValueOrDie();
  const SourceDescription& description = source->description();
  EXPECT_EQ(description.slice_count, 5);
  EXPECT_EQ(description.rows_estimate, 300'000);
  EXPECT_EQ(description.relation, "t");
  EXPECT_EQ(source->SliceAt(1).locator, "rowid [61440,122880) of main.t");
  EXPECT_TRUE(source->SliceAt(1).reproducible);
  EXPECT_EQ(Ids(*ReadAll(source.get()).ValueOrDie()), Iota(0, 300'000));
  EXPECT_EQ(Ids(*ReadSlice(source.get(), 4).ValueOrDie()), Iota(245'760, 300'000));
}

TEST_F(DuckdbSourceTest, DeletedAndUpdatedRows) {
  std::string path = MakeTable(
      200'000, {"DELETE FROM t WHERE id % 3 = 0 OR id BETWEEN 60000 AND 130000",
                "UPDATE t SET name = 'changed' WHERE id = 7", "DELETE FROM t WHERE id = 199999"});
  auto source = OpenSource(TableSpec(path, "t")).ValueOrDie();
  std::vector<int64_t> expected;
  for (int64_t id = 0; id < 199'999; ++id) {
    if (id % 3 != 0 && (id < 60'000 || id > 130'000)) expected.push_back(id);
  }
  auto ids = Ids(*ReadAll(source.get()).ValueOrDie());
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(ids, expected);
  EXPECT_EQ(source->description().rows_estimate, static_cast<int64_t>(expected.size()));
}

TEST_F(DuckdbSourceTest, ConditionColumnsAndNames) {
  SourceSpec spec = TableSpec(MakeTable(200'000), "T");
  spec.where = "id % 1000 = 5 OR name = 'name 17' -- a comment";
  spec.columns = {{"name", "label"}, {"id", "id"}, {"id", "again"}};
  auto source = OpenSource(spec).ValueOrDie();
  EXPECT_EQ(source->description().rows_estimate, -1);
  auto table = ReadAll(source.get()).ValueOrDie();
  EXPECT_EQ(table->schema()->field_names(), (std::vector<std::string>{"label", "id", "again"}));
  auto ids = Ids(*table, 2);
  ASSERT_EQ(ids.size(), 201u);
  EXPECT_EQ(ids[0], 5);
  EXPECT_EQ(ids[1], 17);
  EXPECT_EQ(ids[200], 199'005);
}

TEST_F(DuckdbSourceTest, OrderAndLimit) {
  std::string path = MakeTable(100'000, {"INSERT INTO t VALUES (NULL, 'none')"});
  SourceSpec spec = TableSpec(path, "t");
  spec.order_by = {{"id", true}};
  spec.limit = 3;
  auto source = OpenSource(spec).ValueOrDie();
  EXPECT_EQ(source->description().slice_count, 1);
  auto table = ReadAll(source.get()).ValueOrDie();
  ASSERT_EQ(table->num_rows(), 3);
  EXPECT_TRUE(table->column(0)->chunk(0)->IsNull(0));
  EXPECT_EQ(Ids(*table)[1], 99'999);
  spec.order_by = {};
  spec.limit = 70'000;
  EXPECT_EQ(Ids(*ReadAll(spec).ValueOrDie()), Iota(0, 70'000));
}

TEST_F(DuckdbSourceTest, LargeSortSpillsAndLeavesNothing) {
  std::string spill = Path("spill");
  std::filesystem::create_directory(spill);
  const char* before = std::getenv("TMPDIR");
  std::string restored = before == nullptr ? "" : before;
  setenv("TMPDIR", spill.c_str(), 1);
  SourceSpec spec = QuerySpec(
      "SELECT i AS id, repeat(md5(i::VARCHAR), 8) AS text FROM range(400000) t(i) "
      "ORDER BY md5(i::VARCHAR)");
  auto source = OpenSource(spec).ValueOrDie();
  auto reader = source->Open(source->SliceAt(0), {}).ValueOrDie();
  int64_t rows = 0;
  std::shared_ptr<arrow::RecordBatch> batch;
  while (reader->ReadNext(&batch).ok() && batch != nullptr) rows += batch->num_rows();
  EXPECT_EQ(rows, 400'000);
  EXPECT_FALSE(std::filesystem::is_empty(spill));
  reader.reset();
  source.reset();
  EXPECT_TRUE(std::filesystem::is_empty(spill));
  if (before == nullptr) unsetenv("TMPDIR");
  if (before != nullptr) setenv("TMPDIR", restored.c_str(), 1);
}

TEST_F(DuckdbSourceTest, Names) {
  std::string path = Path("n.duckdb");
  RunSql(path, {"CREATE SCHEMA sales", "CREATE TABLE sales.orders AS SELECT 1::BIGINT AS id",
                "CREATE TABLE \"a.b \"\"c\" AS SELECT 2::BIGINT AS id",
                "CREATE VIEW v AS SELECT 3::BIGINT AS id"});
  const std::pair<std::string, int64_t> names[] = {
      {"sales.orders", 1}, {"SALES.\"orders\"", 1}, {"\"a.b \"\"c\"", 2}, {"a.b \"c", 2}, {"v", 3}};
  for (const auto& [name, id] : names) {
    auto table = ReadAll(TableSpec(path, name));
    ASSERT_TRUE(table.ok()) << name << ": " << table.status();
    EXPECT_EQ(Ids(**table), std::vector<int64_t>{id}) << name;
  }
  auto view = OpenSource(TableSpec("duckdb:" + path, "v")).ValueOrDie();
  EXPECT_FALSE(view->SliceAt(0).reproducible);
}

TEST_F(DuckdbSourceTest, ColumnNamedRowid) {
  std::string path = Path("r.duckdb");
  RunSql(path, {"CREATE TABLE r AS SELECT 7 - i AS \"RowId\" FROM range(3) t(i)"});
  auto source = OpenSource(TableSpec(path, "r")).ValueOrDie();
  EXPECT_EQ(Ids(*ReadAll(source.get()).ValueOrDie()), (std::vector<int64_t>{7, 6, 5}));
}

TEST_F(DuckdbSourceTest, RequiredColumns) {
  std::string path = Path("q.duckdb");
  RunSql(path, {"CREATE TABLE q(a INTEGER NOT NULL, b INTEGER, c DATE PRIMARY KEY)"});
  auto nullable = [&](const ReadOptions& options) {
    auto schema = OpenSource(TableSpec(path, "q"), options).ValueOrDie()->description().schema;
    std::vector<bool> result;
    for (const auto& field : schema->fields()) result.push_back(field->nullable());
    return result;
  };
  EXPECT_EQ(nullable(TypedForm()), (std::vector<bool>{false, true, false}));
  ReadOptions nulls = TypedForm();
  nulls.form.special_values = SpecialValues::kNull;
  EXPECT_EQ(nullable(nulls), (std::vector<bool>{true, true, true}));
}

TEST_F(DuckdbSourceTest, EmptyTable) {
  std::string path = MakeTable(0);
  auto source = OpenSource(TableSpec(path, "t")).ValueOrDie();
  EXPECT_EQ(source->description().slice_count, 1);
  EXPECT_EQ(ReadAll(source.get()).ValueOrDie()->num_rows(), 0);
}

TEST_F(DuckdbSourceTest, QueryKeepsItsOrderAndRenamesDuplicates) {
  auto table =
      ReadAll(QuerySpec("SELECT i AS a, -i AS a FROM range(10000) t(i) ORDER BY i DESC; -- end"))
          .ValueOrDie();
  auto expected = Iota(0, 10'000);
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(Ids(*table), expected);
  EXPECT_EQ(table->schema()->field_names(), (std::vector<std::string>{"a", "a_1"}));
}

TEST_F(DuckdbSourceTest, QueryOverFiles) {
  RunSql("", {"COPY (SELECT i AS id FROM range(5000) t(i)) TO '" + Path("f.parquet") + "'"});
  std::ofstream(Path("f.csv")) << "id,x\n1,a\n2,b\n";
  EXPECT_EQ(Ids(*ReadAll(QuerySpec("FROM '" + Path("f.parquet") + "'")).ValueOrDie()),
            Iota(0, 5000));
  EXPECT_EQ(Ids(*ReadAll(QuerySpec("SELECT id FROM '" + Path("f.csv") + "'")).ValueOrDie()),
            (std::vector<int64_t>{1, 2}));
}

TEST_F(DuckdbSourceTest, BatchesHoldAboutWhatIsAsked) {
  auto source = OpenSource(TableSpec(MakeTable(100'000), "t")).ValueOrDie();
  auto reader = source->Open(source->SliceAt(0), {}).ValueOrDie();
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_TRUE(reader->ReadNext(&batch).ok());
  // Some 22 bytes a row.
  EXPECT_GT(batch->num_rows(), 10'000);
  EXPECT_LT(batch->num_rows(), 16'000);
  ReadOptions small = TypedForm();
  small.batch_bytes = 5'000;
  source = OpenSource(TableSpec(Path("t.duckdb"), "t"), small).ValueOrDie();
  reader = source->Open(source->SliceAt(0), {}).ValueOrDie();
  ASSERT_TRUE(reader->ReadNext(&batch).ok());
  EXPECT_GT(batch->num_rows(), 150);
  EXPECT_LT(batch->num_rows(), 300);
  EXPECT_EQ(Ids(*ReadAll(source.get()).ValueOrDie()), Iota(0, 100'000));
}

TEST_F(DuckdbSourceTest, SomeColumnsAlone) {
  auto source = OpenSource(TableSpec(MakeTable(70'000), "t")).ValueOrDie();
  auto* projectable = dynamic_cast<ProjectableSource*>(source.get());
  auto reader = projectable->OpenColumns(source->SliceAt(1), {1}, {}).ValueOrDie();
  auto table = reader->ToTable().ValueOrDie();
  EXPECT_EQ(table->schema()->field_names(), std::vector<std::string>{"name"});
  EXPECT_EQ(table->num_rows(), 70'000 - 61'440);
}

TEST_F(DuckdbSourceTest, ManyReadersAtOnce) {
  ReadOptions options = TypedForm();
  options.jobs = 4;
  auto source = OpenSource(TableSpec(MakeTable(500'000), "t"), options).ValueOrDie();
  std::atomic<int64_t> next{0}, rows{0};
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 4; ++i) {
      workers.emplace_back([&] {
        for (int64_t slice = next++; slice < source->description().slice_count; slice = next++) {
          rows += ReadSlice(source.get(), slice).ValueOrDie()->num_rows();
        }
      });
    }
  }
  EXPECT_EQ(rows, 500'000);
}

// A vector of 2048 such rows is 60 MB; the limit of a scan is 8.
TEST_F(DuckdbSourceTest, WideRowsAreReadInSmallSteps) {
  std::string path = Path("w.duckdb");
  RunSql(path, {"CREATE TABLE w AS SELECT i AS id, CASE WHEN i BETWEEN 1000 AND 3500 THEN "
                "repeat(chr(97 + (i % 26)::INTEGER), 30000) ELSE 'small' END AS big "
                "FROM range(100000) t(i)"});
  ReadOptions options = TypedForm();
  options.value_bytes_max = 5 * kMiB;
  auto source = OpenSource(TableSpec(path, "w"), options).ValueOrDie();
  int64_t rows = 0;
  int64_t bytes_max = 0;
  for (int64_t i = 0; i < source->description().slice_count; ++i) {
    auto reader = source->Open(source->SliceAt(i), {}).ValueOrDie();
    std::shared_ptr<arrow::RecordBatch> batch;
    while (true) {
      Status status = reader->ReadNext(&batch);
      ASSERT_TRUE(status.ok()) << status;
      if (batch == nullptr) break;
      const auto& ids = static_cast<const arrow::Int64Array&>(*batch->column(0));
      const auto& texts = static_cast<const arrow::StringArray&>(*batch->column(1));
      for (int64_t row = 0; row < batch->num_rows(); ++row, ++rows) {
        ASSERT_EQ(ids.Value(row), rows);
        bool wide = rows >= 1000 && rows <= 3500;
        ASSERT_EQ(texts.GetView(row).size(), wide ? 30'000u : 5u);
        ASSERT_EQ(texts.GetView(row).back(), wide ? static_cast<char>('a' + rows % 26) : 'l');
      }
      bytes_max = std::max<int64_t>(bytes_max, texts.total_values_length());
    }
  }
  EXPECT_EQ(rows, 100'000);
  EXPECT_LT(bytes_max, 2 * kMiB);
}

TEST_F(DuckdbSourceTest, ValueTooLargeIsNamed) {
  std::string path = Path("v.duckdb");
  RunSql(path, {"CREATE TABLE v AS SELECT i AS id, repeat('x', CASE WHEN i = 4321 THEN 60000000 "
                "ELSE 3 END) AS big, 'small' AS other FROM range(5000) t(i)"});
  ReadOptions options = TypedForm();
  options.value_bytes_max = 4 * kMiB;
  auto refused = ReadAll(TableSpec(path, "v"), options);
  EXPECT_EQ(CodeOf(refused.status()), "memory.value_too_large");
  EXPECT_NE(refused.status().message().find("column \"big\", rowid 4321"), std::string::npos)
      << refused.status();
  // Larger than a scan's first limit, but allowed.
  options.value_bytes_max = 64 * kMiB;
  EXPECT_EQ(ReadAll(TableSpec(path, "v"), options).ValueOrDie()->num_rows(), 5000);
  // It fits into DuckDB's memory, but not into ours.
  options.value_bytes_max = 1000;
  RunSql(path,
         {"CREATE TABLE s AS SELECT repeat('y', 990 + i::INTEGER) AS s FROM range(100) t(i)"});
  refused = ReadAll(TableSpec(path, "s"), options);
  EXPECT_EQ(CodeOf(refused.status()), "memory.value_too_large");
  EXPECT_NE(refused.status().message().find("column \"s\", rowid 11"), std::string::npos)
      << refused.status();
}

TEST_F(DuckdbSourceTest, FailureInTheMiddleIsNoEnd) {
  auto source = OpenSource(QuerySpec("SELECT CASE WHEN i = 1500000 THEN error('boom') ELSE i END "
                                     "AS v FROM range(2000000) t(i)"))
                    .ValueOrDie();
  auto table = ReadSlice(source.get(), 0);
  ASSERT_FALSE(table.ok());
  EXPECT_NE(table.status().message().find("boom"), std::string::npos) << table.status();
}

TEST_F(DuckdbSourceTest, StopWakesALongStatement) {
  const std::string slow[] = {
      // No row before the end.
      "SELECT count(*) FROM range(3000000000) a(i) WHERE (i * i) % 7 = 9",
      // Rows that are long in coming.
      "SELECT i FROM range(3000000000) a(i) WHERE (i * i) % 1000000007 = 5",
  };
  for (const std::string& query : slow) {
    auto source = OpenSource(QuerySpec(query)).ValueOrDie();
    std::stop_source stop;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      stop.request_stop();
    });
    auto started = std::chrono::steady_clock::now();
    auto table = ReadSlice(source.get(), 0, stop.get_token());
    EXPECT_EQ(CodeOf(table.status()), "interrupted") << table.status();
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
  }
}

TEST_F(DuckdbSourceTest, StopEndsATable) {
  auto source = OpenSource(TableSpec(MakeTable(200'000), "t")).ValueOrDie();
  std::stop_source stop;
  auto reader = source->Open(source->SliceAt(0), stop.get_token()).ValueOrDie();
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_TRUE(reader->ReadNext(&batch).ok());
  stop.request_stop();
  EXPECT_EQ(CodeOf(reader->ReadNext(&batch)), "interrupted");
  EXPECT_EQ(CodeOf(ReadSlice(source.get(), 1, stop.get_token()).status()), "interrupted");
  EXPECT_EQ(ReadSlice(source.get(), 1).ValueOrDie()->num_rows(), 61'440);
}

TEST_F(DuckdbSourceTest, StatementTimeout) {
  SourceSpec spec = QuerySpec("SELECT count(*) FROM range(3000000000) a(i) WHERE (i * i) % 7 = 9");
  spec.statement_timeout_ms = 100;
  auto table = ReadAll(spec);
  EXPECT_EQ(CodeOf(table.status()), "duckdb.statement_timeout") << table.status();
}

TEST_F(DuckdbSourceTest, MistakesAreToldWhenTheSourceIsOpened) {
  std::string path = MakeTable(10, {"CREATE TABLE invoices(id INTEGER)"});
  auto status = [](const SourceSpec& spec) { return OpenSource(spec).status(); };
  Status unknown = status(TableSpec(path, "invoice"));
  EXPECT_EQ(CodeOf(unknown), "duckdb.unknown_table");
  EXPECT_NE(unknown.message().find("did you mean \"invoices\"?"), std::string::npos) << unknown;

  SourceSpec spec = TableSpec(path, "t");
  spec.columns = {{"nmae", "x"}};
  EXPECT_EQ(CodeOf(status(spec)), "duckdb.unknown_column");
  EXPECT_NE(status(spec).message().find("did you mean \"name\"?"), std::string::npos);
  spec = TableSpec(path, "t");
  spec.order_by = {{"nope", false}};
  EXPECT_EQ(CodeOf(status(spec)), "duckdb.unknown_column");
  spec = TableSpec(path, "t");
  spec.where = "nope = 1";
  EXPECT_EQ(CodeOf(status(spec)), "duckdb.invalid_query");
  spec.where = "id = = 1";
  EXPECT_EQ(CodeOf(status(spec)), "duckdb.syntax");
  EXPECT_EQ(CodeOf(status(QuerySpec("SELEC 1"))), "duckdb.syntax");
  EXPECT_EQ(CodeOf(status(QuerySpec("SELECT 1; SELECT 2"))), "duckdb.syntax");
  EXPECT_EQ(CodeOf(status(QuerySpec("SELECT * FROM nope"))), "duckdb.unknown_name");
  EXPECT_EQ(CodeOf(status(QuerySpec("DROP TABLE t", path))), "duckdb.not_a_query");
  EXPECT_EQ(CodeOf(status(QuerySpec(" -- nothing"))), "usage.empty_value");
  EXPECT_EQ(CodeOf(status(TableSpec(path, ""))), "usage.table_or_query");
}

TEST_F(DuckdbSourceTest, FilesThatCannotBeOpened) {
  auto status = [](const std::string& uri) { return OpenSource(TableSpec(uri, "t")).status(); };
  std::string missing = Path("missing.duckdb");
  EXPECT_EQ(CodeOf(status(missing)), "io.not_found");
  EXPECT_FALSE(std::filesystem::exists(missing));
  EXPECT_EQ(CodeOf(status("duckdb:" + directory_)), "duckdb.not_a_database");

  std::ofstream(Path("text.duckdb")) << std::string(20'000, 'x');
  EXPECT_EQ(CodeOf(status(Path("text.duckdb"))), "duckdb.not_a_database");
  std::ofstream(Path("empty.duckdb")) << "";
  EXPECT_EQ(CodeOf(status(Path("empty.duckdb"))), "duckdb.not_a_database");

  std::string path = MakeTable(100'000);
  std::string cut = Path("cut.duckdb");
  std::filesystem::copy_file(path, cut);
  std::filesystem::resize_file(cut, 20'000);
  EXPECT_NE(CodeOf(status(cut)), "");
}

TEST_F(DuckdbSourceTest, FlippedByteIsFound) {
  std::string path = MakeTable(200'000);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  for (int64_t block = 1; block < 5; ++block) {
    file.seekp(12'288 + block * 262'144 + 4000);
    file.write("\xde\xad\xbe\xef", 4);
  }
  file.close();
  auto table = ReadAll(TableSpec(path, "t"));
  EXPECT_EQ(CodeOf(table.status()), "duckdb.corrupt") << table.status();
}

// Another process that writes holds DuckDB's lock.
TEST_F(DuckdbSourceTest, LockedByAWriter) {
  std::string path = MakeTable(10);
  int to_child[2], from_child[2];
  ASSERT_EQ(pipe(to_child), 0);
  ASSERT_EQ(pipe(from_child), 0);
  pid_t child = fork();
  if (child == 0) {
    int fd = open(path.c_str(), O_RDWR);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    char byte = fcntl(fd, F_SETLK, &lock) == 0 ? 'y' : 'n';
    if (write(from_child[1], &byte, 1) != 1 || read(to_child[0], &byte, 1) < 0) _exit(1);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(from_child[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  EXPECT_EQ(CodeOf(OpenSource(TableSpec(path, "t")).status()), "duckdb.locked");
  ASSERT_EQ(write(to_child[1], &byte, 1), 1);
  waitpid(child, nullptr, 0);
  for (int fd : {to_child[0], to_child[1], from_child[0], from_child[1]}) close(fd);
  EXPECT_TRUE(OpenSource(TableSpec(path, "t")).ok());
}

// A crashed writer leaves its last transactions in the write-ahead log.
TEST_F(DuckdbSourceTest, WriteAheadLogIsRead) {
  std::string path = Path("wal.duckdb");
  RunSql(path, {"CREATE TABLE t AS SELECT 1::BIGINT AS id"});
  pid_t child = fork();
  if (child == 0) {
    DatabaseSettings settings;
    settings.read_only = false;
    auto database = Database::Open(path, settings);
    if (!database.ok()) _exit(1);
    auto connection = (*database)->Connect().ValueOrDie();
    bool done = connection->Execute("INSERT INTO t VALUES (2)").ok();
    _exit(done ? 0 : 1);
  }
  int state = 0;
  waitpid(child, &state, 0);
  ASSERT_EQ(state, 0);
  ASSERT_TRUE(std::filesystem::exists(path + ".wal"));
  EXPECT_EQ(Ids(*ReadAll(TableSpec(path, "t")).ValueOrDie()), (std::vector<int64_t>{1, 2}));
}

TEST(DuckdbSource, Matches) {
  SourceKind kind = DuckdbSource();
  for (std::string_view uri : {"a.duckdb", "dir/b.duckdb", "duckdb:", "duckdb:x.db"}) {
    EXPECT_TRUE(kind.matches(uri)) << uri;
  }
  for (std::string_view uri : {"a.db", "duckdb", "a.parquet", "postgresql://h/duckdb"}) {
    EXPECT_FALSE(kind.matches(uri)) << uri;
  }
}

}  // namespace
}  // namespace weir::duckdb
