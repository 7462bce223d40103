#include "core/retrying_reader.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <utility>

#include "core/batch_crc.h"

namespace weir {
namespace {

constexpr int kAttemptsMax = 5;

// It would be silently wrong to go on: rows twice, and others not at all.
Status NotReproducible() {
  return Error("source.not_reproducible",
               "a slice that was read again after a failure had other rows than before",
               "run the copy again");
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> RetryingReader::Next() {
  while (true) {
    auto batch = TryNext();
    if (batch.ok()) {
      first_failure_ = Status::OK();
      return batch;
    }
    const bool opened = std::exchange(reader_, nullptr) != nullptr;
    if (IsErrorCode(batch.status(), "interrupted")) return batch.status();
    if (!MayRetry(batch.status())) {
      return WithContext(opened ? batch.status() : Failure(batch.status()), slice_.locator);
    }
    if (first_failure_.ok()) first_failure_ = batch.status();
    if (!WaitBeforeRetry()) return Interrupted();
    ++attempts_;
    rows_to_skip_ = rows_delivered_;
    skipped_crc_ = 0;
  }
}

Result<std::shared_ptr<arrow::RecordBatch>> RetryingReader::TryNext() {
  if (reader_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(reader_, open_(slice_));
  }
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader_->ReadNext(&batch));
    if (batch == nullptr && rows_to_skip_ > 0) return NotReproducible();
    if (batch == nullptr) return batch;
    if (rows_to_skip_ == 0) {
      rows_delivered_ += batch->num_rows();
      if (slice_.reproducible) delivered_crc_ = BatchCrc64(delivered_crc_, *batch);
      return batch;
    }
    // The same rows are cut into the same batches.
    rows_to_skip_ -= batch->num_rows();
    skipped_crc_ = BatchCrc64(skipped_crc_, *batch);
    if (rows_to_skip_ < 0 || (rows_to_skip_ == 0 && skipped_crc_ != delivered_crc_)) {
      return NotReproducible();
    }
  }
}

Status RetryingReader::Failure(const Status& last) const {
  if (first_failure_.ok() || stop_.stop_requested()) return last;
  ErrorInfo info = GetErrorInfo(first_failure_);
  info.retryable = false;
  if (first_failure_.message() == last.message()) return Error(std::move(info), last.message());
  return Error(std::move(info),
               fmt::format("{}; trying again: {}", first_failure_.message(), last.message()));
}

bool RetryingReader::MayRetry(const Status& failure) const {
  if (stop_.stop_requested() || attempts_ >= kAttemptsMax) return false;
  if (!GetErrorInfo(failure).retryable) return false;
  return slice_.reproducible || rows_delivered_ == 0;
}

bool RetryingReader::WaitBeforeRetry() {
  std::mutex mutex;
  std::condition_variable_any wakeup;
  std::unique_lock lock(mutex);
  wakeup.wait_for(lock, stop_, first_delay_ * (1 << attempts_), [] { return false; });
  return !stop_.stop_requested();
}

}  // namespace weir
