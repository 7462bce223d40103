#include "db/postgres/copy_reader.h"

#include <arrow/array.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/byte_size.h"
#include "db/postgres/errors.h"

namespace weir::postgres {
namespace {

// "Binary Format" in the documentation of COPY.
constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr size_t kFileHeaderBytes = kSignature.size() + 8;  // flags, extension length
constexpr int64_t kBatchRowsMax = 65536;
// What a row costs beyond its fields: validity, offsets.
constexpr int64_t kRowOverheadBytes = 16;
// Rows of several large values may be as large as a value and its neighbours.
constexpr int64_t kRowSlackBytes = 256 * 1024;

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

CopyReader::CopyReader(std::unique_ptr<Connection> connection, CopyReaderOptions options,
                       GiveBack give_back, std::stop_token stop)
    : options_(std::move(options)),
      give_back_(std::move(give_back)),
      stop_(std::move(stop)),
      connection_(std::move(connection)) {
  for (const WireType& wire : options_.wires) {
    decoders_.push_back(FieldDecoder::Make(wire, options_.decoder));
  }
}

Result<std::unique_ptr<CopyReader>> CopyReader::Open(std::unique_ptr<Connection> connection,
                                                     const std::string& select_sql,
                                                     CopyReaderOptions options, GiveBack give_back,
                                                     std::stop_token stop) {
  std::unique_ptr<CopyReader> reader(new CopyReader(std::move(connection), std::move(options),
                                                    std::move(give_back), std::move(stop)));
  Connection* raw = reader->connection_.get();
  reader->on_stop_ = std::make_unique<std::stop_callback<std::function<void()>>>(
      reader->stop_, [raw] { raw->Interrupt(); });
  auto stream =
      CopyStream::Start(raw, fmt::format("COPY ({}) TO STDOUT (FORMAT binary)", select_sql),
                        reader->options_.value_bytes_max + kRowSlackBytes);
  if (!stream.ok()) return reader->Explain(stream.status());
  reader->stream_ = std::move(*stream);
  return reader;
}

CopyReader::~CopyReader() {
  on_stop_.reset();
  if (connection_ == nullptr) return;
  stream_.reset();
  connection_->Interrupt();
}

Status CopyReader::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  batch->reset();
  if (stream_ == nullptr) return Status::OK();
  if (stop_.stop_requested()) return Interrupted();
  auto filled = FillBatch();
  if (!filled.ok()) return Explain(filled.status());
  if (*filled == 0) return Status::OK();
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (auto& decoder : decoders_) {
    ARROW_ASSIGN_OR_RAISE(auto column, decoder->Finish());
    columns.push_back(std::move(column));
  }
  *batch = arrow::RecordBatch::Make(options_.schema, *filled, std::move(columns));
  return Status::OK();
}

Result<int64_t> CopyReader::FillBatch() {
  int64_t rows = 0, bytes = 0;
  while (bytes < options_.batch_bytes && rows < kBatchRowsMax) {
    ARROW_ASSIGN_OR_RAISE(std::string_view message, stream_->Next());
    if (message.empty()) {
      if (!trailer_seen_) return ProtocolError("no end-of-data marker");
      EndStream();
      return rows;
    }
    bytes += static_cast<int64_t>(message.size()) + kRowOverheadBytes;
    ARROW_RETURN_NOT_OK(SkipFileHeader(&message));
    if (message.empty()) continue;
    if (message.size() < 2) return ProtocolError("a row without a field count");
    if (ReadInt16(message) == -1) {
      trailer_seen_ = true;
      continue;
    }
    ++rows_;
    ++rows;
    ARROW_RETURN_NOT_OK(AppendRow(message));
  }
  return rows;
}

Status CopyReader::SkipFileHeader(std::string_view* message) {
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

Status CopyReader::AppendRow(std::string_view row) {
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

Status CopyReader::AppendField(size_t column, std::string_view* row) {
  if (row->size() < 4) return ProtocolError("a cut row");
  int32_t size = ReadInt32(*row);
  row->remove_prefix(4);
  if (size < 0) return decoders_[column]->AppendNull();
  if (row->size() < static_cast<size_t>(size)) return ProtocolError("a cut field");
  Status status = decoders_[column]->Append(row->substr(0, static_cast<size_t>(size)));
  row->remove_prefix(static_cast<size_t>(size));
  return status.ok() ? status : RowError(column, status);
}

// Rows of several values get some slack; a single value does not.
Status CopyReader::CheckLargeRow(std::string_view row) const {
  const auto row_bytes = static_cast<int64_t>(row.size());
  for (size_t i = 0; i < decoders_.size() && row.size() >= 4; ++i) {
    const int32_t size = ReadInt32(row);
    if (size > options_.value_bytes_max) return ValueTooLarge({i, size}, row_bytes);
    row.remove_prefix(std::min(row.size(), 4 + static_cast<size_t>(std::max(size, 0))));
  }
  return Status::OK();
}

Status CopyReader::ValueTooLarge(const LargestValue& value, int64_t row_bytes) const {
  return RowError(value.column, Error("memory.value_too_large",
                                      fmt::format("the value is {} and the limit is {}",
                                                  FormatByteSize(value.bytes),
                                                  FormatByteSize(options_.value_bytes_max)),
                                      options_.memory_hint(row_bytes)));
}

Status CopyReader::RowError(size_t column, const Status& status) const {
  return WithContext(status,
                     fmt::format("column \"{}\", row {}",
                                 options_.schema->field(static_cast<int>(column))->name(), rows_));
}

// What a failure really is: being interrupted looks like a lost connection, and a row that is too
// large was refused before its values were known. A row is received, copied into a batch and
// encoded, so that all of it must fit, as a value must.
Status CopyReader::Explain(Status failure) {
  if (stop_.stop_requested()) return Interrupted();
  if (!IsErrorCode(failure, kRowTooLarge)) return failure;
  ++rows_;
  const int64_t row_bytes = stream_->refused_bytes();
  const auto largest = stream_->LargestRefusedValue(header_seen_ ? 0 : kFileHeaderBytes);
  if (largest.ok() && largest->bytes > options_.value_bytes_max) {
    return ValueTooLarge(*largest, row_bytes);
  }
  return Error("memory.row_too_large",
               fmt::format("row {} is {} and the limit is {}", rows_, FormatByteSize(row_bytes),
                           FormatByteSize(options_.value_bytes_max)),
               options_.memory_hint(row_bytes) + ", or leave columns out with --columns");
}

void CopyReader::EndStream() {
  stream_.reset();
  on_stop_.reset();
  give_back_(std::move(connection_));
}

}  // namespace weir::postgres
