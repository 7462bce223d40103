// The rows of COPY ... TO STDOUT (FORMAT binary) statements, one by one, straight from the socket:
// "Message Flow", "COPY Operations" and "Message Formats" in PostgreSQL's description of its
// protocol 3.0. libpq's own reader copies each row into memory of its own, after it has received
// all of it, and cannot be given a statement before the last one has ended.
#pragma once

#include <arrow/buffer.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "db/postgres/transport.h"

namespace weir::postgres {

// The next row is larger than allowed; found before any of it was buffered.
inline constexpr char kRowTooLarge[] = "copy_stream.row_too_large";

// What is received at once; rows within it need no more memory.
inline constexpr int64_t kCopyBufferBytes = 256 << 10;

struct LargestValue {
  size_t column = 0;
  int64_t bytes = 0;
};

// Used by one thread at a time. The transport, a connection, must outlive the stream and may be
// used for something else only while this is not busy. The stream's cache line is its own: shared
// with what another thread writes, it cost a quarter of a copy's time.
class alignas(64) CopyStream {
 public:
  // Rows of more than `row_bytes_max`, at least kCopyBufferBytes, are refused.
  static Result<std::unique_ptr<CopyStream>> Make(Transport* transport, int64_t row_bytes_max);

  CopyStream(const CopyStream&) = delete;
  CopyStream& operator=(const CopyStream&) = delete;

  // Begins to read the rows of the statement, which must be such a COPY, and sends it unless that
  // was done ahead. A failure it begins with may also come from Next. REQUIRES: the rows of the
  // last one were read, and no other was sent ahead.
  Status Begin(const std::string& sql);
  // Sends the statement that Begin will be called with next, while another's rows are read: the
  // server goes on to it without waiting. REQUIRES: none was sent ahead yet.
  Status SendAhead(std::string sql);
  // What was sent ahead; empty: nothing.
  const std::string& ahead() const { return ahead_; }

  // The next row's bytes, valid until the next call; empty at the statement's end. After a failure
  // the stream is of no more use.
  Result<std::string_view> Next();

  // The server has something to do, or what it has done was not read to its end.
  bool busy() const { return reading_ || !ahead_.empty(); }

  // Of the row that was refused as too large.
  int64_t refused_bytes() const { return refused_bytes_; }
  // Reads through that row, keeping nothing, and returns the first of its values that is larger
  // than a row may be, or else the largest. `prefix` bytes stand before the row in its message.
  // Call it once.
  Result<LargestValue> LargestRefusedValue(size_t prefix);

 private:
  struct Message {
    char type;
    std::string_view body;
  };

  CopyStream(Transport* transport, int64_t row_bytes_max)
      : transport_(transport), row_bytes_max_(row_bytes_max) {}

  size_t available() const { return end_ - begin_; }
  Result<std::string_view> ReceiveNext();
  Result<Message> NextMessage();
  Status CheckSize(char type, int64_t size);
  Status Skip(int64_t size);
  Status FillUpTo(size_t size);
  void Compact();
  Status Resize(size_t capacity);
  Status EndStatement();

  Transport* const transport_;
  const int64_t row_bytes_max_;
  std::shared_ptr<arrow::ResizableBuffer> buffer_;
  char* data_ = nullptr;  // buffer_'s; asking it for each row would read a line it shares
  size_t capacity_ = 0;
  size_t begin_ = 0, end_ = 0;  // what was received and not yet returned, in data_
  int64_t unread_ = 0;          // of the last message
  int64_t refused_bytes_ = 0;
  bool reading_ = false;
  std::string ahead_;
};

}  // namespace weir::postgres
