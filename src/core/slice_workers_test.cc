#include "core/slice_workers.h"

#include <set>

#include "core/copy_testing.h"

namespace weir {
namespace {

using Values = std::vector<std::string>;
using ValuesFunction = std::function<Result<Produced<Values>>(BatchPointer)>;

BatchPointer WithNulls(const std::vector<std::optional<int64_t>>& values) {
  arrow::Int64Builder builder;
  for (const auto& value : values) EXPECT_TRUE(builder.AppendOrNull(value).ok());
  return arrow::RecordBatch::Make(Numbers(0, 0)->schema(), static_cast<int64_t>(values.size()),
                                  {builder.Finish().ValueOrDie()});
}

// Ten slices of 0 to 2 batches of three rows, one NULL in each batch.
FakeTable TenSlices() {
  FakeTable table;
  for (int64_t slice = 0; slice < 10; ++slice) {
    auto& batches = table.slices.emplace_back();
    for (int64_t i = 0; i < slice % 3; ++i) {
      batches.push_back(WithNulls({slice * 10 + i, std::nullopt, slice}));
    }
  }
  return table;
}

Values AllValues(const FakeTable& table) {
  Values all;
  for (const auto& slice : table.slices) {
    for (const auto& batch : slice) {
      for (std::string& value : ValuesOf(*batch)) all.push_back(std::move(value));
    }
  }
  return all;
}

class SliceWorkersTest : public testing::Test {
 protected:
  // Reads the table with `jobs` workers; the values in the order of delivery.
  Result<Values> Read(int jobs) {
    FakeSource source(&table_);
    SliceQueue<Values> queue(source.description().slice_count, queue_bytes_max_);
    SliceWorkers<Values> workers(
        source.description().slice_count, [&](int64_t i) { return source.SliceAt(i); },
        [&](const Slice& slice) {
          if (slice.next) NameNext(*slice.next);
          return source.Open(slice, stop_.get_token());
        },
        make_function_, &queue, &*nulls_, stop_.get_token());
    workers.Start(jobs);
    Values values;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto item, queue.Pop());
      if (!item.has_value()) break;
      for (std::string& value : item->value) values.push_back(std::move(value));
    }
    workers.Join();
    return values;
  }

  static Result<Produced<Values>> Produce(const BatchPointer& batch) {
    return Produced<Values>{ValuesOf(*batch), batch->num_rows()};
  }

  void NameNext(int64_t slice) {
    std::lock_guard lock(mutex_);
    named_next_.insert(slice);
  }

  FakeTable table_ = TenSlices();
  std::mutex mutex_;
  std::multiset<int64_t> named_next_;  // by all slices that were opened
  MakeBatchFunction<Values> make_function_ = []() -> Result<ValuesFunction> { return Produce; };
  std::optional<NullCounts> nulls_{1};
  std::stop_source stop_;
  int64_t queue_bytes_max_ = 5;
};

TEST_F(SliceWorkersTest, DeliverEveryRowOnceAndInOrder) {
  ASSERT_EQ(AllValues(table_).size(), 27u);
  for (int jobs : {1, 2, 5, 12}) {
    nulls_.emplace(1);
    EXPECT_EQ(Read(jobs).ValueOrDie(), AllValues(table_)) << jobs;
    EXPECT_EQ(nulls_->Get(), std::vector<int64_t>{9}) << jobs;
  }
}

TEST_F(SliceWorkersTest, EverySliceButTheFirstOnesIsNamedByOneBeforeIt) {
  for (int jobs : {1, 2, 5, 12}) {
    named_next_.clear();
    ASSERT_TRUE(Read(jobs).ok());
    std::multiset<int64_t> later;
    for (int64_t slice = jobs; slice < 10; ++slice) later.insert(slice);
    EXPECT_EQ(named_next_, later) << jobs;
  }
}

TEST_F(SliceWorkersTest, ARetriedSliceIsDeliveredAndCountedOnce) {
  std::atomic<int> failures{0};
  table_.on_read = [&](int64_t slice, size_t batch, const std::stop_token&) {
    return slice == 5 && batch == 1 && failures++ == 0 ? RetryableError() : Status::OK();
  };
  EXPECT_EQ(Read(3).ValueOrDie(), AllValues(table_));
  EXPECT_EQ(failures, 2);
  EXPECT_EQ(nulls_->Get(), std::vector<int64_t>{9});
}

