// Reads one slice: COPY BINARY rows into Arrow batches cut by bytes.
#pragma once

#include <arrow/record_batch.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "core/source.h"
#include "db/postgres/copy_channel.h"
#include "db/postgres/row_decoder.h"

namespace weir::postgres {

std::string CopyStatement(const std::string& select_sql);

// The largest row that is received, when no value may be larger than `value_bytes_max`.
int64_t RowBytesMax(int64_t value_bytes_max);

struct CopyReaderOptions : RowDecoderOptions {
  int64_t batch_bytes = 0;
  int64_t statement_timeout_ms = 0;  // of the session; 0: none
  bool check_locked = false;         // at the end: CheckLocked, of what only functions read, too
};

// Used by one thread. A reader that is destroyed before its end cancels the statement and drops the
// channel; one that came to its end gives the channel back.
class CopyReader : public arrow::RecordBatchReader {
 public:
  using GiveBack = std::function<void(std::unique_ptr<CopyChannel>)>;

  // Reads what CopyStatement made. `next` is sent ahead, unless it is empty.
  static Result<std::unique_ptr<CopyReader>> Open(std::unique_ptr<CopyChannel> channel,
                                                  const std::string& statement, std::string next,
                                                  CopyReaderOptions options, GiveBack give_back,
                                                  std::stop_token stop);
  ~CopyReader() override;

  std::shared_ptr<arrow::Schema> schema() const override { return options_.schema; }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override;

 private:
  CopyReader(std::unique_ptr<CopyChannel> channel, CopyReaderOptions options, GiveBack give_back,
             std::stop_token stop);

  // Fills the decoder until the batch is large enough or the rows end; returns how many rows.
  Result<int64_t> FillBatch();
  Status Explain(Status failure);
  void GiveBackChannel();

  const CopyReaderOptions options_;
  const GiveBack give_back_;
  const std::stop_token stop_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::unique_ptr<CopyChannel> channel_;  // null once given back
  RowDecoder decoder_;
  std::unique_ptr<std::stop_callback<std::function<void()>>> on_stop_;
};

}  // namespace weir::postgres
