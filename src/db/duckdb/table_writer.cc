#include "db/duckdb/table_writer.h"

#include <arrow/array.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/byte_size.h"
#include "base/process_memory.h"
#include "core/copy_spec.h"
#include "db/duckdb/errors.h"
#include "db/duckdb/relation.h"
#include "db/duckdb/sink_types.h"
#include "db/duckdb/sql_text.h"

namespace weir::duckdb {
namespace {

constexpr char kCatalog[] = "weir_sink";
constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kVectorRows = 2048;

// DuckDB's row group, smaller when rows are wide: the open one is held in memory or spilled.
constexpr int64_t kRowGroupRowsMax = 122'880;
constexpr int64_t kRowGroupBytes = 64 * kMiB;

constexpr int64_t kMemoryMin = 32 * kMiB;
// The open row group has a block of 256 KiB for each column.
constexpr int64_t kColumnBytes = 280 * 1024;
// DuckDB compresses and copies whole vectors of 2048 rows: so many of them within its limit, and so
// many that it does not count. Measured, as is what it holds beside all that.
constexpr int64_t kVectorsInMemory = 2;
constexpr int64_t kVectorsUncounted = 3;
constexpr int64_t kLibraryBytes = 40 * kMiB;

// What the appender holds before the table has it.
constexpr int64_t kFlushBytes = 4 * kMiB;
constexpr int64_t kFlushRows = 10 * kVectorRows;

int64_t RowGroupRows(int64_t row_bytes) {
  int64_t rows = kRowGroupBytes / std::max<int64_t>(row_bytes, 1) / kVectorRows * kVectorRows;
  return std::clamp(rows, kVectorRows, kRowGroupRowsMax);
}

Status CheckError(const Library& library, duckdb_error_data error) {
  Owned<duckdb_error_data> owned(library.destroy_error_data);
  owned.value = error;
  if (error == nullptr || !library.error_data_has_error(error)) return Status::OK();
  return StatementError(library.error_data_message(error));
}

}  // namespace

TableWriter::TableWriter(std::unique_ptr<Database> database, std::unique_ptr<Connection> connection,
                         std::string path, TableName table, std::shared_ptr<arrow::Schema> schema,
                         int64_t engine_bytes)
    : database_(std::move(database)),
      connection_(std::move(connection)),
      library_(database_->library()),
      path_(std::move(path)),
      table_(std::move(table)),
      schema_(std::move(schema)),
      export_schema_(ExportSchema(*schema_)),
      converted_schema_(library_.destroy_arrow_converted_schema),
      engine_bytes_(engine_bytes) {}

Result<std::unique_ptr<TableWriter>> TableWriter::Create(const std::string& path,
                                                         const std::string& spill_path,
                                                         const std::string& table,
                                                         std::shared_ptr<arrow::Schema> schema,
                                                         int64_t engine_bytes) {
  std::vector<std::string> parts = SplitName(table);
  if (parts.empty() || parts.size() > 2) {
    return Error("duckdb.table_name", fmt::format("\"{}\" cannot be the name of a table", table),
                 "give a name, or schema.name");
  }
  TableName name{parts.size() == 2 ? parts[0] : "main", parts.back()};
  DatabaseSettings settings;
  settings.read_only = false;
  settings.memory_bytes = kMemoryMin;
  settings.spill_directory = spill_path;
  ARROW_ASSIGN_OR_RAISE(auto database, Database::Open("", settings));
  ARROW_ASSIGN_OR_RAISE(auto connection, database->Connect());
  std::unique_ptr<TableWriter> writer(new TableWriter(std::move(database), std::move(connection),
                                                      path, std::move(name), std::move(schema),
                                                      engine_bytes));
  ARROW_RETURN_NOT_OK(writer->ProvideMemory(0));
  ARROW_RETURN_NOT_OK(writer->Attach(kRowGroupRowsMax));
  ARROW_RETURN_NOT_OK(writer->ConvertSchema());
  ReleaseLibraryPages();  // of parser and planner
  return writer;
}

TableWriter::~TableWriter() {
  CloseAppender();
}

Status TableWriter::Attach(int64_t row_group_rows) {
  ARROW_RETURN_NOT_OK(connection_->Execute(fmt::format(
      "ATTACH {} AS {} (ROW_GROUP_SIZE {})", QuoteLiteral(path_), kCatalog, row_group_rows)));
  row_group_rows_ = row_group_rows;
  std::string schema = fmt::format("{}.{}", kCatalog, QuoteIdentifier(table_.schema));
  ARROW_RETURN_NOT_OK(connection_->Execute(fmt::format("CREATE SCHEMA IF NOT EXISTS {}", schema)));
  return connection_->Execute(CreateTable(schema + "." + QuoteIdentifier(table_.name), *schema_));
}

Status TableWriter::ConvertSchema() {
  ArrowSchema exported{};
  ARROW_RETURN_NOT_OK(arrow::ExportSchema(*export_schema_, &exported));
  Status status = CheckError(library_, library_.schema_from_arrow(connection_->handle(), &exported,
                                                                  &converted_schema_.value));
  if (exported.release != nullptr) exported.release(&exported);
  return status;
}

Status TableWriter::OpenAppender() {
  ARROW_RETURN_NOT_OK(connection_->Execute("BEGIN"));
  if (library_.appender_create_ext(connection_->handle(), kCatalog, table_.schema.c_str(),
                                   table_.name.c_str(), &appender_) == DuckDBSuccess) {
    return Status::OK();
  }
  return AppenderError();
}

void TableWriter::CloseAppender() {
  if (appender_ != nullptr) library_.appender_destroy(&appender_);
  appender_ = nullptr;
}

Status TableWriter::AppenderError() const {
  Status status = CheckError(library_, library_.appender_error_data(appender_));
  return status.ok() ? Error("duckdb.failed", "DuckDB does not take the rows") : status;
}

// Fits row groups and memory to the width of the rows.
Status TableWriter::Prepare(int64_t rows, int64_t bytes) {
  int64_t row_bytes = bytes / std::max<int64_t>(rows, 1);
  if (!started_) {
    started_ = true;
    int64_t wanted = RowGroupRows(row_bytes);
    if (wanted < row_group_rows_) {
      // The size of row groups is fixed while a file is attached; the table is still empty.
      ARROW_RETURN_NOT_OK(connection_->Execute(fmt::format("DROP TABLE {}.{}.{}", kCatalog,
                                                           QuoteIdentifier(table_.schema),
                                                           QuoteIdentifier(table_.name))));
      ARROW_RETURN_NOT_OK(connection_->Execute(fmt::format("DETACH {}", kCatalog)));
      ARROW_RETURN_NOT_OK(Attach(wanted));
    }
    ARROW_RETURN_NOT_OK(OpenAppender());
  }
  return ProvideMemory(row_bytes);
}

Status TableWriter::ProvideMemory(int64_t row_bytes) {
  const int64_t vector = kVectorRows * row_bytes;
  const int64_t limit = kMemoryMin / 2 + schema_->num_fields() * kColumnBytes;
  const int64_t needed = std::max({kMemoryMin, limit, kMemoryMin / 2 + kVectorsInMemory * vector});
  if (needed <= memory_bytes_) return Status::OK();
  const int64_t all = kLibraryBytes + needed + kVectorsUncounted * vector;
  if (all > engine_bytes_) {
    // Of what is beyond the program itself, the engine has three quarters.
    const int64_t wanted = (all + all / 3 + kProgramBytes) / kMiB + 1;
    return Error("duckdb.out_of_memory",
                 fmt::format("DuckDB takes {} for {} columns{}, and may take {}",
                             FormatByteSize(all), schema_->num_fields(),
                             row_bytes == 0 ? "" : " and rows of " + FormatByteSize(row_bytes),
                             FormatByteSize(engine_bytes_)),
                 fmt::format("give --memory {}MiB, or take fewer columns", wanted));
  }
  memory_bytes_ = needed;
  return connection_->Execute(fmt::format("SET memory_limit = '{}B'", memory_bytes_));
}

Status TableWriter::Write(const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(auto prepared, PrepareBatch(batch, export_schema_));
  ARROW_ASSIGN_OR_RAISE(int64_t bytes, arrow::util::ReferencedBufferSize(*prepared));
  int64_t rows = prepared->num_rows();
  ARROW_RETURN_NOT_OK(Prepare(rows, bytes));
  for (int64_t begin = 0; begin < rows;) {
    int64_t count = std::min({rows - begin, kVectorRows, row_group_rows_ - rows_in_group_});
    ARROW_RETURN_NOT_OK(AppendRows(*prepared->Slice(begin, count), bytes * count / rows));
    begin += count;
  }
  return Status::OK();
}

Status TableWriter::AppendRows(const arrow::RecordBatch& rows, int64_t bytes) {
  ArrowArray exported{};
  ARROW_RETURN_NOT_OK(arrow::ExportRecordBatch(rows, &exported));
  Owned<duckdb_data_chunk> chunk(library_.destroy_data_chunk);
  Status status =
      CheckError(library_, library_.data_chunk_from_arrow(connection_->handle(), &exported,
                                                          converted_schema_.value, &chunk.value));
  if (!status.ok()) {
    if (exported.release != nullptr) exported.release(&exported);
    return status;
  }
  if (library_.append_data_chunk(appender_, chunk.value) != DuckDBSuccess) return AppenderError();
  rows_in_group_ += rows.num_rows();
  rows_unflushed_ += rows.num_rows();
  bytes_unflushed_ += bytes;
  // Nobody sees the file yet, so a finished row group is committed, and leaves the memory, at once.
  if (rows_in_group_ >= row_group_rows_) return Commit();
  if (bytes_unflushed_ >= kFlushBytes || rows_unflushed_ >= kFlushRows) return Flush();
  return Status::OK();
}

Status TableWriter::Flush() {
  rows_unflushed_ = 0;
  bytes_unflushed_ = 0;
  return library_.appender_flush(appender_) == DuckDBSuccess ? Status::OK() : AppenderError();
}

Status TableWriter::Commit() {
  rows_in_group_ = 0;
  ARROW_RETURN_NOT_OK(Flush());
  ARROW_RETURN_NOT_OK(connection_->Execute("COMMIT"));
  return connection_->Execute("BEGIN");
}

Status TableWriter::Finish() {
  if (started_) {
    ARROW_RETURN_NOT_OK(Flush());
    if (library_.appender_close(appender_) != DuckDBSuccess) return AppenderError();
    CloseAppender();
    ARROW_RETURN_NOT_OK(connection_->Execute("COMMIT"));
  }
  ARROW_RETURN_NOT_OK(connection_->Execute(fmt::format("CHECKPOINT {}", kCatalog)));
  return connection_->Execute(fmt::format("DETACH {}", kCatalog));
}

}  // namespace weir::duckdb
