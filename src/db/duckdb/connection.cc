#include "db/duckdb/connection.h"

#include <fmt/format.h>

#include "base/process_memory.h"
#include "db/duckdb/errors.h"
#include "db/duckdb/owned.h"

namespace weir::duckdb {
namespace {

Status SetConfig(const Library& library, duckdb_config config, const char* name,
                 const std::string& value) {
  if (library.set_config(config, name, value.c_str()) == DuckDBSuccess) return Status::OK();
  return Error("duckdb.failed", fmt::format("DuckDB does not take the setting {}={}", name, value));
}

Status FillConfig(const Library& library, const DatabaseSettings& settings, duckdb_config config) {
  const std::pair<const char*, std::string> values[] = {
      {"access_mode", settings.read_only ? "READ_ONLY" : "AUTOMATIC"},
      {"threads", "1"},
      {"memory_limit", fmt::format("{}B", settings.memory_bytes)},
      {"temp_directory", settings.spill_directory},
      // A query must not fetch code from the network.
      {"autoinstall_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      // Pages of Parquet files are read once; caching them only fills the memory.
      {"enable_external_file_cache", "false"},
      {"arrow_lossless_conversion", "true"},
  };
  for (const auto& [name, value] : values) {
    ARROW_RETURN_NOT_OK(SetConfig(library, config, name, value));
  }
  return Status::OK();
}

std::string_view TextOf(const duckdb_string_t& string) {
  // Up to 12 bytes stand in the value itself; see duckdb.h.
  constexpr uint32_t kInlinedMax = 12;
  uint32_t length = string.value.inlined.length;
  return {length <= kInlinedMax ? string.value.inlined.inlined : string.value.pointer.ptr, length};
}

// REQUIRES: every column is a VARCHAR.
void AppendRows(const Library& library, duckdb_data_chunk chunk, idx_t column_count,
                std::vector<TextRow>* rows) {
  idx_t row_count = library.data_chunk_get_size(chunk);
  size_t first = rows->size();
  rows->resize(first + row_count, TextRow(column_count));
  for (idx_t column = 0; column < column_count; ++column) {
    duckdb_vector vector = library.data_chunk_get_vector(chunk, column);
    auto strings = static_cast<const duckdb_string_t*>(library.vector_get_data(vector));
    const uint64_t* validity = library.vector_get_validity(vector);
    for (idx_t row = 0; row < row_count; ++row) {
      bool valid = validity == nullptr || ((validity[row / 64] >> (row % 64)) & 1) != 0;
      if (valid) (*rows)[first + row][column] = std::string(TextOf(strings[row]));
    }
  }
}

}  // namespace

Result<std::unique_ptr<Database>> Database::Open(const std::string& path,
                                                 const DatabaseSettings& settings) {
  ARROW_ASSIGN_OR_RAISE(const Library* library, LoadLibrary());
  Owned<duckdb_config> config(library->destroy_config);
  if (library->create_config(&config.value) != DuckDBSuccess) {
    return Status::OutOfMemory("DuckDB cannot make a configuration");
  }
  ARROW_RETURN_NOT_OK(FillConfig(*library, settings, config.value));
  std::unique_ptr<Database> database(new Database(library));
  char* message = nullptr;
  const char* name = path.empty() ? nullptr : path.c_str();
  if (library->open_ext(name, &database->handle_, config.value, &message) != DuckDBSuccess) {
    std::string text = message == nullptr ? "it cannot be opened" : message;
    library->free(message);
    return OpenError(path, text);
  }
  ARROW_ASSIGN_OR_RAISE(auto connection, database->Connect());
  // Casts of timestamps with a time zone to text must not depend on the machine.
  ARROW_RETURN_NOT_OK(connection->Execute("SET GLOBAL TimeZone = 'UTC'"));
  ReleaseLibraryPages();  // opening a database touches 25 MB of code, most of it once
  return database;
}

Database::~Database() {
  if (handle_ != nullptr) library_->close(&handle_);
}

Result<std::unique_ptr<Connection>> Database::Connect() {
  duckdb_connection connection = nullptr;
  if (library_->connect(handle_, &connection) != DuckDBSuccess) {
    return Error("duckdb.failed", "DuckDB cannot make a connection");
  }
  return std::make_unique<Connection>(library_, connection);
}

Connection::~Connection() {
  library_->disconnect(&handle_);
}

Status Connection::Execute(const std::string& sql) {
  Owned<duckdb_result> result(library_->destroy_result);
  if (library_->query(handle_, sql.c_str(), &result.value) == DuckDBSuccess) return Status::OK();
  return StatementError(library_->result_error(&result.value));
}

Result<std::vector<TextRow>> Connection::Query(const std::string& select) {
  std::string sql = fmt::format("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({}\n) AS q", select);
  Owned<duckdb_result> result(library_->destroy_result);
  if (library_->query(handle_, sql.c_str(), &result.value) != DuckDBSuccess) {
    return StatementError(library_->result_error(&result.value));
  }
  std::vector<TextRow> rows;
  idx_t column_count = library_->column_count(&result.value);
  while (true) {
    Owned<duckdb_data_chunk> chunk(library_->destroy_data_chunk);
    chunk.value = library_->fetch_chunk(result.value);
    if (chunk.value == nullptr) break;
    AppendRows(*library_, chunk.value, column_count, &rows);
  }
  return rows;
}

Status Connection::Check(const std::string& statement, const UserLines& user) {
  Owned<duckdb_prepared_statement> prepared(library_->destroy_prepare);
  if (library_->prepare(handle_, statement.c_str(), &prepared.value) == DuckDBSuccess) {
    return Status::OK();
  }
  return StatementError(library_->prepare_error(prepared.value), &user);
}

Result<std::vector<DescribedColumn>> Connection::Describe(const std::string& select,
                                                          const UserLines* user) {
  Owned<duckdb_prepared_statement> prepared(library_->destroy_prepare);
  if (library_->prepare(handle_, select.c_str(), &prepared.value) != DuckDBSuccess) {
    return StatementError(library_->prepare_error(prepared.value), user);
  }
  ARROW_ASSIGN_OR_RAISE(auto types,
                        Query(fmt::format("SELECT column_type FROM (DESCRIBE {}\n)", select)));
  std::vector<DescribedColumn> columns;
  idx_t count = library_->prepared_statement_column_count(prepared.value);
  for (idx_t i = 0; i < count; ++i) {
    DescribedColumn column;
    const char* name = library_->prepared_statement_column_name(prepared.value, i);
    column.name = name;
    library_->free(const_cast<char*>(name));
    Owned<duckdb_logical_type> type(library_->destroy_logical_type);
    type.value = library_->prepared_statement_column_logical_type(prepared.value, i);
    column.type = DescribeType(*library_, type.value);
    if (i < types.size()) column.type_name = types[i][0].value_or("");
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace weir::duckdb
