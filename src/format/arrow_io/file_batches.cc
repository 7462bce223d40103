#include "format/arrow_io/file_batches.h"

#include <arrow/array/array_binary.h>
#include <arrow/extension_type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <algorithm>

#include "format/arrow_io/convert.h"
#include "format/arrow_io/row_bytes.h"

namespace weir {
namespace {

// The first row whose value is longer than `bytes_max`, or -1.
template <typename ArrayType>
int64_t FindLongValue(const arrow::Array& column, int64_t bytes_max) {
  const auto& values = static_cast<const ArrayType&>(column);
  if (values.total_values_length() <= bytes_max) return -1;
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.value_length(i) > bytes_max) return i;
  }
  return -1;
}

int64_t FindLongValue(const arrow::Array& column, int64_t bytes_max) {
  if (arrow::is_binary_like(column.type_id())) {
    return FindLongValue<arrow::BinaryArray>(column, bytes_max);
  }
  if (arrow::is_large_binary_like(column.type_id())) {
    return FindLongValue<arrow::LargeBinaryArray>(column, bytes_max);
  }
  return -1;
}

// Flat arrays can be validated piece by piece; validating a slice of the others looks at all of
// their children or dictionary each time, so that happens once.
bool IsFlat(const arrow::DataType& type) {
  if (type.id() == arrow::Type::EXTENSION) {
    return IsFlat(*static_cast<const arrow::ExtensionType&>(type).storage_type());
  }
  return !arrow::is_nested(type.id()) && type.id() != arrow::Type::DICTIONARY &&
         type.id() != arrow::Type::RUN_END_ENCODED;
}

Status ValidateFully(const arrow::Array& column, const arrow::Field& field) {
  Status valid = column.ValidateFull();
  if (valid.ok()) return valid;
  return valid.WithMessage("column \"", field.name(), "\": ", valid.message());
}

}  // namespace

Status FileBatches::ReadNext(std::shared_ptr<arrow::RecordBatch>* out) {
  out->reset();
  auto batch = Next();
  if (batch.ok()) {
    *out = std::move(*batch);
    return Status::OK();
  }
  // A failure is final: what follows in a damaged file means nothing.
  rows_ = options_.rows_max;
  bool ours = GetErrorInfo(batch.status()).code != "internal";
  return ours ? batch.status() : options_.explain(batch.status());
}

Result<std::shared_ptr<arrow::RecordBatch>> FileBatches::Next() {
  if (options_.stop.stop_requested()) return Interrupted();
  if (rows_ >= options_.rows_max) return nullptr;
  if (raw_ == nullptr) {
    ARROW_RETURN_NOT_OK(LoadRaw());
    if (raw_ == nullptr) return CheckEnd();
  } else {
    options_.file->ReleaseMappedPages();
  }
  ARROW_RETURN_NOT_OK(options_.file->CheckUnchanged());
  return TakePiece();
}

Result<std::shared_ptr<arrow::RecordBatch>> FileBatches::CheckEnd() const {
  if (!options_.rows_max_is_exact) return nullptr;
  return Status::Invalid("it ends after ", rows_, " of ", options_.rows_max, " rows");
}

Status FileBatches::LoadRaw() {
  raw_row_ = 0;
  do {
    ARROW_ASSIGN_OR_RAISE(raw_, next_());
    if (raw_ == nullptr) return Status::OK();
  } while (raw_->num_rows() == 0);
  ARROW_RETURN_NOT_OK(raw_->Validate());
  for (size_t i = 0; i < options_.columns.size(); ++i) {
    const auto& column = raw_->column(options_.columns[i]);
    if (IsFlat(*column->type())) continue;
    ARROW_RETURN_NOT_OK(ValidateFully(*column, *options_.schema->field(static_cast<int>(i))));
  }
  return Status::OK();
}

Result<std::shared_ptr<arrow::RecordBatch>> FileBatches::TakePiece() {
  int64_t rows = RowsWithin(*raw_, raw_row_, options_.batch_bytes * 8);
  rows = std::clamp<int64_t>(rows, 1, options_.rows_max - rows_);
  std::shared_ptr<arrow::RecordBatch> piece = raw_->Slice(raw_row_, rows);
  raw_row_ += rows;
  if (raw_row_ == raw_->num_rows()) raw_.reset();
  ARROW_ASSIGN_OR_RAISE(auto batch, ChooseAndConvert(*piece));
  ARROW_RETURN_NOT_OK(CheckValueSizes(*batch));
  rows_ += rows;
  return batch;
}

Result<std::shared_ptr<arrow::RecordBatch>> FileBatches::ChooseAndConvert(
    const arrow::RecordBatch& piece) {
  arrow::ArrayVector columns;
  for (size_t i = 0; i < options_.columns.size(); ++i) {
    const auto& column = piece.column(options_.columns[i]);
    const arrow::Field& field = *options_.schema->field(static_cast<int>(i));
    if (IsFlat(*column->type())) ARROW_RETURN_NOT_OK(ValidateFully(*column, field));
    ARROW_ASSIGN_OR_RAISE(auto converted, ConvertArray(column, field.type()));
    columns.push_back(std::move(converted));
  }
  return arrow::RecordBatch::Make(options_.schema, piece.num_rows(), std::move(columns));
}

Status FileBatches::CheckValueSizes(const arrow::RecordBatch& batch) const {
  for (int i = 0; i < batch.num_columns(); ++i) {
    int64_t row = FindLongValue(*batch.column(i), options_.value_bytes_max);
    if (row < 0) continue;
    return Error("memory.value_too_large",
                 fmt::format("column \"{}\", row {} of {}: a value is larger than the {} bytes a "
                             "single one may take",
                             batch.schema()->field(i)->name(), options_.first_row + rows_ + row + 1,
                             options_.file->path(), options_.value_bytes_max),
                 "allow more memory with --memory");
  }
  return Status::OK();
}

}  // namespace weir
