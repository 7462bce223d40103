// From what a file reader yields to what a Source promises.
#pragma once

#include <arrow/record_batch.h>

#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "base/status.h"
#include "format/arrow_io/local_file.h"

namespace weir {

struct FileBatchesOptions {
  std::shared_ptr<LocalFile> file;
  std::shared_ptr<arrow::Schema> schema;  // of the batches delivered
  std::vector<int> columns;               // of the raw batches, one for each field of `schema`
  int64_t rows_max = INT64_MAX;           // stop after so many
  bool rows_max_is_exact = false;         // fewer are damage
  int64_t batch_bytes = 0;                // cut larger batches
  int64_t value_bytes_max = 0;            // refuse larger values
  int64_t first_row = 0;                  // of the file, for messages
  std::stop_token stop;
  // Turns a failure in Arrow's words (the file is damaged, a type is not supported) into ours.
  std::function<Status(const Status&)> explain;
};

// Takes raw batches, whose values nobody has checked yet, and delivers checked ones: validated,
// columns chosen and renamed, plain layouts, bounded, limited. Used by one thread.
class FileBatches : public arrow::RecordBatchReader {
 public:
  // The next raw batch, null at the end.
  using NextFunction = std::function<Result<std::shared_ptr<arrow::RecordBatch>>()>;

  FileBatches(FileBatchesOptions options, NextFunction next)
      : options_(std::move(options)), next_(std::move(next)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return options_.schema; }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override;

 private:
  Result<std::shared_ptr<arrow::RecordBatch>> Next();
  Result<std::shared_ptr<arrow::RecordBatch>> CheckEnd() const;
  Status LoadRaw();
  Result<std::shared_ptr<arrow::RecordBatch>> TakePiece();
  Result<std::shared_ptr<arrow::RecordBatch>> ChooseAndConvert(const arrow::RecordBatch& piece);
  Status CheckValueSizes(const arrow::RecordBatch& batch) const;

  const FileBatchesOptions options_;
  const NextFunction next_;
  std::shared_ptr<arrow::RecordBatch> raw_;
  int64_t raw_row_ = 0;  // first row of raw_ not delivered yet
  int64_t rows_ = 0;     // delivered
};

}  // namespace weir
