#include "db/postgres/source.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <thread>

#include "core/copy_spec.h"
#include "testing/private_postgres.h"

namespace weir {
namespace {

using testing::PrivatePostgres;

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

Status ReadSlice(Source* source, const Slice& slice, Batches* batches) {
  ARROW_ASSIGN_OR_RAISE(auto reader, source->Open(slice, {}));
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) return Status::OK();
    ARROW_RETURN_NOT_OK(batch->ValidateFull());
    batches->push_back(std::move(batch));
  }
}

// Everything a source delivers, in slice order.
struct Everything {
  std::unique_ptr<Source> source;
  std::shared_ptr<arrow::Table> table;
};

Result<Everything> ReadAll(const SourceSpec& spec, const ReadOptions& options) {
  Everything all;
  ARROW_ASSIGN_OR_RAISE(all.source, PostgresSource().open(spec, options, {}));
  Batches batches;
  for (int64_t i = 0; i < all.source->description().slice_count; ++i) {
    ARROW_RETURN_NOT_OK(ReadSlice(all.source.get(), all.source->SliceAt(i), &batches));
  }
  ARROW_ASSIGN_OR_RAISE(all.table,
                        arrow::Table::FromRecordBatches(all.source->description().schema, batches));
  return all;
}

SourceSpec Table(const std::string& name) {
  SourceSpec spec;
  spec.uri = PrivatePostgres::Shared().conninfo();
  spec.table = name;
  return spec;
}

SourceSpec Query(const std::string& sql) {
  SourceSpec spec;
  spec.uri = PrivatePostgres::Shared().conninfo();
  spec.query = sql;
  return spec;
}

ReadOptions TextForm() {
  ReadOptions options;
  options.form.exact_text = true;
  return options;
}

std::vector<int64_t> Int64Column(const arrow::Table& table, int column) {
  std::vector<int64_t> values;
  for (const auto& chunk : table.column(column)->chunks()) {
    const auto& array = static_cast<const arrow::Int64Array&>(*chunk);
    for (int64_t i = 0; i < array.length(); ++i) values.push_back(array.Value(i));
  }
  return values;
}

std::vector<int64_t> ReadIds(Source* source, const Slice& slice) {
  Batches batches;
  EXPECT_TRUE(ReadSlice(source, slice, &batches).ok());
  return Int64Column(*arrow::Table::FromRecordBatches(batches).ValueOrDie(), 0);
}

// The one value of a one-row, one-column query.
std::string TextOf(const std::string& expression, const ReadOptions& options = TextForm()) {
  auto all = ReadAll(Query("SELECT " + expression + " AS v"), options);
  if (!all.ok()) return all.status().message();
  auto scalar = all->table->column(0)->GetScalar(0);
  return scalar.ok() ? (*scalar)->ToString() : scalar.status().message();
}

class PostgresSourceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    PrivatePostgres::Shared().Run(R"(
      CREATE TABLE numbers AS SELECT g::int8 AS id, repeat('x', 200) AS filler
        FROM generate_series(1, 150000) g;
      CREATE UNIQUE INDEX ON numbers (id);
      ANALYZE numbers;
      CREATE TABLE nullable (k int, j int8);
      INSERT INTO nullable SELECT CASE WHEN g % 5 = 0 THEN NULL ELSE g / 3 END, g
        FROM generate_series(1, 60000) g;
      CREATE INDEX ON nullable (k, j); ANALYZE nullable;
      CREATE TABLE parted (id int8, region text) PARTITION BY LIST (region);
      CREATE TABLE parted_a PARTITION OF parted FOR VALUES IN ('a');
      CREATE TABLE parted_b (region text, id int8);
      ALTER TABLE parted ATTACH PARTITION parted_b FOR VALUES IN ('b');
      INSERT INTO parted SELECT g, CASE WHEN g % 2 = 0 THEN 'a' ELSE 'b' END
        FROM generate_series(1, 100000) g;
      CREATE TABLE parent (id int8); CREATE TABLE child (extra text) INHERITS (parent);
      INSERT INTO parent SELECT generate_series(1, 10);
      INSERT INTO child SELECT generate_series(11, 20), 'x';
      CREATE VIEW even AS SELECT id FROM numbers WHERE id % 2 = 0;
      CREATE MATERIALIZED VIEW odd AS SELECT id FROM numbers WHERE id % 2 = 1;
      CREATE TABLE "Strange ""Name" ("a b" int8, "c,d" text); INSERT INTO "Strange ""Name" VALUES (1, 'x');
      CREATE TABLE nothing ();  INSERT INTO nothing DEFAULT VALUES;
      CREATE TABLE big (id int8, doc text);
      INSERT INTO big VALUES (1, 'small'), (2, repeat('y', 40000000)), (3, 'small');
    )");
  }
};

void ExpectEachOnce(const std::vector<int64_t>& ids, int64_t count) {
  ASSERT_EQ(static_cast<int64_t>(ids.size()), count);
  EXPECT_EQ(static_cast<int64_t>(std::set<int64_t>(ids.begin(), ids.end()).size()), count);
}

