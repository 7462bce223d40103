// Reads a slice, opening it again after a retryable failure (a standby's conflict with recovery, a
// lost connection while the snapshot lives) and skipping the rows already delivered, which must be
// the same once more: else the copy fails, with source.not_reproducible.
#pragma once

#include <arrow/type_fwd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

#include "base/status.h"
#include "core/source.h"

namespace weir {

// Used by one thread; `source` must outlive it.
class RetryingReader {
 public:
  using OpenFunction =
      std::function<Result<std::unique_ptr<arrow::RecordBatchReader>>(const Slice&)>;

  static constexpr std::chrono::milliseconds kFirstDelay{200};

  // The first retry comes after `first_delay`; each later wait is twice as long.
  RetryingReader(OpenFunction open, Slice slice, std::stop_token stop,
                 std::chrono::milliseconds first_delay = kFirstDelay)
      : open_(std::move(open)),
        slice_(std::move(slice)),
        stop_(std::move(stop)),
        first_delay_(first_delay) {}

  // The next batch, nullptr at the end. A slice that is not reproducible is retried only as long
  // as none of its rows were delivered. When the slice cannot be opened again, the failure
  // is the first one, which says what began it.
  Result<std::shared_ptr<arrow::RecordBatch>> Next();

 private:
  Result<std::shared_ptr<arrow::RecordBatch>> TryNext();
  Status Failure(const Status& last) const;
  bool MayRetry(const Status& failure) const;
  bool WaitBeforeRetry();

  const OpenFunction open_;
  const Slice slice_;
  const std::stop_token stop_;
  const std::chrono::milliseconds first_delay_;
  std::unique_ptr<arrow::RecordBatchReader> reader_;
  int64_t rows_delivered_ = 0;
  uint64_t delivered_crc_ = 0;  // of those rows
  int64_t rows_to_skip_ = 0;
  uint64_t skipped_crc_ = 0;
  int attempts_ = 0;
  Status first_failure_;  // since the last batch
};

}  // namespace weir
