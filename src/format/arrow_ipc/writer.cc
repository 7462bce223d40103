#include "format/arrow_ipc/writer.h"

#include <arrow/array/concatenate.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>

#include "format/arrow_io/convert.h"
#include "format/arrow_io/field_form.h"
#include "format/arrow_io/row_bytes.h"

namespace weir::arrow_ipc {
namespace {

std::shared_ptr<arrow::Schema> StoredSchema(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) fields.push_back(FileField(*field));
  return arrow::schema(std::move(fields));
}

arrow::ipc::IpcWriteOptions WriteOptions(const IpcOptions& options) {
  auto write_options = arrow::ipc::IpcWriteOptions::Defaults();
  write_options.use_threads = false;
  write_options.codec = options.codec;
  return write_options;
}

}  // namespace

Result<std::unique_ptr<IpcEncoder>> IpcEncoder::Make(const EncoderContext& context,
                                                     ByteSink* sink) {
  ARROW_ASSIGN_OR_RAISE(IpcOptions options, ResolveOptions(context.options));
  // The gathered rows, their copy as one batch and what a codec makes of it exist together.
  if (context.memory_bytes > 0) {
    options.batch_bytes = std::min(options.batch_bytes, context.memory_bytes / 4);
  }
  std::unique_ptr<IpcEncoder> encoder(
      new IpcEncoder(StoredSchema(*context.schema), std::move(options), sink));
  ARROW_ASSIGN_OR_RAISE(encoder->writer_,
                        arrow::ipc::MakeStreamWriter(encoder->stream_, encoder->schema_,
                                                     WriteOptions(encoder->options_)));
  return encoder;
}

IpcEncoder::IpcEncoder(std::shared_ptr<arrow::Schema> schema, IpcOptions options, ByteSink* sink)
    : schema_(std::move(schema)),
      options_(std::move(options)),
      stream_(std::make_shared<ByteSinkStream>(sink)) {}

IpcEncoder::~IpcEncoder() {
  stream_->Detach();
}

Result<std::shared_ptr<arrow::RecordBatch>> IpcEncoder::ToStored(
    const arrow::RecordBatch& batch) const {
  arrow::ArrayVector columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto column, ConvertArray(batch.column(i), schema_->field(i)->type()));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema_, batch.num_rows(), std::move(columns));
}

Status IpcEncoder::Write(const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(auto stored, ToStored(batch));
  const int64_t bits_max = options_.batch_bytes * 8;
  for (int64_t first = 0; first < stored->num_rows();) {
    int64_t rows = RowsWithin(*stored, first, bits_max - gathered_bits_);
    // A row larger than a batch is a batch of its own.
    if (rows == 0 && gathered_rows_ == 0) rows = 1;
    ARROW_RETURN_NOT_OK(Gather(stored->Slice(first, rows)));
    first += rows;
    if (first < stored->num_rows()) ARROW_RETURN_NOT_OK(WriteGathered());
  }
  return Status::OK();
}

Status IpcEncoder::Gather(std::shared_ptr<arrow::RecordBatch> rows) {
  if (rows->num_rows() == 0) return Status::OK();
  gathered_rows_ += rows->num_rows();
  gathered_bits_ += RowBits(*rows, 0, rows->num_rows());
  gathered_.push_back(std::move(rows));
  // Small batches of many columns take several times their bytes.
  const auto batches = static_cast<int64_t>(gathered_.size());
  if (batches == 1 || batches * schema_->num_fields() * kArrayBytes <= options_.batch_bytes / 2) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(auto batch, arrow::ConcatenateRecordBatches(gathered_));
  gathered_ = {std::move(batch)};
  return Status::OK();
}

Status IpcEncoder::WriteGathered() {
  if (gathered_rows_ == 0) return Status::OK();
  // Even a single slice is copied: a slice's padding would be the bytes of the rows after it.
  ARROW_ASSIGN_OR_RAISE(auto batch, arrow::ConcatenateRecordBatches(gathered_));
  gathered_.clear();
  gathered_bits_ = 0;
  ARROW_RETURN_NOT_OK(writer_->WriteRecordBatch(*batch));
  ARROW_RETURN_NOT_OK(stream_->Flush());
  rows_written_ += std::exchange(gathered_rows_, 0);
  return Status::OK();
}

Status IpcEncoder::Finish() {
  ARROW_RETURN_NOT_OK(WriteGathered());
  ARROW_RETURN_NOT_OK(writer_->Close());
  return stream_->Flush();
}

FileEncoderPosition IpcEncoder::position() const {
  FileEncoderPosition position;
  position.bytes_written = stream_->position();
  position.bytes_buffered = gathered_bits_ / 8;
  position.rows_written = rows_written_;
  return position;
}

}  // namespace weir::arrow_ipc