TEST_F(PostgresSourceTest, CtidSlicesGiveEveryRowOnceInOrder) {
  auto all = ReadAll(Table("numbers"), TextForm());
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_GT(all->source->description().slice_count, 5);
  std::vector<int64_t> ids = Int64Column(*all->table, 0);
  ExpectEachOnce(ids, 150000);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  EXPECT_NEAR(static_cast<double>(all->source->description().rows_estimate), 150000, 1500);
  EXPECT_FALSE(all->source->description().snapshot.empty());
}

TEST_F(PostgresSourceTest, TheNextSliceIsAskedForBeforeItIsOpened) {
  auto source = PostgresSource().open(Table("numbers"), TextForm(), {}).ValueOrDie();
  Slice first = source->SliceAt(0);
  const Slice next = source->SliceAt(2);
  // "public.numbers where ctid >= '(512,0)'..."
  const size_t begin = next.locator.find('(');
  const std::string start = next.locator.substr(begin, next.locator.find(')') + 1 - begin);
  const auto asked = [&start] {
    return PrivatePostgres::Shared().Run(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%>=) ''" + start + "''%'");
  };
  EXPECT_EQ(asked(), "0\n") << next.locator;
  const auto ids = ReadIds(source.get(), first);
  EXPECT_EQ(ids.front(), 1);
  EXPECT_EQ(asked(), "0\n");
  first.next = next.index;
  EXPECT_EQ(ReadIds(source.get(), first), ids);
  for (int i = 0; i < 500 && asked() == "0\n"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(asked(), "1\n");
  EXPECT_EQ(ReadIds(source.get(), next).front(), 2 * ids.back() + 1);
}

// A server that went on by itself would be stopped while its rows are not wanted yet.
TEST_F(PostgresSourceTest, WithAStatementTimeoutNothingIsAskedForAhead) {
  SourceSpec spec = Table("numbers");
  spec.statement_timeout_ms = 60000;
  auto source = PostgresSource().open(spec, TextForm(), {}).ValueOrDie();
  Slice first = source->SliceAt(0);
  first.next = 1;
  EXPECT_EQ(ReadIds(source.get(), first).front(), 1);
  const std::string asked = PrivatePostgres::Shared().Run(
      "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%>=) ''(256,0)''%'");
  EXPECT_EQ(asked, "0\n") << source->SliceAt(1).locator;
}

TEST_F(PostgresSourceTest, OrderByCutsKeyRangesAndKeepsTiesAndNulls) {
  SourceSpec spec = Table("nullable");
  spec.order_by = {{"k", false}, {"j", true}};
  auto all = ReadAll(spec, TextForm());
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_GT(all->source->description().slice_count, 20);
  ExpectEachOnce(Int64Column(*all->table, 1), 60000);
  auto one = ReadAll(Query("SELECT * FROM nullable ORDER BY k, j DESC"), TextForm());
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(Int64Column(*all->table, 1), Int64Column(*one->table, 1));
}

TEST_F(PostgresSourceTest, DescendingOrderBeginsWithNulls) {
  SourceSpec spec = Table("nullable");
  spec.order_by = {{"k", true}, {"j", false}};
  auto all = ReadAll(spec, TextForm());
  ASSERT_TRUE(all.ok()) << all.status();
  auto one = ReadAll(Query("SELECT * FROM nullable ORDER BY k DESC, j"), TextForm());
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(Int64Column(*all->table, 1), Int64Column(*one->table, 1));
}

TEST_F(PostgresSourceTest, EveryKindOfRelationGivesEveryRowOnce) {
  for (auto [name, count] :
       {std::pair{"parted", 100000}, {"parent", 20}, {"even", 75000}, {"odd", 75000}}) {
    auto all = ReadAll(Table(name), TextForm());
    ASSERT_TRUE(all.ok()) << name << ": " << all.status();
    ExpectEachOnce(Int64Column(*all->table, 0), count);
  }
}

TEST_F(PostgresSourceTest, ColumnsWhereAndLimit) {
  SourceSpec spec = Table("numbers");
  spec.columns = {{"filler", "text"}, {"id", "number"}};
  spec.where = "id <= 1000 -- comment";
  auto all = ReadAll(spec, TextForm());
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->table->num_rows(), 1000);
  EXPECT_EQ(all->table->schema()->field(1)->name(), "number");
  spec.limit = 7;
  all = ReadAll(spec, TextForm());
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->table->num_rows(), 7);
}

TEST_F(PostgresSourceTest, StrangeNamesDuplicateColumnsAndNoColumns) {
  auto all = ReadAll(Table("\"Strange \"\"Name\""), TextForm());
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->table->schema()->field(0)->name(), "a b");
  all = ReadAll(Table("Strange \"Name"), TextForm());
  ASSERT_TRUE(all.ok()) << all.status();
  all = ReadAll(Query("SELECT 1 AS a, 2 AS a;"), TextForm());
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->table->num_columns(), 2);
  all = ReadAll(Table("nothing"), TextForm());
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->source->description().columns.size(), 0u);
}

