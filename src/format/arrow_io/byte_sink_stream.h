// A ByteSink as Arrow's writers want it.
#pragma once

#include <arrow/io/interfaces.h>

#include "base/byte_buffer.h"
#include "core/sink.h"

namespace weir {

// Gathers small writes, so that a library's many headers do not become as many system calls.
// Used by one thread; `sink` must outlive it or be detached.
class ByteSinkStream : public arrow::io::OutputStream {
 public:
  explicit ByteSinkStream(ByteSink* sink) : sink_(sink) {}

  // From here on every write fails: what a library still writes while it is torn down after a
  // failure must not reach the sink.
  void Detach() { sink_ = nullptr; }

  Status Write(const void* data, int64_t nbytes) override;
  using arrow::io::OutputStream::Write;
  // Hands everything gathered to the sink.
  Status Flush() override;
  // Flushes; the sink itself stays open.
  Status Close() override;
  bool closed() const override { return sink_ == nullptr; }
  Result<int64_t> Tell() const override { return position_; }

  // Bytes written so far, gathered ones included.
  int64_t position() const { return position_; }

 private:
  ByteSink* sink_;
  ByteBuffer gathered_;
  int64_t position_ = 0;
};

}  // namespace weir
