#include "db/postgres/copy_reader.h"

#include <fmt/format.h>

#include "db/postgres/errors.h"

namespace weir::postgres {
namespace {

constexpr int64_t kBatchRowsMax = 65536;
// What a row costs beyond its fields: validity, offsets.
constexpr int64_t kRowOverheadBytes = 16;

}  // namespace

CopyReader::CopyReader(std::unique_ptr<Connection> connection, CopyReaderOptions options,
                       GiveBack give_back, std::stop_token stop)
    : options_(std::move(options)),
      give_back_(std::move(give_back)),
      stop_(std::move(stop)),
      connection_(std::move(connection)),
      decoder_(options_) {}

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
  return decoder_.Finish().Value(batch);
}

Result<int64_t> CopyReader::FillBatch() {
  int64_t bytes = 0;
  while (bytes < options_.batch_bytes && decoder_.batch_rows() < kBatchRowsMax) {
    ARROW_ASSIGN_OR_RAISE(std::string_view message, stream_->Next());
    if (message.empty()) {
      if (!decoder_.trailer_seen()) return ProtocolError("no end-of-data marker");
      EndStream();
      break;
    }
    bytes += static_cast<int64_t>(message.size()) + kRowOverheadBytes;
    ARROW_RETURN_NOT_OK(decoder_.Append(message));
  }
  return decoder_.batch_rows();
}

// What a failure really is: being interrupted looks like a lost connection, and a row that is too
// large was refused before its values were known.
Status CopyReader::Explain(Status failure) {
  if (stop_.stop_requested()) return Interrupted();
  if (!IsErrorCode(failure, kRowTooLarge)) return failure;
  const auto largest = stream_->LargestRefusedValue(decoder_.header_bytes_left());
  const LargestValue value = largest.ok() ? *largest : LargestValue{};
  return decoder_.RefuseRow(value.column, value.bytes, stream_->refused_bytes());
}

void CopyReader::EndStream() {
  stream_.reset();
  on_stop_.reset();
  give_back_(std::move(connection_));
}

}  // namespace weir::postgres
