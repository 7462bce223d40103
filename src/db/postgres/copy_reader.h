// Reads one slice: COPY BINARY rows into Arrow batches cut by bytes.
#pragma once

#include <arrow/record_batch.h>

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "core/source.h"
#include "db/postgres/copy_stream.h"
#include "db/postgres/row_decoder.h"
#include "db/postgres/session.h"

namespace weir::postgres {

struct CopyReaderOptions : RowDecoderOptions {
  int64_t batch_bytes = 0;
};

// Used by one thread. A reader that is destroyed before its end cancels the statement and drops the
// connection; one that came to its end gives the connection back.
class CopyReader : public arrow::RecordBatchReader {
 public:
  using GiveBack = std::function<void(std::unique_ptr<Connection>)>;

  static Result<std::unique_ptr<CopyReader>> Open(std::unique_ptr<Connection> connection,
                                                  const std::string& select_sql,
                                                  CopyReaderOptions options, GiveBack give_back,
                                                  std::stop_token stop);
  ~CopyReader() override;

  std::shared_ptr<arrow::Schema> schema() const override { return options_.schema; }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override;

 private:
  CopyReader(std::unique_ptr<Connection> connection, CopyReaderOptions options, GiveBack give_back,
             std::stop_token stop);

  // Fills the decoder until the batch is large enough or the rows end; returns how many rows.
  Result<int64_t> FillBatch();
  Status Explain(Status failure);
  void EndStream();

  const CopyReaderOptions options_;
  const GiveBack give_back_;
  const std::stop_token stop_;
  std::unique_ptr<Connection> connection_;  // null once given back
  std::unique_ptr<CopyStream> stream_;
  RowDecoder decoder_;
  std::unique_ptr<std::stop_callback<std::function<void()>>> on_stop_;
};

}  // namespace weir::postgres
