// The rows of a running statement, chunk by chunk, as DuckDB exports them to Arrow.
#pragma once

#include <arrow/type_fwd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "db/duckdb/connection.h"
#include "db/duckdb/owned.h"

namespace weir::duckdb {

// What DuckDB delivers, 2048 rows at most: one array per column, of the storage types (extension
// types taken off) that Arrow's export has with arrow_lossless_conversion.
struct Chunk {
  int64_t row_count = 0;
  std::vector<std::shared_ptr<arrow::ArrayData>> columns;
};

// Nothing is materialised: the statement advances as rows are asked for, on the asking thread.
// Used by one thread. The connection must outlive the stream and run nothing else meanwhile.
class Stream {
 public:
  // Runs `select` up to its first rows. `stop` wakes it and every later Next ("interrupted");
  // `timeout_ms` (0: none) counts from here and is looked at between DuckDB's steps
  // ("duckdb.statement_timeout").
  static Result<std::unique_ptr<Stream>> Start(Connection* connection, const std::string& select,
                                               int64_t timeout_ms, std::stop_token stop);

  // The next chunk, of 1 row at least; nothing at the end.
  Result<std::optional<Chunk>> Next();

 private:
  Stream(Connection* connection, int64_t timeout_ms, std::stop_token stop);

  Status Prepare(const std::string& select);
  Status RunToFirstRows();
  Status ImportTypes();
  Status CheckLimits() const;
  Result<Chunk> Export(duckdb_data_chunk chunk) const;

  struct Interrupt {
    const Library* library;
    duckdb_connection connection;
    void operator()() const { library->interrupt(connection); }
  };

  const Library& library_;
  Connection* const connection_;
  const int64_t timeout_ms_;
  const std::chrono::steady_clock::time_point started_;
  const std::stop_token stop_;
  Owned<duckdb_prepared_statement> prepared_;
  Owned<duckdb_pending_result> pending_;
  Owned<duckdb_result> result_;
  Owned<duckdb_arrow_options> arrow_options_;
  std::shared_ptr<arrow::DataType> storage_;  // a struct of the columns
  bool ended_ = false;
  std::stop_callback<Interrupt> on_stop_;
};

}  // namespace weir::duckdb
