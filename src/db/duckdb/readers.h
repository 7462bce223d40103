// The two ways rows are read: a range of a table's row numbers, and a whole statement.
#pragma once

#include <arrow/type_fwd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "db/duckdb/connection.h"
#include "db/duckdb/convert.h"
#include "db/duckdb/memory_limit.h"

namespace weir::duckdb {

struct ReadColumns {
  std::shared_ptr<arrow::Schema> schema;
  std::vector<std::string> expressions;      // one per field
  std::vector<const Converter*> converters;  // one per field
};

struct ReaderLimits {
  int64_t batch_bytes = 0;
  int64_t value_bytes_max = 0;
  int64_t statement_timeout_ms = 0;
};

// Rows begin <= rowid < end of a table, in that order.
struct TableRange {
  std::string from;   // for FROM
  std::string where;  // the user's condition; empty: none
  int64_t begin = 0;
  int64_t end = 0;
};

// Reads a range in steps of rows that fit into the memory limit: where 2048 rows do not, the
// statement fails, and the reader goes on behind the last row it got with smaller steps, then with
// a raised limit. What cannot be read even alone is "memory.value_too_large". `step_hint` carries
// the size that worked from reader to reader. `connection` is given away; everything else outlives
// the reader.
Result<std::unique_ptr<arrow::RecordBatchReader>> OpenTableReader(
    std::unique_ptr<Connection> connection, ReadColumns columns, TableRange range,
    const ReaderLimits& limits, MemoryLimit* memory, std::atomic<int64_t>* step_hint,
    std::stop_token stop);

// Reads what `select` returns. As long as no row is there, it is tried again with a raised limit
// when memory runs out.
Result<std::unique_ptr<arrow::RecordBatchReader>> OpenStatementReader(
    std::unique_ptr<Connection> connection, ReadColumns columns, const std::string& select,
    const ReaderLimits& limits, MemoryLimit* memory, std::stop_token stop);

}  // namespace weir::duckdb
