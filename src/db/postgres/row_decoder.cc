#include "db/postgres/row_decoder.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/byte_size.h"
#include "db/postgres/errors.h"

namespace weir::postgres {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr size_t kFileHeaderBytes = kSignature.size() + 8;  // flags, extension length

int32_t ReadInt32(std::string_view bytes) {
  uint32_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return static_cast<int32_t>(__builtin_bswap32(value));
}

int16_t ReadInt16(std::string_view bytes) {
  uint16_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return static_cast<int16_t>(__builtin_bswap16(value));
}

}  // namespace

RowDecoder::RowDecoder(RowDecoderOptions options) : options_(std::move(options)) {
  for (const WireType& wire : options_.wires) {
    decoders_.push_back(FieldDecoder::Make(wire, options_.decoder));
  }
}

size_t RowDecoder::header_bytes_left() const {
  return header_seen_ ? 0 : kFileHeaderBytes;
}

Status RowDecoder::Append(std::string_view message) {
  ARROW_RETURN_NOT_OK(SkipFileHeader(&message));
  if (message.empty()) return Status::OK();
  if (trailer_seen_) return ProtocolError("a row after the end-of-data marker");
  if (message.size() < 2) return ProtocolError("a row without a field count");
  if (ReadInt16(message) == -1) {
    trailer_seen_ = true;
    return Status::OK();
  }
  ++rows_;
  return AppendRow(message);
}

Result<std::shared_ptr<arrow::RecordBatch>> RowDecoder::Finish() {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (auto& decoder : decoders_) {
    ARROW_ASSIGN_OR_RAISE(auto column, decoder->Finish());
    columns.push_back(std::move(column));
  }
  const int64_t rows = rows_ - std::exchange(rows_before_, rows_);
  return arrow::RecordBatch::Make(options_.schema, rows, std::move(columns));
}

Status RowDecoder::SkipFileHeader(std::string_view* message) {
  if (header_seen_) return Status::OK();
  if (!message->starts_with(kSignature) || message->size() < kFileHeaderBytes) {
    return ProtocolError("no COPY BINARY header");
  }
  auto extension = static_cast<uint32_t>(ReadInt32(message->substr(kSignature.size() + 4)));
  if (message->size() < kFileHeaderBytes + extension) return ProtocolError("a cut COPY header");
  message->remove_prefix(kFileHeaderBytes + extension);
  header_seen_ = true;
  return Status::OK();
}

Status RowDecoder::AppendRow(std::string_view row) {
  if (static_cast<size_t>(ReadInt16(row)) != decoders_.size()) {
    return ProtocolError(
        fmt::format("{} fields where {} were asked for", ReadInt16(row), decoders_.size()));
  }
  row.remove_prefix(2);
  if (static_cast<int64_t>(row.size()) > options_.value_bytes_max) {
    ARROW_RETURN_NOT_OK(CheckLargeRow(row));
  }
  for (size_t i = 0; i < decoders_.size(); ++i) ARROW_RETURN_NOT_OK(AppendField(i, &row));
  return row.empty() ? Status::OK() : ProtocolError("more bytes than a row's fields have");
}

Status RowDecoder::AppendField(size_t column, std::string_view* row) {
  if (row->size() < 4) return ProtocolError("a cut row");
  int32_t size = ReadInt32(*row);
  row->remove_prefix(4);
  if (size < 0) return decoders_[column]->AppendNull();
  if (row->size() < static_cast<size_t>(size)) return ProtocolError("a cut field");
  Status status = decoders_[column]->Append(row->substr(0, static_cast<size_t>(size)));
  row->remove_prefix(static_cast<size_t>(size));
  if (!status.ok()) return RowError(column, status);
  return status;
}

// Rows of several values get some slack; a single value does not.
Status RowDecoder::CheckLargeRow(std::string_view row) const {
  const auto row_bytes = static_cast<int64_t>(row.size());
  for (size_t i = 0; i < decoders_.size() && row.size() >= 4; ++i) {
    const int32_t size = ReadInt32(row);
    if (size > options_.value_bytes_max) return ValueTooLarge(i, size, row_bytes);
    row.remove_prefix(std::min(row.size(), 4 + static_cast<size_t>(std::max(size, 0))));
  }
  return Status::OK();
}

Status RowDecoder::ValueTooLarge(size_t column, int64_t value_bytes, int64_t row_bytes) const {
  return RowError(
      column, Error("memory.value_too_large",
                    fmt::format("the value is {} and the limit is {}", FormatByteSize(value_bytes),
                                FormatByteSize(options_.value_bytes_max)),
                    options_.memory_hint(row_bytes)));
}

// A row is received, copied into a batch and encoded, so that all of it must fit, as a value must.
Status RowDecoder::RefuseRow(size_t column, int64_t value_bytes, int64_t row_bytes) {
  ++rows_;
  const bool is_value = column < decoders_.size() && value_bytes > options_.value_bytes_max;
  if (is_value) return ValueTooLarge(column, value_bytes, row_bytes);
  return Error("memory.row_too_large",
               fmt::format("row {} is {} and the limit is {}", rows_, FormatByteSize(row_bytes),
                           FormatByteSize(options_.value_bytes_max)),
               options_.memory_hint(row_bytes) + ", or leave columns out with --columns");
}

Status RowDecoder::RowError(size_t column, const Status& status) const {
  return WithContext(status,
                     fmt::format("column \"{}\", row {}",
                                 options_.schema->field(static_cast<int>(column))->name(), rows_));
}

}  // namespace weir::postgres