TEST_F(PostgresSourceTest, ErrorsNameTheNearest) {
  auto unknown = ReadAll(Table("nubmers"), TextForm());
  EXPECT_TRUE(IsErrorCode(unknown.status(), "postgres.unknown_table"));
  EXPECT_NE(unknown.status().message().find("numbers"), std::string::npos);
  SourceSpec spec = Table("numbers");
  spec.columns = {{"filer", "filer"}};
  auto column = ReadAll(spec, TextForm());
  EXPECT_TRUE(IsErrorCode(column.status(), "postgres.unknown_column"));
  EXPECT_NE(column.status().message().find("filler"), std::string::npos);
  EXPECT_TRUE(IsErrorCode(ReadAll(Query("SELEC 1"), TextForm()).status(), "postgres.syntax"));
  EXPECT_TRUE(
      IsErrorCode(ReadAll(Query("SELECT 1/0 AS v"), TextForm()).status(), "postgres.error"));
}

TEST_F(PostgresSourceTest, LargeValueIsRefusedByColumnAndRow) {
  ReadOptions options = TextForm();
  options.value_bytes_max = 1 << 20;
  auto all = ReadAll(Table("big"), options);
  ASSERT_TRUE(IsErrorCode(all.status(), "memory.value_too_large")) << all.status();
  EXPECT_NE(all.status().message().find("column \"doc\", row 2"), std::string::npos)
      << all.status();
  options.value_bytes_max = 64 << 20;
  EXPECT_TRUE(ReadAll(Table("big"), options).ok());
}

TEST_F(PostgresSourceTest, StopWakesABlockedReader) {
  auto source = PostgresSource().open(Query("SELECT pg_sleep(60)"), TextForm(), {});
  ASSERT_TRUE(source.ok()) << source.status();
  std::stop_source stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  auto started = std::chrono::steady_clock::now();
  auto reader = (*source)->Open((*source)->SliceAt(0), stop.get_token());
  std::shared_ptr<arrow::RecordBatch> batch;
  Status status = reader.ok() ? (*reader)->ReadNext(&batch) : reader.status();
  EXPECT_TRUE(IsErrorCode(status, "interrupted")) << status;
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(2));
}

TEST_F(PostgresSourceTest, TextFormKeepsEveryDigit) {
  EXPECT_EQ(TextOf("123456789012345678.1200::numeric(22,4)"), "123456789012345678.1200");
  EXPECT_EQ(TextOf("-0.0001::numeric"), "-0.0001");
  EXPECT_EQ(TextOf("'NaN'::numeric"), "NaN");
  EXPECT_EQ(TextOf("'-Infinity'::numeric"), "-Infinity");
  EXPECT_EQ(TextOf("1e40::numeric"), "1" + std::string(40, '0'));
  EXPECT_EQ(TextOf("12e-20::numeric"), "0.00000000000000000012");
  EXPECT_EQ(TextOf("'1.2.3.4'::inet"), "1.2.3.4");
  EXPECT_EQ(TextOf("'ab  '::char(4)"), "ab  ");
  EXPECT_EQ(TextOf("ARRAY[1,NULL,3]"), "{1,NULL,3}");
  EXPECT_EQ(TextOf("'1 day 02:03:04'::interval"), "1 day 02:03:04");
  EXPECT_EQ(TextOf("'{\"a\": 1.50}'::jsonb"), "{\"a\": 1.50}");
  EXPECT_EQ(TextOf("'infinity'::timestamptz"), std::to_string(INT64_MAX));
}

TEST_F(PostgresSourceTest, TypedFormIsExactOrRefused) {
  ReadOptions typed;
  typed.form.arrays = NestedForm::kStruct;
  EXPECT_EQ(TextOf("123456789012345678.1200::numeric(22,4)", typed), "123456789012345678.1200");
  EXPECT_EQ(TextOf("-7.5::numeric(50,2)", typed), "-7.50");
  EXPECT_EQ(TextOf("1234567::numeric(4,-3)", typed), "1235000");
  EXPECT_EQ(TextOf("0.00012::numeric(2,5)", typed), "0.00012");
  EXPECT_EQ(TextOf("'1969-12-31 23:59:59.999999Z'::timestamptz", typed),
            "1969-12-31 23:59:59.999999Z");
  EXPECT_NE(TextOf("'NaN'::numeric(5,2)", typed).find("NaN has no form"), std::string::npos);
  EXPECT_NE(TextOf("'infinity'::date", typed).find("infinity has no form"), std::string::npos);
  EXPECT_NE(TextOf("'24:00'::time", typed).find("24:00:00 has no form"), std::string::npos);
  EXPECT_NE(TextOf("'[2:3]={1,2}'::int[]", typed).find("lower bound"), std::string::npos);
  typed.form.special_values = SpecialValues::kNull;
  EXPECT_EQ(TextOf("'294276-12-31'::timestamp", typed), "null");
  typed.form.special_values = SpecialValues::kString;
  EXPECT_EQ(TextOf("'infinity'::date", typed), "infinity");
}

}  // namespace
}  // namespace weir
