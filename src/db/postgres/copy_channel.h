// A connection with the rows that come over it.
#pragma once

#include <memory>
#include <utility>

#include "db/postgres/connection.h"
#include "db/postgres/copy_stream.h"

namespace weir::postgres {

// Used by one thread at a time. Destruction cancels what is not at its end.
struct CopyChannel {
  // Rows of more than `row_bytes_max`, at least kCopyBufferBytes, are refused.
  static Result<std::unique_ptr<CopyChannel>> Make(std::unique_ptr<Connection> connection,
                                                   int64_t row_bytes_max) {
    ARROW_ASSIGN_OR_RAISE(auto stream, CopyStream::Make(connection.get(), row_bytes_max));
    auto channel = std::make_unique<CopyChannel>();
    channel->connection = std::move(connection);
    channel->stream = std::move(stream);
    return channel;
  }

  CopyChannel() = default;
  CopyChannel(const CopyChannel&) = delete;
  CopyChannel& operator=(const CopyChannel&) = delete;
  ~CopyChannel() {
    if (connection != nullptr && stream->busy()) connection->Interrupt();
  }

  std::unique_ptr<Connection> connection;
  std::unique_ptr<CopyStream> stream;
};

}  // namespace weir::postgres
