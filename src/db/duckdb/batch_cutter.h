// Chunks of DuckDB's size in, batches of ours out.
#pragma once

#include <arrow/type_fwd.h>

#include <deque>
#include <memory>
#include <vector>

#include "base/status.h"
#include "db/duckdb/convert.h"
#include "db/duckdb/stream.h"

namespace weir::duckdb {

// Used by one thread.
class BatchCutter {
 public:
  // `converters` are the schema's columns', and outlive this.
  BatchCutter(std::shared_ptr<arrow::Schema> schema, std::vector<const Converter*> converters,
              int64_t batch_bytes);

  // A value that could not be converted: which, and why.
  struct Failure {
    int column = -1;
    int64_t row = -1;  // of the chunk; -1: unknown
  };

  // Converts the chunk's first columns, as many as the schema has.
  Status Add(const Chunk& chunk, Failure* failure);
  // No more chunks follow: what is left becomes batches.
  Status Finish();
  // The next batch that is complete; null when there is none yet.
  std::shared_ptr<arrow::RecordBatch> Take();

 private:
  Status Cut();

  const std::shared_ptr<arrow::Schema> schema_;
  const std::vector<const Converter*> converters_;
  const int64_t batch_bytes_;
  arrow::RecordBatchVector waiting_;
  int64_t waiting_bytes_ = 0;
  std::deque<std::shared_ptr<arrow::RecordBatch>> ready_;
};

}  // namespace weir::duckdb