TEST_F(SliceWorkersTest, EachWorkerMakesItsFunctionOnItsThread) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::atomic<int> made{0};
  make_function_ = [&]() -> Result<ValuesFunction> {
    ++made;
    // No worker may do another's part before all are here.
    EXPECT_TRUE(SoonTrue([&] { return made == 3; }));
    return [&, maker = std::this_thread::get_id()](const BatchPointer& batch) {
      EXPECT_EQ(std::this_thread::get_id(), maker);
      std::lock_guard lock(mutex);
      threads.insert(maker);
      return Produce(batch);
    };
  };
  EXPECT_TRUE(Read(3).ok());
  EXPECT_EQ(made, 3);
  EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST_F(SliceWorkersTest, FailuresReachTheConsumer) {
  make_function_ = []() -> Result<ValuesFunction> { return Error("test.make", "no encoder"); };
  EXPECT_TRUE(IsErrorCode(Read(2).status(), "test.make"));
  make_function_ = []() -> Result<ValuesFunction> {
    return [](const BatchPointer&) -> Result<Produced<Values>> {
      return Error("test.encode", "no such value");
    };
  };
  EXPECT_TRUE(IsErrorCode(Read(2).status(), "test.encode"));
}

// Slice 5 has two batches of three rows.
TEST_F(SliceWorkersTest, AFailureToEncodeNamesItsRowOrItsBatch) {
  int64_t row = 1;
  make_function_ = [&]() -> Result<ValuesFunction> {
    return [&](const BatchPointer& batch) -> Result<Produced<Values>> {
      if (ValuesOf(*batch)[0] != "51") return Produce(batch);
      const Status failure = Error("test.encode", "no such value");
      return row < 0 ? failure : WithBatchRow(failure, row);
    };
  };
  EXPECT_EQ(Read(2).status().message(), "row 5 of slice 5 (slice 5): no such value");
  row = -1;
  EXPECT_EQ(Read(2).status().message(), "batch of rows 4 to 6 of slice 5 (slice 5): no such value");
}

TEST_F(SliceWorkersTest, AFailureToReadNamesItsSlice) {
  table_.on_read = [](int64_t slice, size_t, const std::stop_token&) {
    return slice == 7 ? Error("test.broken", "broken") : Status::OK();
  };
  const Status status = Read(2).status();
  EXPECT_TRUE(IsErrorCode(status, "test.broken"));
  EXPECT_EQ(status.message(), "slice 7: broken");
}

TEST_F(SliceWorkersTest, WantOfMemoryIsAFailureToo) {
  table_.on_open = [](int64_t slice) {
    if (slice == 4) throw std::bad_alloc();
    return Status::OK();
  };
  EXPECT_TRUE(IsErrorCode(Read(2).status(), "memory.exhausted"));
}

TEST_F(SliceWorkersTest, StopEndsBlockedReaders) {
  std::atomic<int> blocked{0};
  table_.on_read = [&](int64_t, size_t, const std::stop_token& stop) {
    ++blocked;
    return WaitForStop(stop);
  };
  std::jthread stopper([&] {
    EXPECT_TRUE(SoonTrue([&] { return blocked == 2; }));
    stop_.request_stop();
  });
  EXPECT_TRUE(IsErrorCode(Read(2).status(), "interrupted"));
}

TEST_F(SliceWorkersTest, DestructionEndsWorkersThatWaitForRoom) {
  FakeSource source(&table_);
  SliceQueue<Values> queue(source.description().slice_count, 1);
  {
    SliceWorkers<Values> workers(
        source.description().slice_count, [&](int64_t i) { return source.SliceAt(i); },
        [&](const Slice& slice) { return source.Open(slice, stop_.get_token()); }, make_function_,
        &queue, &*nulls_, stop_.get_token());
    workers.Start(3);
    EXPECT_EQ(queue.Pop().ValueOrDie()->slice, 1);  // slice 0 is empty
  }
  EXPECT_TRUE(IsErrorCode(queue.Pop().status(), "interrupted"));
}

}  // namespace
}  // namespace weir
