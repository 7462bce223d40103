// The buffer a compressor works in. Chunks wait in queues, so they are copied out at their exact
// size instead of keeping a buffer made for the worst case.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/byte_buffer.h"

namespace weir {

// Used by one thread.
class Scratch {
 public:
  // `bytes` of room; earlier contents are gone.
  char* Prepare(size_t bytes) {
    buffer_.Clear();
    return buffer_.Reserve(bytes);
  }

  void MoveTo(ByteBuffer* out, size_t bytes) {
    out->Append({buffer_.data(), bytes});
    // One giant value must not cost its size for the rest of the copy.
    if (buffer_.capacity() > kKeepBytesMax) buffer_ = ByteBuffer();
  }

 private:
  static constexpr size_t kKeepBytesMax = 4 << 20;

  ByteBuffer buffer_;
};

}  // namespace weir
