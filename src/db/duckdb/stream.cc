#include "db/duckdb/stream.h"

#include <arrow/array.h>
#include <arrow/c/bridge.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <thread>

#include "db/duckdb/errors.h"

namespace weir::duckdb {
namespace {

// The type without extension types, at any depth.
std::shared_ptr<arrow::DataType> StorageType(const std::shared_ptr<arrow::DataType>& type) {
  if (type->id() == arrow::Type::EXTENSION) {
    return StorageType(static_cast<const arrow::ExtensionType&>(*type).storage_type());
  }
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (const auto& field : type->fields()) {
    fields.push_back(field->WithType(StorageType(field->type()))->RemoveMetadata());
  }
  switch (type->id()) {
    case arrow::Type::LIST:
      return arrow::list(fields[0]);
    case arrow::Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          fields[0], static_cast<const arrow::FixedSizeListType&>(*type).list_size());
    case arrow::Type::STRUCT:
      return arrow::struct_(fields);
    case arrow::Type::MAP: {
      const auto& entry = fields[0]->type();
      return arrow::map(entry->field(0)->type(), entry->field(1));
    }
    default:
      return type;
  }
}

Status CheckError(const Library& library, duckdb_error_data error) {
  Owned<duckdb_error_data> owned(library.destroy_error_data);
  owned.value = error;
  if (error == nullptr || !library.error_data_has_error(error)) return Status::OK();
  return StatementError(library.error_data_message(error));
}

}  // namespace

Stream::Stream(Connection* connection, int64_t timeout_ms, std::stop_token stop)
    : library_(connection->library()),
      connection_(connection),
      timeout_ms_(timeout_ms),
      started_(std::chrono::steady_clock::now()),
      stop_(stop),
      prepared_(library_.destroy_prepare),
      pending_(library_.destroy_pending),
      result_(library_.destroy_result),
      arrow_options_(library_.destroy_arrow_options),
      on_stop_(std::move(stop), Interrupt{&library_, connection->handle()}) {}

Result<std::unique_ptr<Stream>> Stream::Start(Connection* connection, const std::string& select,
                                              int64_t timeout_ms, std::stop_token stop) {
  std::unique_ptr<Stream> stream(new Stream(connection, timeout_ms, std::move(stop)));
  ARROW_RETURN_NOT_OK(stream->Prepare(select));
  ARROW_RETURN_NOT_OK(stream->RunToFirstRows());
  ARROW_RETURN_NOT_OK(stream->ImportTypes());
  return stream;
}

Status Stream::Prepare(const std::string& select) {
  if (library_.prepare(connection_->handle(), select.c_str(), &prepared_.value) != DuckDBSuccess) {
    return StatementError(library_.prepare_error(prepared_.value));
  }
  if (library_.pending_prepared_streaming(prepared_.value, &pending_.value) != DuckDBSuccess) {
    return StatementError(library_.pending_error(pending_.value));
  }
  return Status::OK();
}

// An interrupt is forgotten by DuckDB when a statement begins, so the token is asked as well.
Status Stream::CheckLimits() const {
  if (stop_.stop_requested()) return Interrupted();
  if (timeout_ms_ == 0) return Status::OK();
  auto elapsed = std::chrono::steady_clock::now() - started_;
  if (elapsed < std::chrono::milliseconds(timeout_ms_)) return Status::OK();
  return Error("duckdb.statement_timeout", fmt::format("the statement ran for {} ms", timeout_ms_),
               "raise --statement-timeout, or leave it out");
}

Status Stream::RunToFirstRows() {
  while (true) {
    ARROW_RETURN_NOT_OK(CheckLimits());
    duckdb_pending_state state = library_.pending_execute_task(pending_.value);
    if (state == DUCKDB_PENDING_RESULT_READY) break;
    if (state == DUCKDB_PENDING_ERROR) {
      return StatementError(library_.pending_error(pending_.value));
    }
    // Something else than a task of ours must come first.
    if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  if (library_.execute_pending(pending_.value, &result_.value) == DuckDBSuccess) {
    return Status::OK();
  }
  return StatementError(library_.result_error(&result_.value));
}

Status Stream::ImportTypes() {
  arrow_options_.value = library_.result_get_arrow_options(&result_.value);
  idx_t count = library_.column_count(&result_.value);
  std::vector<duckdb_logical_type> types;
  std::vector<const char*> names;
  for (idx_t i = 0; i < count; ++i) {
    types.push_back(library_.column_logical_type(&result_.value, i));
    names.push_back(library_.column_name(&result_.value, i));
  }
  ArrowSchema exported{};
  Status status = CheckError(library_, library_.to_arrow_schema(arrow_options_.value, types.data(),
                                                                names.data(), count, &exported));
  for (duckdb_logical_type& type : types) library_.destroy_logical_type(&type);
  ARROW_RETURN_NOT_OK(status);
  ARROW_ASSIGN_OR_RAISE(auto schema, arrow::ImportSchema(&exported));
  storage_ = StorageType(arrow::struct_(schema->fields()));
  return Status::OK();
}

Result<Chunk> Stream::Export(duckdb_data_chunk chunk) const {
  ArrowArray exported{};
  ARROW_RETURN_NOT_OK(
      CheckError(library_, library_.data_chunk_to_arrow(arrow_options_.value, chunk, &exported)));
  ARROW_ASSIGN_OR_RAISE(auto array, arrow::ImportArray(&exported, storage_));
  Chunk result;
  result.row_count = array->length();
  result.columns = array->data()->child_data;
  return result;
}

Result<std::optional<Chunk>> Stream::Next() {
  while (!ended_) {
    ARROW_RETURN_NOT_OK(CheckLimits());
    Owned<duckdb_data_chunk> chunk(library_.destroy_data_chunk);
    chunk.value = library_.fetch_chunk(result_.value);
    if (chunk.value == nullptr) {
      const char* error = library_.result_error(&result_.value);
      if (error != nullptr && *error != '\0') return StatementError(error);
      ARROW_RETURN_NOT_OK(CheckLimits());
      ended_ = true;  // to ask again would be a failure
      break;
    }
    if (library_.data_chunk_get_size(chunk.value) == 0) continue;
    ARROW_ASSIGN_OR_RAISE(Chunk result, Export(chunk.value));
    return std::optional<Chunk>(std::move(result));
  }
  return std::optional<Chunk>();
}

}  // namespace weir::duckdb
