// The rows of a COPY ... TO STDOUT (FORMAT binary), one by one, without holding more than one.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "db/postgres/connection.h"

namespace weir::postgres {

// The row being received is larger than allowed; found before libpq has buffered all of it.
inline constexpr char kRowTooLarge[] = "copy_stream.row_too_large";

// Used by one thread. The connection must be in COPY OUT and must outlive the stream. Its cache line
// is its own: shared with what another thread writes, it cost a quarter of a copy's time.
class alignas(64) CopyStream {
 public:
  CopyStream(Connection* connection, int64_t row_bytes_max)
      : connection_(connection), row_bytes_max_(row_bytes_max) {}
  ~CopyStream() { Release(); }
  CopyStream(const CopyStream&) = delete;
  CopyStream& operator=(const CopyStream&) = delete;

  // The next message's bytes, valid until the next call; empty at the end, after which the
  // connection is idle again.
  Result<std::string_view> Next();

  // Frees the last message.
  void Release() {
    PQfreemem(row_);
    row_ = nullptr;
  }

 private:
  Status WaitForMore();
  Status EndCopy();

  Connection* const connection_;
  const int64_t row_bytes_max_;
  char* row_ = nullptr;
  int64_t waits_ = 0;          // since the last complete row
  int64_t pending_bytes_ = 0;  // received of the incomplete row, once it took several waits
};

}  // namespace weir::postgres
