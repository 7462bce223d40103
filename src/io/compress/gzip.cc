#include <fmt/format.h>
#include <isa-l.h>
#include <zlib.h>

#include <cstdint>
#include <string>

#include "io/compress/compression.h"
#include "io/compress/deflate.h"
#include "io/compress/gunzip.h"

namespace weir {
namespace {

void AppendLittleEndian(uint32_t value, std::string* out) {
  for (int shift = 0; shift < 32; shift += 8) out->push_back(static_cast<char>(value >> shift));
}

// RFC 1952, section 2.3.1: no name, no time, so that the same chunks give the same bytes.
constexpr unsigned char kHeader[] = {
    0x1f, 0x8b,        // magic
    8,                 // deflate
    0,                 // flags
    0,    0,    0, 0,  // modification time: unknown
    0,                 // extra flags
    255,               // operating system: unknown
};

// RFC 1951, section 3.2.6: a final block of fixed codes that holds nothing but its end.
constexpr unsigned char kFinalEmptyBlock[] = {0x03, 0x00};

class GzipJoiner : public StreamJoiner {
 public:
  std::string Begin() override { return {reinterpret_cast<const char*>(kHeader), sizeof(kHeader)}; }

  void Add(const ChunkTail& tail) override {
    crc32_ = static_cast<uint32_t>(crc32_combine64(crc32_, tail.crc32, tail.bytes));
    bytes_ += tail.bytes;
  }

  std::string End() override {
    std::string end(reinterpret_cast<const char*>(kFinalEmptyBlock), sizeof(kFinalEmptyBlock));
    AppendLittleEndian(crc32_, &end);
    AppendLittleEndian(static_cast<uint32_t>(bytes_), &end);  // modulo 2^32, as the RFC says
    return end;
  }

 private:
  uint32_t crc32_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace

Compression GzipCompression() {
  Compression gzip;
  gzip.name = "gzip";
  gzip.extension = ".gz";
  gzip.description = "gzip (RFC 1952), read by everything; levels 1-3 fast, 4-9 small and slow";
  gzip.library = [] {
    return fmt::format("isa-l {}.{}.{}, zlib {}", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION,
                       ISAL_PATCH_VERSION, zlibVersion());
  };
  gzip.level_min = kIgzipLevelMin;
  gzip.level_max = kZlibLevelMax;
  gzip.level_default = 1;
  gzip.make_compressor = MakeDeflateCompressor;
  gzip.make_joiner = [] { return std::make_unique<GzipJoiner>(); };
  gzip.make_decompressor = MakeGzipDecompressor;
  return gzip;
}

}  // namespace weir
