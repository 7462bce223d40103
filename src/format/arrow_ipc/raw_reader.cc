#include "format/arrow_ipc/raw_reader.h"

#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <string_view>

namespace weir::arrow_ipc {
namespace {

constexpr int64_t kMappedBytesMin = 4 << 20;
constexpr std::string_view kFileMagic = "ARROW1";
constexpr std::string_view kContinuation = "\xff\xff\xff\xff";

arrow::ipc::IpcReadOptions ReadOptions() {
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.use_threads = false;
  options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
  return options;
}

// Up to `bytes` bytes at `position`.
Result<std::string> Peek(LocalFile* file, int64_t position, size_t bytes) {
  std::string text(bytes, '\0');
  ARROW_ASSIGN_OR_RAISE(int64_t got,
                        file->ReadAt(position, static_cast<int64_t>(bytes), text.data()));
  text.resize(static_cast<size_t>(got));
  return text;
}

bool BeginsAsStream(const std::string& head) {
  return head.empty() || head.starts_with(kContinuation);
}

}  // namespace

Result<std::unique_ptr<RawReader>> RawReader::Open(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, LocalFile::Open(path));
  file->set_mapped_bytes_min(kMappedBytesMin);
  std::unique_ptr<RawReader> reader(new RawReader(std::move(file)));
  ARROW_RETURN_NOT_OK(reader->Explain(reader->OpenForm()));
  return reader;
}

Status RawReader::OpenForm() {
  ARROW_ASSIGN_OR_RAISE(std::string head, Peek(file_.get(), 0, kFileMagic.size()));
  if (head != kFileMagic) {
    auto opened = arrow::ipc::RecordBatchStreamReader::Open(file_, ReadOptions());
    if (opened.ok()) {
      stream_reader_ = std::move(*opened);
      return Status::OK();
    }
    if (BeginsAsStream(head)) return opened.status();
    return Error("arrow.corrupt", fmt::format("{} is not an Arrow IPC file", file_->path()));
  }
  ARROW_ASSIGN_OR_RAISE(int64_t size, file_->GetSize());
  int64_t magic_bytes = static_cast<int64_t>(kFileMagic.size());
  ARROW_ASSIGN_OR_RAISE(std::string end, Peek(file_.get(), std::max<int64_t>(size - magic_bytes, 0),
                                              kFileMagic.size()));
  if (end != kFileMagic || size < 2 * magic_bytes) {
    return Error("arrow.truncated", fmt::format("{} has no end: it was cut off", file_->path()));
  }
  ARROW_ASSIGN_OR_RAISE(file_reader_,
                        arrow::ipc::RecordBatchFileReader::Open(file_, ReadOptions()));
  return Status::OK();
}

std::shared_ptr<arrow::Schema> RawReader::schema() const {
  return file_reader_ != nullptr ? file_reader_->schema() : stream_reader_->schema();
}

Result<int64_t> RawReader::CountRows() const {
  if (file_reader_ == nullptr) return -1;
  return file_reader_->CountRows();
}

Result<std::shared_ptr<arrow::RecordBatch>> RawReader::Next() {
  if (file_reader_ != nullptr) {
    if (next_ == file_reader_->num_record_batches()) return nullptr;
    return file_reader_->ReadRecordBatch(next_++);
  }
  std::shared_ptr<arrow::RecordBatch> batch;
  ARROW_RETURN_NOT_OK(stream_reader_->ReadNext(&batch));
  // The end of a stream is a marker; a file that just stops was cut off between two batches.
  if (batch == nullptr && file_->hit_end()) return Status::Invalid("the end marker is missing");
  return batch;
}

Status RawReader::Explain(const Status& failure) const {
  if (failure.ok() || GetErrorInfo(failure).code != "internal") return failure;
  if (failure.IsNotImplemented()) {
    return Error("arrow.unsupported", fmt::format("{}: {}", file_->path(), failure.message()));
  }
  if (file_->hit_end()) {
    return Error("arrow.truncated",
                 fmt::format("{} was cut off: {}", file_->path(), failure.message()));
  }
  return Error("arrow.corrupt", fmt::format("{} is not an intact Arrow IPC {}: {}", file_->path(),
                                            form(), failure.message()));
}

}  // namespace weir::arrow_ipc
