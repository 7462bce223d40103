// Bytes to and from a server: what a reader of its messages needs of a connection.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/status.h"

namespace weir::postgres {

// Used by one thread at a time. Both functions block.
class Transport {
 public:
  virtual ~Transport() = default;

  // Returns when all of it is sent.
  virtual Status Send(std::string_view bytes) = 0;
  // Returns at least one byte; a server that has closed the connection is a failure.
  virtual Result<size_t> Receive(char* to, size_t room) = 0;
};

}  // namespace weir::postgres
