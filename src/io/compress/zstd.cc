#include <zstd.h>

#include <fmt/format.h>

#include <string>
#include <vector>

#include "io/compress/compression.h"
#include "io/compress/scratch.h"

namespace weir {
namespace {

constexpr int kLevelMin = 1;
constexpr int kLevelMax = 19;
// Level 1 is both the fastest and, on rows of tables, smaller than 2 to 5.
constexpr int kLevelDefault = 1;
// A longer chunk (one with a giant value) must not make window and tables grow with it.
constexpr int kWindowLogMax = 20;
constexpr int kWindowOfLevel = 0;
// What the format asks every decoder to accept is 8 MiB; files by `zstd --ultra` stay out.
constexpr int kReadWindowLogMax = 23;

class ZstdCompressor : public ChunkCompressor {
 public:
  static Result<std::unique_ptr<ChunkCompressor>> Make(int level) {
    std::unique_ptr<ZstdCompressor> compressor(new ZstdCompressor());
    if (compressor->context_ == nullptr) {
      return Error("memory.exhausted", "no memory for a zstd compressor");
    }
    ARROW_RETURN_NOT_OK(compressor->Set(ZSTD_c_compressionLevel, level));
    ARROW_RETURN_NOT_OK(compressor->Set(ZSTD_c_checksumFlag, 1));
    return compressor;
  }
  ~ZstdCompressor() override { ZSTD_freeCCtx(context_); }

  Result<ChunkTail> Compress(std::string_view input, ByteBuffer* out) override {
    ChunkTail tail;
    tail.bytes = static_cast<int64_t>(input.size());
    if (input.empty()) return tail;
    const bool cap_window = input.size() > size_t{1} << kWindowLogMax;
    ARROW_RETURN_NOT_OK(Set(ZSTD_c_windowLog, cap_window ? kWindowLogMax : kWindowOfLevel));
    const size_t room = ZSTD_compressBound(input.size());
    char* begin = scratch_.Prepare(room);
    const size_t size = ZSTD_compress2(context_, begin, room, input.data(), input.size());
    if (ZSTD_isError(size)) {
      return Error("internal", fmt::format("zstd failed: {}", ZSTD_getErrorName(size)));
    }
    scratch_.MoveTo(out, size);
    return tail;
  }

 private:
  ZstdCompressor() : context_(ZSTD_createCCtx()) {}

  Status Set(ZSTD_cParameter parameter, int value) {
    const size_t code = ZSTD_CCtx_setParameter(context_, parameter, value);
    return ZSTD_isError(code) ? Error("internal", ZSTD_getErrorName(code)) : Status::OK();
  }

  ZSTD_CCtx* const context_;
  Scratch scratch_;
};

// Frames stand one after another as they are.
class ZstdJoiner : public StreamJoiner {
 public:
  std::string Begin() override { return ""; }
  void Add(const ChunkTail& tail) override { empty_ = empty_ && tail.bytes == 0; }
  std::string End() override {
    if (!empty_) return "";
    // No frame at all is not a zstd stream: one frame of nothing.
    std::string frame(ZSTD_compressBound(0), '\0');
    frame.resize(ZSTD_compress(frame.data(), frame.size(), nullptr, 0, kLevelDefault));
    return frame;
  }

 private:
  bool empty_ = true;
};

class ZstdDecompressor : public StreamDecompressor {
 public:
  static Result<std::unique_ptr<StreamDecompressor>> Make() {
    std::unique_ptr<ZstdDecompressor> decompressor(new ZstdDecompressor());
    if (decompressor->context_ == nullptr) {
      return Error("memory.exhausted", "no memory for a zstd decompressor");
    }
    ZSTD_DCtx_setParameter(decompressor->context_, ZSTD_d_windowLogMax, kReadWindowLogMax);
    return decompressor;
  }
  ~ZstdDecompressor() override { ZSTD_freeDCtx(context_); }

  Status Feed(std::string_view input,
              const std::function<Status(std::string_view)>& emit) override {
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    bool output_full = false;
    while (in.pos < in.size || output_full) {
      ZSTD_outBuffer out{output_.data(), output_.size(), 0};
      const size_t result = ZSTD_decompressStream(context_, &out, &in);
      if (out.pos > 0) ARROW_RETURN_NOT_OK(emit({output_.data(), out.pos}));
      if (ZSTD_isError(result)) {
        return Error("compress.corrupt",
                     fmt::format("damaged zstd data near byte {}: {}", bytes_in_ + in.pos,
                                 ZSTD_getErrorName(result)));
      }
      in_frame_ = result != 0;
      any_frame_ = true;
      output_full = in_frame_ && out.pos == out.size;
    }
    bytes_in_ += in.size;
    return Status::OK();
  }

  Status Finish() override {
    if (any_frame_ && !in_frame_) return Status::OK();
    if (!any_frame_) return Error("compress.truncated", "the stream is empty");
    return Error("compress.truncated",
                 fmt::format("the zstd stream ends too early, after {} bytes", bytes_in_));
  }

 private:
  ZstdDecompressor() : context_(ZSTD_createDCtx()), output_(ZSTD_DStreamOutSize()) {}

  ZSTD_DCtx* const context_;
  std::vector<char> output_;
  bool in_frame_ = false;
  bool any_frame_ = false;
  uint64_t bytes_in_ = 0;
};

}  // namespace

Compression ZstdCompression() {
  Compression zstd;
  zstd.name = "zstd";
  zstd.extension = ".zst";
  zstd.description = "zstd (RFC 8878), smaller and faster to read than gzip; levels 1-19";
  zstd.library = [] { return fmt::format("zstd {}", ZSTD_versionString()); };
  zstd.level_min = kLevelMin;
  zstd.level_max = kLevelMax;
  zstd.level_default = kLevelDefault;
  zstd.make_compressor = ZstdCompressor::Make;
  zstd.make_joiner = [] { return std::make_unique<ZstdJoiner>(); };
  zstd.make_decompressor = ZstdDecompressor::Make;
  return zstd;
}

}  // namespace weir
