#include "db/postgres/copy_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/byte_size.h"
#include "base/mapping_pool.h"
#include "db/postgres/errors.h"

namespace weir::postgres {
namespace {

constexpr size_t kHeaderBytes = 5;  // type, length; the length counts itself but not the type
constexpr size_t kLengthBytes = 4;
// Of messages other than rows. The rest of a longer error is the end of its text, or its context.
constexpr int64_t kOtherBytesMax = 64 << 10;

uint32_t ReadLength(const char* bytes) {
  uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap32(value);
}

std::string QueryMessage(const std::string& sql) {
  const uint32_t length = __builtin_bswap32(static_cast<uint32_t>(kLengthBytes + sql.size() + 1));
  std::string message("Q");
  message.append(reinterpret_cast<const char*>(&length), sizeof length);
  return message.append(sql.c_str(), sql.size() + 1);
}

// "Error and Notice Message Fields": a letter and a string, until a zero byte.
Status ParseError(std::string_view body) {
  ServerMessage said{.sqlstate = "XX000"};
  while (!body.empty() && body[0] != '\0') {
    const size_t end = std::min(body.find('\0', 1), body.size());
    const std::string_view text = body.substr(1, end - 1);
    if (body[0] == 'C') said.sqlstate = text;
    if (body[0] == 'M') said.message = text;
    if (body[0] == 'D') said.detail = text;
    if (body[0] == 'H') said.hint = text;
    if (body[0] == 'R') said.routine = text;
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return ServerError(said);
}

}  // namespace

Result<std::unique_ptr<CopyStream>> CopyStream::Make(Transport* transport, int64_t row_bytes_max) {
  std::unique_ptr<CopyStream> stream(new CopyStream(transport, row_bytes_max));
  ARROW_ASSIGN_OR_RAISE(stream->buffer_, arrow::AllocateResizableBuffer(0, DefaultMappingPool()));
  ARROW_RETURN_NOT_OK(stream->Resize(kCopyBufferBytes));
  return stream;
}

Status CopyStream::Begin(const std::string& sql) {
  reading_ = true;
  if (ahead_ != sql) return transport_->Send(QueryMessage(sql));
  ahead_.clear();
  return Status::OK();
}

Status CopyStream::SendAhead(std::string sql) {
  ahead_ = std::move(sql);
  return transport_->Send(QueryMessage(ahead_));
}

// A large row's room is not kept for the next statement.
Status CopyStream::EndStatement() {
  reading_ = false;
  if (capacity_ <= kCopyBufferBytes || available() > kCopyBufferBytes) return Status::OK();
  Compact();
  return Resize(kCopyBufferBytes);
}

Result<std::string_view> CopyStream::Next() {
  // Nearly always the row is there already.
  if (available() >= kHeaderBytes && data_[begin_] == 'd') {
    const size_t size = ReadLength(data_ + begin_ + 1) - kLengthBytes;
    if (size - 1 < available() - kHeaderBytes) {  // an empty one is none
      const char* row = data_ + begin_ + kHeaderBytes;
      begin_ += kHeaderBytes + size;
      return std::string_view(row, size);
    }
  }
  return ReceiveNext();
}

Result<std::string_view> CopyStream::ReceiveNext() {
  Status failure;
  while (true) {
    auto message = NextMessage();
    // A server that gives up says why before it closes the connection.
    if (!message.ok()) return failure.ok() ? message.status() : failure;
    switch (message->type) {
      case 'd':  // CopyData
        if (failure.ok()) return message->body;
        break;
      case 'E':  // ErrorResponse
        failure = ParseError(message->body);
        break;
      case 'Z':  // ReadyForQuery
        ARROW_RETURN_NOT_OK(failure);
        ARROW_RETURN_NOT_OK(EndStatement());
        return std::string_view();
      case 'H':  // CopyOutResponse
      case 'c':  // CopyDone
      case 'C':  // CommandComplete
      case 'N':  // NoticeResponse
      case 'S':  // ParameterStatus
      case 'A':  // NotificationResponse
        break;
      default:
        if (!failure.ok()) return failure;
        return ProtocolError(fmt::format("a message of type {:#04x} during COPY", message->type));
    }
  }
}

Result<CopyStream::Message> CopyStream::NextMessage() {
  ARROW_RETURN_NOT_OK(Skip(std::exchange(unread_, 0)));
  ARROW_RETURN_NOT_OK(FillUpTo(kHeaderBytes));
  const char* header = data_ + begin_;
  const char type = header[0];
  const int64_t size = static_cast<int32_t>(ReadLength(header + 1)) - int64_t{kLengthBytes};
  ARROW_RETURN_NOT_OK(CheckSize(type, size));
  const int64_t kept = type == 'd' ? size : std::min(size, kOtherBytesMax);
  ARROW_RETURN_NOT_OK(FillUpTo(kHeaderBytes + static_cast<size_t>(kept)));
  const std::string_view body(data_ + begin_ + kHeaderBytes, static_cast<size_t>(kept));
  begin_ += kHeaderBytes + body.size();
  unread_ = size - kept;
  return Message{type, body};
}

Status CopyStream::CheckSize(char type, int64_t size) {
  if (size < 0) return ProtocolError("a message of negative length");
  if (type != 'd') return Status::OK();
  // To whom reads the rows it would be the end.
  if (size == 0) return ProtocolError("an empty row");
  if (size <= row_bytes_max_) return Status::OK();
  refused_bytes_ = size;
  return Error(kRowTooLarge, fmt::format("a row of {} is larger than {}", FormatByteSize(size),
                                         FormatByteSize(row_bytes_max_)));
}

Result<LargestValue> CopyStream::LargestRefusedValue(size_t prefix) {
  int64_t left = refused_bytes_;
  const auto take = [&left](int64_t size) {
    left -= size;
    return left < 0 ? ProtocolError("a cut row") : Status::OK();
  };
  ARROW_RETURN_NOT_OK(take(static_cast<int64_t>(prefix) + 2));
  ARROW_RETURN_NOT_OK(Skip(static_cast<int64_t>(kHeaderBytes + prefix)));
  ARROW_RETURN_NOT_OK(FillUpTo(2));
  const auto* count_bytes = reinterpret_cast<const uint8_t*>(data_ + begin_);
  const size_t count = count_bytes[0] << 8 | count_bytes[1];
  begin_ += 2;
  LargestValue largest;
  for (size_t column = 0; column < count; ++column) {
    ARROW_RETURN_NOT_OK(take(kLengthBytes));
    ARROW_RETURN_NOT_OK(FillUpTo(kLengthBytes));
    const auto size = static_cast<int32_t>(ReadLength(data_ + begin_));
    begin_ += kLengthBytes;
    if (size > largest.bytes) largest = {column, size};
    if (size > row_bytes_max_) break;
    ARROW_RETURN_NOT_OK(take(std::max(size, 0)));
    ARROW_RETURN_NOT_OK(Skip(size));
  }
  return largest;
}

Status CopyStream::Skip(int64_t size) {
  while (size > 0) {
    ARROW_RETURN_NOT_OK(FillUpTo(1));
    const auto step = std::min<int64_t>(size, static_cast<int64_t>(available()));
    begin_ += static_cast<size_t>(step);
    size -= step;
  }
  return Status::OK();
}

// Receives until `size` bytes are there, as one piece.
Status CopyStream::FillUpTo(size_t size) {
  if (available() >= size) return Status::OK();
  Compact();
  if (size > capacity_) ARROW_RETURN_NOT_OK(Resize(size));
  while (end_ < size) {
    ARROW_ASSIGN_OR_RAISE(size_t received, transport_->Receive(data_ + end_, capacity_ - end_));
    end_ += received;
  }
  return Status::OK();
}

// Moves what was received to the buffer's start.
void CopyStream::Compact() {
  std::memmove(data_, data_ + begin_, available());
  end_ = available();
  begin_ = 0;
}

Status CopyStream::Resize(size_t capacity) {
  ARROW_RETURN_NOT_OK(buffer_->Resize(static_cast<int64_t>(capacity)));
  data_ = reinterpret_cast<char*>(buffer_->mutable_data());
  capacity_ = capacity;
  return Status::OK();
}

}  // namespace weir::postgres
