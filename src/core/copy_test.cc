// The copy loop when all goes well; copy_fault_test.cc has the rest.
#include "core/copy.h"

#include <random>

#include "core/copy_testing.h"

namespace weir {
namespace {

constexpr int64_t kSlices = 40;

// Slices of 0 to 4 batches of 1 to 9 rows, numbered from 0; returns the number of rows.
int64_t FillUnevenly(FakeTable* table) {
  int64_t rows = 0;
  for (int64_t slice = 0; slice < kSlices; ++slice) {
    auto& batches = table->slices.emplace_back();
    for (int64_t i = 0; i < slice * 7 % 5; ++i) {
      const int64_t batch_rows = 1 + (slice * 5 + i) % 9;
      batches.push_back(Numbers(rows, batch_rows));
      rows += batch_rows;
    }
  }
  return rows;
}

// Readers take up to half a millisecond for a batch, each time another one.
void DelayReaders(FakeTable* table) {
  table->on_read = [](int64_t, size_t, const std::stop_token&) {
    thread_local std::minstd_rand random(std::random_device{}());
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 500));
    return Status::OK();
  };
}

std::string JoinedNumbers(int64_t rows, std::string_view separator) {
  return fmt::format("{}", fmt::join(ValuesOf(*Numbers(0, rows)), separator));
}

class CopyTest : public testing::Test {
 protected:
  CopyTest() : rows_(FillUnevenly(&world_.source)) { DelayReaders(&world_.source); }

  CopyWorld world_;
  const int64_t rows_;
};

TEST_F(CopyTest, TextIsTheSameWhateverTheJobs) {
  const std::string expected = "[" + JoinedNumbers(rows_, ",") + "]";
  std::string crc64;
  for (int jobs : {1, 2, 3, 8}) {
    for (int64_t data_bytes_max : {64, 1 << 20}) {
      world_.files = {};
      world_.spec.jobs = jobs;
      auto record = world_.Run({}, data_bytes_max).ValueOrDie();
      EXPECT_EQ(world_.files.visible.at("out.array"), expected) << jobs;
      EXPECT_EQ(record.rows, rows_);
      ASSERT_EQ(record.parts.size(), 1u);
      ASSERT_EQ(record.parts[0].slices.size(), 1u);
      if (crc64.empty()) crc64 = record.parts[0].slices[0].crc64;
      EXPECT_EQ(record.parts[0].slices[0].crc64, crc64);
    }
  }
}

TEST_F(CopyTest, CompressedTextIsTheSameWhateverTheJobs) {
  world_.spec.sink.path = "out.array.br";
  std::string expected;
  for (int jobs : {1, 4}) {
    world_.files = {};
    world_.spec.jobs = jobs;
    auto record = world_.Run().ValueOrDie();
    EXPECT_EQ(record.compression, "bracket");
    const std::string& file = world_.files.visible.at("out.array.br");
    EXPECT_EQ(record.bytes, static_cast<int64_t>(file.size()));
    EXPECT_EQ(record.parts[0].text_bytes,
              static_cast<int64_t>(JoinedNumbers(rows_, ",").size() + 2));
    if (expected.empty()) expected = file;
    EXPECT_EQ(file, expected);
  }
}

TEST_F(CopyTest, WholeFilesAreTheSameWhateverTheJobs) {
  world_.spec.sink.path = "out.blocks";
  for (int jobs : {1, 4}) {
    world_.files = {};
    world_.spec.jobs = jobs;
    auto record = world_.Run().ValueOrDie();
    EXPECT_EQ(world_.files.visible.at("out.blocks"), JoinedNumbers(rows_, "\n") + "\nend\n");
    EXPECT_EQ(record.rows, rows_);
    EXPECT_EQ(record.columns[0].encodings, std::vector<std::string>{"in blocks"});
    EXPECT_EQ(record.columns[0].target_type, "block of int64");
  }
}

TEST_F(CopyTest, TablesGetTheRowsInOrder) {
  world_.spec.sink.path = "table:";
  world_.spec.jobs = 4;
  auto record = world_.Run().ValueOrDie();
  EXPECT_EQ(world_.table.committed, ValuesOf(*Numbers(0, rows_)));
  EXPECT_EQ(record.rows, rows_);
  EXPECT_EQ(world_.progress.rows, rows_);
  EXPECT_EQ(record.format, "memory table");
  EXPECT_EQ(record.compression, "none");
  EXPECT_EQ(record.digest_algorithm, "none");
  ASSERT_EQ(record.parts.size(), 1u);
  EXPECT_EQ(record.parts[0].path, "table:");
}

