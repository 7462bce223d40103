// How far the copy loop reads ahead of a slow sink.
#include "core/copy.h"
#include "core/copy_testing.h"

namespace weir {
namespace {

constexpr int64_t kSlices = 200, kBatchBytes = 100'000, kBatchesMax = 10;
constexpr int kJobs = 3;

// A list of kBatchBytes as a batch of one row.
BatchPointer ListBatch() {
  auto values = std::make_shared<arrow::Int64Builder>();
  arrow::ListBuilder builder(arrow::default_memory_pool(), values);
  EXPECT_TRUE(builder.Append().ok());
  for (int64_t i = 0; i < kBatchBytes / 8; ++i) EXPECT_TRUE(values->Append(i).ok());
  auto array = builder.Finish().ValueOrDie();
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("list", array->type())}), 1, {array});
}

// Copies kSlices slices of one `batch`, with memory for `batches` of them; how many were read
// before the sink took its first one, which it does only when nobody reads on.
int ReadAhead(const BatchPointer& batch, const std::string& path, int64_t batches = kBatchesMax) {
  CopyWorld world;
  world.source.schema = batch->schema();
  world.source.slices.resize(kSlices, {batch});
  std::atomic<int> read{0};
  world.source.on_read = [&](int64_t, size_t batch, const std::stop_token&) {
    if (batch == 0) ++read;
    return Status::OK();
  };
  int read_before_write = 0;
  auto wait_for_quiet = [&] {
    if (read_before_write > 0) return Status::OK();
    EXPECT_TRUE(SoonTrue([&] { return read > kJobs; }));  // the sink is not waited for
    while (read_before_write != read) {
      read_before_write = read;
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
    return Status::OK();
  };
  world.table.on_write = wait_for_quiet;
  world.files.on_step = [&](std::string_view what, std::string_view bytes) {
    return what == "write" && bytes.size() > 10 ? wait_for_quiet() : Status::OK();
  };
  world.spec.jobs = kJobs;
  world.spec.sink.path = path;
  world.spec.options.row_group_bytes = 1;
  EXPECT_TRUE(world.Run({}, batches * kBatchBytes).ok());
  return read_before_write;
}

TEST(CopyMemory, WhatWaitsIsBounded) {
  const BatchPointer batch = LongTexts(1, kBatchBytes);
  for (const char* path : {"out.array", "out.blocks", "table:"}) {
    EXPECT_LE(ReadAhead(batch, path), kBatchesMax) << path;
  }
}

TEST(CopyMemory, MoreMemoryDoesNotMakeMoreWait) {
  const BatchPointer batch = LongTexts(1, kBatchBytes);
  for (const char* path : {"out.array", "out.blocks", "table:"}) {
    EXPECT_LE(ReadAhead(batch, path, 10'000), 70) << path;  // 2 MiB for each of three jobs
  }
}

// The values of lists are in the children of the column's array.
TEST(CopyMemory, NestedValuesCountToo) {
  const BatchPointer batch = ListBatch();
  for (const char* path : {"out.blocks", "table:"}) {
    EXPECT_LE(ReadAhead(batch, path), kBatchesMax) << path;
  }
}

}  // namespace
}  // namespace weir
