// Stream compression of text formats, made so that chunks compressed by different workers join into
// one ordinary stream: gzip as one member of deflate blocks (RFC 1952, RFC 1951), zstd as frames
// (RFC 8878). The joined bytes depend on the chunks alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/status.h"

namespace weir {

// What the joiner needs to know of a compressed chunk's input.
struct ChunkTail {
  uint32_t crc32 = 0;  // gzip only
  int64_t bytes = 0;   // uncompressed
};

// One per worker, used by one thread. Each call stands alone.
class ChunkCompressor {
 public:
  virtual ~ChunkCompressor() = default;
  virtual Result<ChunkTail> Compress(std::string_view input, ByteBuffer* out) = 0;
};

// Joins compressed chunks in order: Begin, then Add for every chunk, then End.
class StreamJoiner {
 public:
  virtual ~StreamJoiner() = default;
  virtual std::string Begin() = 0;
  virtual void Add(const ChunkTail& tail) = 0;
  virtual std::string End() = 0;
};

// Decompresses a stream as it comes; concatenated members and frames too.
class StreamDecompressor {
 public:
  virtual ~StreamDecompressor() = default;
  // Feeds `input`; calls `emit` for each piece of output. Damaged input is "compress.corrupt".
  virtual Status Feed(std::string_view input,
                      const std::function<Status(std::string_view)>& emit) = 0;
  // Fails with "compress.truncated" when the stream was not complete.
  virtual Status Finish() = 0;
};

struct Compression {
  std::string name;       // gzip
  std::string extension;  // .gz
  std::string description;
  // Name and version of the library behind it, "zstd 1.5.4"; unset when it is weir's own.
  std::function<std::string()> library;
  int level_min = 1, level_max = 1, level_default = 1;
  std::function<Result<std::unique_ptr<ChunkCompressor>>(int level)> make_compressor;
  std::function<std::unique_ptr<StreamJoiner>()> make_joiner;
  std::function<Result<std::unique_ptr<StreamDecompressor>>()> make_decompressor;
};

}  // namespace weir