TEST_F(CopyTest, DirectoriesGetNumberedParts) {
  world_.spec.sink.path = "out/";
  world_.spec.format = "array";
  world_.spec.sink.split_bytes = 100;
  auto record = world_.Run().ValueOrDie();
  ASSERT_GT(record.parts.size(), 2u);
  EXPECT_EQ(record.parts[1].path, "part-00001.array");
  std::string joined;
  for (const auto& [name, text] : world_.files.visible) {
    if (!joined.empty()) joined += ",";
    joined += text.substr(1, text.size() - 2);
  }
  EXPECT_EQ(joined, JoinedNumbers(rows_, ","));
  int64_t rows = 0;
  for (const PartRecord& part : record.parts) rows += part.rows;
  EXPECT_EQ(rows, rows_);
}

TEST_F(CopyTest, TheRecordIsPublishedWithTheFile) {
  auto record = world_.Run().ValueOrDie();
  EXPECT_EQ(world_.files.manifest, ToJson(record));
  EXPECT_EQ(record.source, "fake:table");
  EXPECT_EQ(record.format, "array");
  EXPECT_EQ(record.compression, "none");
  EXPECT_EQ(world_.progress.rows, rows_);
  EXPECT_EQ(world_.progress.bytes, record.bytes);
  ASSERT_EQ(record.columns.size(), 1u);
  EXPECT_EQ(record.columns[0].name, "id");
  EXPECT_EQ(record.columns[0].count, rows_);
  EXPECT_EQ(record.columns[0].nulls, 0);
  EXPECT_TRUE(record.lossy_columns.empty());
}

TEST_F(CopyTest, TheRecordNamesLossyColumns) {
  world_.source.fidelity = Fidelity::kLossy;
  world_.spec.options.allow_lossy = {"id"};
  EXPECT_EQ(world_.Run().ValueOrDie().lossy_columns, std::vector<std::string>{"id"});
}

TEST(Copy, SourcesWithoutRowsMakeEmptyFiles) {
  for (int64_t slices : {0, 1, 5}) {
    CopyWorld world;
    world.source.slices.resize(slices);
    EXPECT_EQ(world.Run().ValueOrDie().rows, 0);
    EXPECT_EQ(world.files.visible.at("out.array"), "[]");
    world.spec.sink.path = "out.blocks";
    EXPECT_EQ(world.Run().ValueOrDie().rows, 0);
    EXPECT_EQ(world.files.visible.at("out.blocks"), "end\n");
  }
}

TEST(Copy, NullsAreCounted) {
  CopyWorld world;
  arrow::Int64Builder builder;
  ASSERT_TRUE(builder.AppendNulls(3).ok());
  ASSERT_TRUE(builder.Append(1).ok());
  auto batch = arrow::RecordBatch::Make(world.source.schema, 4, {builder.Finish().ValueOrDie()});
  world.source.slices = {{batch}, {batch, batch}};
  auto record = world.Run().ValueOrDie();
  EXPECT_EQ(record.columns[0].nulls, 9);
  EXPECT_EQ(record.columns[0].count, 3);
}

TEST(Copy, PlansAndChecksFirst) {
  CopyWorld world;
  MemoryBudget budget(1 << 30);
  world.source.slices = {{Numbers(0, 3)}};
  world.source.fidelity = Fidelity::kLossy;
  auto lossy = Copy(world.spec, world.registry, &budget, &world.progress, {});
  EXPECT_TRUE(IsErrorCode(lossy.status(), "plan.lossy"));
  EXPECT_TRUE(world.files.open.empty());
  world.source.fidelity = Fidelity::kExact;
  EXPECT_TRUE(Copy(world.spec, world.registry, &budget, &world.progress, {}).ok());
  EXPECT_EQ(world.files.visible.at("out.array"), "[0,1,2]");
  EXPECT_EQ(budget.bytes_used(), 0);
}

TEST(Copy, TheFingerprintIsOfNamesAndTypes) {
  auto fingerprint = [](const std::string& name, const std::shared_ptr<arrow::DataType>& type) {
    CopyWorld world;
    world.source.schema = arrow::schema({arrow::field(name, type)});
    return world.Run().ValueOrDie().schema_fingerprint;
  };
  EXPECT_EQ(fingerprint("id", arrow::int64()), fingerprint("id", arrow::int64()));
  EXPECT_NE(fingerprint("id", arrow::int64()), fingerprint("id", arrow::int32()));
  EXPECT_NE(fingerprint("id", arrow::int64()), fingerprint("no", arrow::int64()));
}

}  // namespace
}  // namespace weir
