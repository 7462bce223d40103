#include "core/part_writer.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/crc64.h"

namespace weir {
Result<std::unique_ptr<OutputPart>> PartSequence::OpenNext() {
  std::string name = options_.single_name;
  if (name.empty()) name = fmt::format("part-{:05}{}", next_, options_.part_extension);
  ++next_;
  return OutputPart::Open(options_.destination, std::move(name), options_.digest_algorithm,
                          options_.progress);
}

Result<std::unique_ptr<TextPartWriter>> TextPartWriter::Make(PartWriterOptions options,
                                                             const Framing& framing,
                                                             const Compression* compression,
                                                             int level) {
  std::unique_ptr<TextPartWriter> writer(new TextPartWriter(std::move(options)));
  writer->compression_ = compression;
  if (compression != nullptr) {
    ARROW_ASSIGN_OR_RAISE(writer->compressor_, compression->make_compressor(level));
  }
  ARROW_ASSIGN_OR_RAISE(writer->prologue_, writer->MakeChunk(framing.prologue));
  ARROW_ASSIGN_OR_RAISE(writer->separator_, writer->MakeChunk(framing.separator));
  ARROW_ASSIGN_OR_RAISE(writer->epilogue_, writer->MakeChunk(framing.epilogue));
  ARROW_RETURN_NOT_OK(writer->OpenPart());
  return writer;
}

Result<Chunk> TextPartWriter::MakeChunk(std::string_view text) {
  Chunk chunk;
  chunk.tail.bytes = static_cast<int64_t>(text.size());
  chunk.crc64 = Crc64(0, text);
  if (text.empty()) return chunk;
  if (compressor_ == nullptr) {
    chunk.bytes.Append(text);
  } else {
    ARROW_ASSIGN_OR_RAISE(chunk.tail, compressor_->Compress(text, &chunk.bytes));
  }
  return chunk;
}

Status TextPartWriter::OpenPart() {
  ARROW_ASSIGN_OR_RAISE(part_, parts_.OpenNext());
  groups_ = {};
  text_offset_ = 0;
  rows_ = 0;
  if (compression_ != nullptr) {
    joiner_ = compression_->make_joiner();
    ARROW_RETURN_NOT_OK(part_->Write(joiner_->Begin()));
  }
  return WriteChunk(prologue_);
}

Status TextPartWriter::ClosePart() {
  groups_.Close();
  ARROW_RETURN_NOT_OK(WriteChunk(epilogue_));
  if (joiner_ != nullptr) ARROW_RETURN_NOT_OK(part_->Write(joiner_->End()));
  ARROW_RETURN_NOT_OK(part_->Finish());
  PartRecord& record = part_->record();
  record.rows = rows_;
  record.text_bytes = text_offset_;
  record.slices = groups_.Take();
  parts_.Collect(std::move(record));
  part_.reset();
  return Status::OK();
}

Status TextPartWriter::WriteChunk(const Chunk& chunk) {
  if (chunk.bytes.empty()) return Status::OK();
  ARROW_RETURN_NOT_OK(part_->Write(chunk.bytes.view()));
  if (joiner_ != nullptr) joiner_->Add(chunk.tail);
  text_offset_ += chunk.tail.bytes;
  return Status::OK();
}

Status TextPartWriter::Add(int64_t slice, const Chunk& chunk) {
  if (rows_ > 0 && parts_.ShouldSplit(part_->bytes())) {
    ARROW_RETURN_NOT_OK(ClosePart());
    ARROW_RETURN_NOT_OK(OpenPart());
  }
  if (groups_.NeedsNewGroup(slice)) {
    groups_.Close();
    if (rows_ > 0) ARROW_RETURN_NOT_OK(WriteChunk(separator_));
    groups_.Open(slice, text_offset_);
  } else if (rows_ > 0) {
    ARROW_RETURN_NOT_OK(WriteChunk(separator_));
    groups_.Add(slice, 0, separator_.tail.bytes, separator_.crc64);
  }
  ARROW_RETURN_NOT_OK(WriteChunk(chunk));
  groups_.Add(slice, chunk.rows, chunk.tail.bytes, chunk.crc64);
  rows_ += chunk.rows;
  parts_.progress()->rows += chunk.rows;
  return Status::OK();
}

Result<std::vector<PartRecord>> TextPartWriter::Finish() {
  ARROW_RETURN_NOT_OK(ClosePart());
  return parts_.Take();
}

Status FilePartWriter::OpenPart() {
  ARROW_ASSIGN_OR_RAISE(part_, parts_.OpenNext());
  ARROW_ASSIGN_OR_RAISE(encoder_, make_encoder_(part_.get()));
  groups_ = {};
  group_offset_ = group_rows_ = rows_ = 0;
  slices_.clear();
  return Status::OK();
}

Status FilePartWriter::ClosePart() {
  ARROW_RETURN_NOT_OK(encoder_->Finish());
  CloseGroup();
  NoteEncodings(encoder_->column_encodings());
  ARROW_RETURN_NOT_OK(part_->Finish());
  PartRecord& record = part_->record();
  record.rows = rows_;
  record.text_bytes = record.bytes;
  record.slices = groups_.Take();
  parts_.Collect(std::move(record));
  encoder_.reset();
  part_.reset();
  return Status::OK();
}

void FilePartWriter::NoteEncodings(const std::vector<std::string>& encodings) {
  column_encodings_.resize(std::max(column_encodings_.size(), encodings.size()));
  for (size_t i = 0; i < encodings.size(); ++i) {
    auto& seen = column_encodings_[i];
    if (std::ranges::find(seen, encodings[i]) == seen.end()) seen.push_back(encodings[i]);
  }
}

int64_t FilePartWriter::SliceOfRow(int64_t row) {
  while (slices_.size() > 1 && slices_.front().rows_end <= row) slices_.pop_front();
  return slices_.empty() ? 0 : slices_.front().slice;
}

void FilePartWriter::CloseGroup() {
  int64_t bytes = part_->bytes() - group_offset_;
  if (bytes == 0) return;
  int64_t rows_written = encoder_->position().rows_written;
  groups_.Open(SliceOfRow(group_rows_), group_offset_);
  groups_.Add(SliceOfRow(rows_written - 1), rows_written - group_rows_, bytes, part_->TakeCrc64());
  groups_.Close();
  group_offset_ += bytes;
  group_rows_ = rows_written;
}

Status FilePartWriter::Add(int64_t slice, const arrow::RecordBatch& batch) {
  if (encoder_ != nullptr) {
    FileEncoderPosition position = encoder_->position();
    if (parts_.ShouldSplit(position.bytes_written + position.bytes_buffered,
                           rows_ + batch.num_rows())) {
      ARROW_RETURN_NOT_OK(ClosePart());
    }
  }
  if (encoder_ == nullptr) ARROW_RETURN_NOT_OK(OpenPart());
  ARROW_RETURN_NOT_OK(encoder_->Write(batch));
  rows_ += batch.num_rows();
  if (slices_.empty() || slices_.back().slice != slice) slices_.push_back({slice, 0});
  slices_.back().rows_end = rows_;
  parts_.progress()->rows += batch.num_rows();
  if (part_->bytes() - group_offset_ >= groups_.bytes_target()) CloseGroup();
  return Status::OK();
}

Result<std::vector<PartRecord>> FilePartWriter::Finish() {
  if (encoder_ == nullptr) ARROW_RETURN_NOT_OK(OpenPart());
  ARROW_RETURN_NOT_OK(ClosePart());
  return parts_.Take();
}

}  // namespace weir
