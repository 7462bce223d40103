// Chunks of raw deflate (RFC 1951) that join on byte boundaries: each ends with a full flush, so
// that it refers to nothing before it, and none is final.
#pragma once

#include <memory>

#include "core/compression.h"

namespace weir {

inline constexpr int kIgzipLevelMin = 1;
inline constexpr int kIgzipLevelMax = 3;
inline constexpr int kZlibLevelMax = 9;

// REQUIRES: kIgzipLevelMin <= level <= kZlibLevelMax.
Result<std::unique_ptr<ChunkCompressor>> MakeDeflateCompressor(int level);

}  // namespace weir
