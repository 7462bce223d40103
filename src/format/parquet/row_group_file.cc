#include "format/parquet/row_group_file.h"

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_writer.h>

#include <algorithm>

namespace weir::parquet_format {
namespace {

constexpr size_t kLengthAndMagicBytes = 8;

// Lets a ParquetFileWriter's owner see the row group that parquet::arrow::FileWriter opens and
// shows nobody: how full it is, and when it is closed.
class WatchedWriter : public parquet::ParquetFileWriter::Contents {
 public:
  WatchedWriter(std::unique_ptr<parquet::ParquetFileWriter> writer,
                std::shared_ptr<parquet::schema::GroupNode> schema,
                parquet::RowGroupWriter** row_group)
      : Contents(std::move(schema), nullptr), writer_(std::move(writer)), row_group_(row_group) {}

  void Close() override {
    writer_->Close();
    file_metadata_ = writer_->metadata();
  }
  parquet::RowGroupWriter* AppendRowGroup() override {
    return *row_group_ = writer_->AppendRowGroup();
  }
  parquet::RowGroupWriter* AppendBufferedRowGroup() override {
    return *row_group_ = writer_->AppendBufferedRowGroup();
  }
  int64_t num_rows() const override { return writer_->num_rows(); }
  int num_columns() const override { return writer_->num_columns(); }
  int num_row_groups() const override { return writer_->num_row_groups(); }
  const std::shared_ptr<parquet::WriterProperties>& properties() const override {
    return writer_->properties();
  }
  void AddKeyValueMetadata(
      const std::shared_ptr<const parquet::KeyValueMetadata>& metadata) override {
    writer_->AddKeyValueMetadata(metadata);
  }

 private:
  const std::unique_ptr<parquet::ParquetFileWriter> writer_;
  parquet::RowGroupWriter** const row_group_;
};

}  // namespace

// What Arrow takes for its file. It swallows the magic at the beginning, lets the row group through
// and keeps the tail; in each state it answers Tell as the writer must hear it.
class RowGroupFile::Stream : public arrow::io::OutputStream {
 public:
  explicit Stream(std::shared_ptr<ByteSinkStream> file) : file_(std::move(file)) {}

  void StartRowGroup() { state_ = State::kRowGroup; }
  void StartTail() { state_ = State::kTail; }
  std::string TakeTail() { return std::move(tail_); }
  int64_t file_position() const { return file_->position(); }

  Status Write(const void* data, int64_t nbytes) override {
    if (state_ == State::kRowGroup) return file_->Write(data, nbytes);
    if (state_ == State::kTail) tail_.append(static_cast<const char*>(data), nbytes);
    return Status::OK();
  }
  using arrow::io::OutputStream::Write;
  Result<int64_t> Tell() const override {
    if (state_ == State::kMagic) return 0;
    return file_->position() + static_cast<int64_t>(tail_.size());
  }
  Status Flush() override { return Status::OK(); }
  Status Close() override { return Status::OK(); }
  bool closed() const override { return false; }

 private:
  enum class State { kMagic, kRowGroup, kTail };

  const std::shared_ptr<ByteSinkStream> file_;
  State state_ = State::kMagic;
  std::string tail_;
};

RowGroupFile::RowGroupFile(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}

Result<std::unique_ptr<RowGroupFile>> RowGroupFile::Open(const RowGroupForm& form,
                                                         std::shared_ptr<ByteSinkStream> stream) {
  std::unique_ptr<RowGroupFile> file(new RowGroupFile(std::make_shared<Stream>(std::move(stream))));
  auto writer =
      parquet::ParquetFileWriter::Open(file->stream_, form.parquet_schema, form.properties);
  file->stream_->StartRowGroup();
  auto watched = std::make_unique<parquet::ParquetFileWriter>();
  watched->Open(
      std::make_unique<WatchedWriter>(std::move(writer), form.parquet_schema, &file->row_group_));
  ARROW_RETURN_NOT_OK(parquet::arrow::FileWriter::Make(form.properties->memory_pool(),
                                                       std::move(watched), form.schema,
                                                       form.arrow_properties, &file->writer_));
  return file;
}

RowGroupFile::~RowGroupFile() {
  // A writer that was not closed closes itself: that must not reach the file.
  stream_->StartTail();
}

Status RowGroupFile::Write(const arrow::RecordBatch& batch) {
  rows_ += batch.num_rows();
  return writer_->WriteRecordBatch(batch);
}

Status RowGroupFile::WriteWhole(const arrow::RecordBatchVector& batches) {
  ARROW_ASSIGN_OR_RAISE(auto table, arrow::Table::FromRecordBatches(batches));
  rows_ = table->num_rows();
  return writer_->WriteTable(*table, std::max<int64_t>(rows_, 1));
}

int64_t RowGroupFile::bytes() const {
  if (row_group_ == nullptr) return 0;
  return row_group_->total_compressed_bytes() + row_group_->total_compressed_bytes_written();
}

Result<RowGroupTail> RowGroupFile::Finish() {
  if (row_group_ != nullptr) row_group_->Close();
  stream_->StartTail();
  RowGroupTail tail;
  tail.page_index_position = stream_->file_position();
  ARROW_RETURN_NOT_OK(writer_->Close());
  row_group_ = nullptr;
  std::string bytes = stream_->TakeTail();
  // page index | footer | length of the footer, little-endian | magic
  size_t footer_end = bytes.size() - kLengthAndMagicBytes;
  uint32_t footer_bytes = 0;
  for (size_t i = 4; i-- > 0;) {
    footer_bytes = footer_bytes << 8 | static_cast<uint8_t>(bytes[footer_end + i]);
  }
  tail.page_index = bytes.substr(0, footer_end - footer_bytes);
  tail.footer = bytes.substr(footer_end - footer_bytes, footer_bytes);
  return tail;
}

}  // namespace weir::parquet_format
