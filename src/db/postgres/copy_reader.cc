#include "db/postgres/copy_reader.h"

#include <fmt/format.h>

#include "db/postgres/catalog.h"
#include "db/postgres/errors.h"

namespace weir::postgres {
namespace {

constexpr int64_t kBatchRowsMax = 65536;
// What a row costs beyond its fields: validity, offsets.
constexpr int64_t kRowOverheadBytes = 16;

}  // namespace

std::string CopyStatement(const std::string& select_sql) {
  return fmt::format("COPY ({}) TO STDOUT (FORMAT binary)", select_sql);
}

int64_t RowBytesMax(int64_t value_bytes_max) {
  return value_bytes_max + kRowSlackBytes;
}

CopyReader::CopyReader(std::unique_ptr<CopyChannel> channel, CopyReaderOptions options,
                       GiveBack give_back, std::stop_token stop)
    : options_(std::move(options)),
      give_back_(std::move(give_back)),
      stop_(std::move(stop)),
      channel_(std::move(channel)),
      decoder_(options_) {}

Result<std::unique_ptr<CopyReader>> CopyReader::Open(std::unique_ptr<CopyChannel> channel,
                                                     const std::string& statement, std::string next,
                                                     CopyReaderOptions options, GiveBack give_back,
                                                     std::stop_token stop) {
  std::unique_ptr<CopyReader> reader(new CopyReader(std::move(channel), std::move(options),
                                                    std::move(give_back), std::move(stop)));
  CopyChannel* raw = reader->channel_.get();
  reader->on_stop_ = std::make_unique<std::stop_callback<std::function<void()>>>(
      reader->stop_, [raw] { raw->connection->Interrupt(); });
  Status begun = raw->stream->Begin(statement);
  if (begun.ok() && !next.empty()) begun = raw->stream->SendAhead(std::move(next));
  if (!begun.ok()) return reader->Explain(std::move(begun));
  return reader;
}

CopyReader::~CopyReader() {
  on_stop_.reset();  // before the channel goes
}

Status CopyReader::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  batch->reset();
  if (channel_ == nullptr) return Status::OK();
  if (stop_.stop_requested()) return Interrupted();
  auto filled = FillBatch();
  if (!filled.ok()) return Explain(filled.status());
  if (*filled == 0) return Status::OK();
  return decoder_.Finish().Value(batch);
}

Result<int64_t> CopyReader::FillBatch() {
  int64_t bytes = 0;
  while (bytes < options_.batch_bytes && decoder_.batch_rows() < kBatchRowsMax) {
    ARROW_ASSIGN_OR_RAISE(std::string_view message, channel_->stream->Next());
    if (message.empty()) {
      if (!decoder_.trailer_seen()) return ProtocolError("no end-of-data marker");
      if (options_.check_locked) ARROW_RETURN_NOT_OK(CheckLocked(channel_->connection.get()));
      GiveBackChannel();
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
  const std::chrono::milliseconds timeout(options_.statement_timeout_ms);
  if (timeout.count() > 0 && IsErrorCode(failure, "postgres.canceled") &&
      std::chrono::steady_clock::now() - began_ >= timeout) {
    return StatementTimeout(failure);
  }
  if (!IsErrorCode(failure, kRowTooLarge)) return failure;
  const auto largest = channel_->stream->LargestRefusedValue(decoder_.header_bytes_left());
  const LargestValue value = largest.ok() ? *largest : LargestValue{};
  return decoder_.RefuseRow(value.column, value.bytes, channel_->stream->refused_bytes());
}

void CopyReader::GiveBackChannel() {
  on_stop_.reset();
  give_back_(std::move(channel_));
}

}  // namespace weir::postgres
