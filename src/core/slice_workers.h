// The reading half of the copy loop: threads that take slices in order, read them batch by batch
// and push what they make of each batch.
#pragma once

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/exhaustion.h"
#include "core/range_text.h"
#include "core/retrying_reader.h"
#include "core/slice_queue.h"
#include "core/source.h"

namespace weir {

// NULLs per column, summed over all workers.
class NullCounts {
 public:
  explicit NullCounts(size_t columns) : nulls_(columns, 0) {}

  void Add(const std::vector<int64_t>& nulls) {
    std::lock_guard lock(mutex_);
    for (size_t i = 0; i < nulls_.size(); ++i) nulls_[i] += nulls[i];
  }
  std::vector<int64_t> Get() const {
    std::lock_guard lock(mutex_);
    return nulls_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<int64_t> nulls_;
};

// Bytes of the batch's buffers; those that columns share count more than once.
int64_t BufferBytes(const arrow::RecordBatch& batch);

// What a worker makes of one batch, and how many bytes it holds.
template <typename T>
struct Produced {
  T value;
  int64_t bytes = 0;
};

// Makes each worker's own function (with its own encoder) on that worker's thread.
template <typename T>
using MakeBatchFunction = std::function<
    Result<std::function<Result<Produced<T>>(std::shared_ptr<arrow::RecordBatch>)>>()>;

// Destruction stops the threads and joins them; readers see `stop` and end within 2 s.
template <typename T>
class SliceWorkers {
 public:
  // Everything given must outlive the workers. `stop` is the copy's; it is passed to every reader.
  // A batch of more than `large_batch_bytes` is made alone: while it is, nothing else waits.
  SliceWorkers(int64_t slice_count, std::function<Slice(int64_t)> slice_at,
               RetryingReader::OpenFunction open, MakeBatchFunction<T> make_function,
               SliceQueue<T>* queue, NullCounts* nulls, std::stop_token stop,
               int64_t large_batch_bytes = INT64_MAX)
      : slice_count_(slice_count),
        large_batch_bytes_(large_batch_bytes),
        slice_at_(std::move(slice_at)),
        open_(std::move(open)),
        make_function_(std::move(make_function)),
        queue_(queue),
        nulls_(nulls),
        stop_(std::move(stop)) {}

  ~SliceWorkers() { queue_->Fail(Error("interrupted", "the copy has ended")); }

  void Start(int jobs) {
    next_ = jobs;
    for (int i = 0; i < jobs; ++i) threads_.emplace_back([this, i] { Run(i); });
  }

  // After this the null counts are complete. REQUIRES: the queue has ended.
  void Join() { threads_.clear(); }

 private:
  void Run(int64_t first) {
    Status status = CatchExhaustion([&] { return Work(first); });
    if (!status.ok()) queue_->Fail(std::move(status));
  }

  // Makes the slice `first`, and then whichever are left, each chosen one slice ahead.
  Status Work(int64_t first) {
    ARROW_ASSIGN_OR_RAISE(auto function, make_function_());
    std::vector<int64_t> nulls(nulls_->Get().size(), 0);
    bool large = false;  // the last batch was; so may be the next
    for (int64_t index = first, next = 0; index < slice_count_; index = next) {
      next = next_++;
      Slice slice = slice_at_(index);
      if (next < slice_count_) slice.next = next;
      RetryingReader reader(open_, slice, stop_);
      int64_t rows = 0;
      while (true) {
        if (large && !queue_->AwaitTurn(index)) return Status::OK();
        ARROW_ASSIGN_OR_RAISE(auto batch, reader.Next());
        if (batch == nullptr) break;
        large = BufferBytes(*batch) > large_batch_bytes_;
        if (large && !queue_->AwaitTurn(index)) return Status::OK();
        for (size_t i = 0; i < nulls.size(); ++i) {
          nulls[i] += batch->column_data(static_cast<int>(i))->GetNullCount();
        }
        const int64_t first_row = rows + 1;
        rows += batch->num_rows();
        auto made = function(std::move(batch));
        if (!made.ok())
          return WithContext(made.status(), Where(made.status(), slice, first_row, rows));
        Produced<T> produced = std::move(*made);
        if (!queue_->Push(index, std::move(produced.value), produced.bytes)) return Status::OK();
      }
      queue_->EndSlice(index);
    }
    nulls_->Add(nulls);
    return Status::OK();
  }

  // The row, or all of the batch when the failure does not know it.
  static std::string Where(const Status& failure, const Slice& slice, int64_t first_row,
                           int64_t last_row) {
    const int64_t row = GetErrorInfo(failure).batch_row;
    const std::string rows = row < 0 ? "batch of " + Range("row", first_row, last_row)
                                     : fmt::format("row {}", first_row + row);
    return fmt::format("{} of slice {} ({})", rows, slice.index, slice.locator);
  }

  const int64_t slice_count_;
  const int64_t large_batch_bytes_;
  const std::function<Slice(int64_t)> slice_at_;
  const RetryingReader::OpenFunction open_;
  const MakeBatchFunction<T> make_function_;
  SliceQueue<T>* const queue_;
  NullCounts* const nulls_;
  const std::stop_token stop_;
  std::atomic<int64_t> next_{0};       // that nobody has chosen
  std::vector<std::jthread> threads_;  // last: joined before the rest goes
};

}  // namespace weir
