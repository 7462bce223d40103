#include "io/compress/deflate.h"

#include <fmt/format.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "io/compress/scratch.h"

namespace weir {
namespace {

// Both libraries count in 32 bits.
constexpr size_t kFeedBytesMax = 1 << 30;

// More than either library needs for bytes that do not compress. The room must depend on the
// input's size alone: running out of it would cut the output into other blocks.
size_t OutputBytesMax(size_t input_bytes) {
  return input_bytes + input_bytes / 8 + (64 << 10);
}

ChunkTail MakeTail(std::string_view input) {
  ChunkTail tail;
  tail.crc32 =
      crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(input.data()), input.size());
  tail.bytes = static_cast<int64_t>(input.size());
  return tail;
}

uint32_t LevelBufferBytes(int level) {
  switch (level) {
    case 1:
      return ISAL_DEF_LVL1_DEFAULT;
    case 2:
      return ISAL_DEF_LVL2_DEFAULT;
    default:
      return ISAL_DEF_LVL3_DEFAULT;
  }
}

// What the two libraries have in common.
class DeflateCompressor : public ChunkCompressor {
 public:
  Result<ChunkTail> Compress(std::string_view input, ByteBuffer* out) override {
    const ChunkTail tail = MakeTail(input);
    if (input.empty()) return tail;
    std::span<char> room{scratch_.Prepare(OutputBytesMax(input.size())),
                         OutputBytesMax(input.size())};
    size_t size = 0;
    Begin();
    while (!input.empty()) {
      const std::string_view piece = input.substr(0, kFeedBytesMax);
      input.remove_prefix(piece.size());
      ARROW_ASSIGN_OR_RAISE(size_t written, Deflate(piece, input.empty(), room.subspan(size)));
      size += written;
    }
    scratch_.MoveTo(out, size);
    return tail;
  }

 protected:
  // Forgets the chunk before.
  virtual void Begin() = 0;
  // Compresses all of `input`, ending with a full flush after the `last` piece; returns the size.
  virtual Result<size_t> Deflate(std::string_view input, bool last, std::span<char> room) = 0;

  static uint32_t Clamp(size_t size) {
    return static_cast<uint32_t>(std::min<size_t>(size, UINT32_MAX));
  }

 private:
  Scratch scratch_;
};

// ISA-L 2.30 begins a stream of level 1 or 2 by putting a hash of the stream's own address into its
// table (write_first_byte in igzip_icf_body_h1_gr_bt.asm shifts a register it never loaded), so
// that about one chunk in 8000 comes out differently in another run. Inputs as short as this take
// another way, and a stream that has some history does not begin again. It costs some 15 bytes.
constexpr size_t kOpeningBytes = 8;

class IgzipCompressor : public DeflateCompressor {
 public:
  explicit IgzipCompressor(int level)
      : level_(level), level_buffer_(LevelBufferBytes(level)), stream_(new isal_zstream()) {}

 protected:
  void Begin() override {
    isal_deflate_init(stream_.get());
    stream_->level = level_;
    stream_->level_buf = level_buffer_.data();
    stream_->level_buf_size = static_cast<uint32_t>(level_buffer_.size());
    stream_->end_of_stream = 0;
  }

  Result<size_t> Deflate(std::string_view input, bool last, std::span<char> room) override {
    size_t size = 0;
    if (stream_->total_in == 0 && input.size() > kOpeningBytes) {
      ARROW_ASSIGN_OR_RAISE(size, Feed(input.substr(0, kOpeningBytes), SYNC_FLUSH, room));
      input.remove_prefix(kOpeningBytes);
    }
    ARROW_ASSIGN_OR_RAISE(size_t rest,
                          Feed(input, last ? FULL_FLUSH : NO_FLUSH, room.subspan(size)));
    return size + rest;
  }

 private:
  Result<size_t> Feed(std::string_view input, uint16_t flush, std::span<char> room) {
    stream_->flush = flush;
    stream_->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(input.data()));
    stream_->avail_in = Clamp(input.size());
    stream_->next_out = reinterpret_cast<uint8_t*>(room.data());
    stream_->avail_out = Clamp(room.size());
    const int code = isal_deflate(stream_.get());
    if (code != COMP_OK || stream_->avail_in != 0 || stream_->avail_out == 0) {
      return Error("internal", fmt::format("igzip failed with code {}", code));
    }
    return Clamp(room.size()) - stream_->avail_out;
  }

  const int level_;
  std::vector<uint8_t> level_buffer_;
  std::unique_ptr<isal_zstream> stream_;
};

class ZlibCompressor : public DeflateCompressor {
 public:
  static Result<std::unique_ptr<ChunkCompressor>> Make(int level) {
    std::unique_ptr<ZlibCompressor> compressor(new ZlibCompressor());
    constexpr int kRawDeflate = -MAX_WBITS;
    constexpr int kDefaultMemory = 8;
    if (deflateInit2(&compressor->stream_, level, Z_DEFLATED, kRawDeflate, kDefaultMemory,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      return Error("memory.exhausted", "no memory for a gzip compressor");
    }
    return compressor;
  }
  ~ZlibCompressor() override { deflateEnd(&stream_); }

 protected:
  void Begin() override { deflateReset(&stream_); }

  Result<size_t> Deflate(std::string_view input, bool last, std::span<char> room) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = Clamp(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(room.data());
    stream_.avail_out = Clamp(room.size());
    const int code = deflate(&stream_, last ? Z_FULL_FLUSH : Z_NO_FLUSH);
    if (code != Z_OK || stream_.avail_in != 0 || stream_.avail_out == 0) {
      return Error("internal", fmt::format("zlib failed with code {}", code));
    }
    return Clamp(room.size()) - stream_.avail_out;
  }

 private:
  ZlibCompressor() = default;

  z_stream stream_{};
};

}  // namespace

Result<std::unique_ptr<ChunkCompressor>> MakeDeflateCompressor(int level) {
  if (level > kIgzipLevelMax) return ZlibCompressor::Make(level);
  return std::make_unique<IgzipCompressor>(level);
}

}  // namespace weir
