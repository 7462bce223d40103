// The record batches of a local Arrow IPC file or stream, as they stand there.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "format/arrow_io/local_file.h"

namespace arrow::ipc {
class RecordBatchFileReader;
class RecordBatchStreamReader;
}  // namespace arrow::ipc

namespace weir::arrow_ipc {

// Used by one thread.
class RawReader {
 public:
  // All fields are read: Arrow would read some of them by copying the whole batch, where a mapped
  // batch costs nothing for the columns that nobody looks at.
  static Result<std::unique_ptr<RawReader>> Open(const std::string& path);

  const std::shared_ptr<LocalFile>& file() const { return file_; }
  std::shared_ptr<arrow::Schema> schema() const;
  // "stream" or "file".
  const char* form() const { return file_reader_ != nullptr ? "file" : "stream"; }
  // -1: unknown.
  Result<int64_t> CountRows() const;

  // The next batch, null at the end.
  Result<std::shared_ptr<arrow::RecordBatch>> Next();

  // A failure of Arrow's in our words.
  Status Explain(const Status& failure) const;

 private:
  explicit RawReader(std::shared_ptr<LocalFile> file) : file_(std::move(file)) {}

  Status OpenForm();

  const std::shared_ptr<LocalFile> file_;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_reader_;
  std::shared_ptr<arrow::ipc::RecordBatchStreamReader> stream_reader_;
  int next_ = 0;  // record batch of the file
};

}  // namespace weir::arrow_ipc
