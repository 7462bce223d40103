// Appends batches to a new table of a new database.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "db/duckdb/connection.h"
#include "db/duckdb/owned.h"

namespace weir::duckdb {

// Used by one thread. Destroying it without Finish leaves the file as it may be.
class TableWriter {
 public:
  // Creates the file at `path` and `table` in it. DuckDB spills to `spill_path`, and takes up to
  // `engine_bytes`: "duckdb.out_of_memory" for columns too many or rows too wide for that.
  static Result<std::unique_ptr<TableWriter>> Create(const std::string& path,
                                                     const std::string& spill_path,
                                                     const std::string& table,
                                                     std::shared_ptr<arrow::Schema> schema,
                                                     int64_t engine_bytes);
  ~TableWriter();
  TableWriter(const TableWriter&) = delete;
  TableWriter& operator=(const TableWriter&) = delete;

  Status Write(const arrow::RecordBatch& batch);
  // Writes everything into the file, without a log beside it, and closes it.
  Status Finish();

 private:
  struct TableName {
    std::string schema;
    std::string name;
  };

  TableWriter(std::unique_ptr<Database> database, std::unique_ptr<Connection> connection,
              std::string path, TableName table, std::shared_ptr<arrow::Schema> schema,
              int64_t engine_bytes);

  Status Attach(int64_t row_group_rows);
  Status OpenAppender();
  void CloseAppender();
  Status ConvertSchema();
  Status Prepare(int64_t rows, int64_t bytes);
  Status ProvideMemory(int64_t row_bytes);
  Status AppendRows(const arrow::RecordBatch& rows, int64_t bytes);
  Status Flush();
  Status Commit();
  Status AppenderError() const;

  const std::unique_ptr<Database> database_;
  const std::unique_ptr<Connection> connection_;
  const Library& library_;
  const std::string path_;
  const TableName table_;
  const std::shared_ptr<arrow::Schema> schema_;
  const std::shared_ptr<arrow::Schema> export_schema_;
  Owned<duckdb_arrow_converted_schema> converted_schema_;
  duckdb_appender appender_ = nullptr;
  const int64_t engine_bytes_;
  int64_t memory_bytes_ = 0;  // DuckDB's limit
  int64_t row_group_rows_ = 0;
  int64_t rows_in_group_ = 0;  // since the last commit
  int64_t rows_unflushed_ = 0;
  int64_t bytes_unflushed_ = 0;
  bool started_ = false;
};

}  // namespace weir::duckdb
