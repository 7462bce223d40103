// Sixteen bytes at a time, by the compiler's vector types, which become the machine's own
// instructions; only the mask of matches is spelled for x86.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace weir::csv_internal {

using Block = uint8_t __attribute__((vector_size(16)));
inline constexpr size_t kBlockBytes = sizeof(Block);

inline Block LoadBlock(const char* bytes) {
  Block block;
  std::memcpy(&block, bytes, sizeof(block));
  return block;
}

inline void StoreBlock(Block block, char* out) {
  std::memcpy(out, &block, sizeof(block));
}

inline Block BlockOf(char byte) {
  return Block{} + static_cast<uint8_t>(byte);
}

// 1 to 15 bytes, each at least once, without touching any beside them.
inline Block LoadShort(const char* bytes, size_t count) {
  uint64_t low = 0, high = 0;
  if (count >= 8) {
    std::memcpy(&low, bytes, 8);
    std::memcpy(&high, bytes + count - 8, 8);
  } else if (count >= 4) {
    std::memcpy(&low, bytes, 4);
    std::memcpy(&high, bytes + count - 4, 4);
    low |= low << 32;
    high |= high << 32;
  } else {
    auto byte = [&](size_t i) { return static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])); };
    low = byte(0) | byte(count / 2) << 8 | byte(count - 1) << 16 | byte(count - 1) << 24;
    low |= low << 32;
    high = low;
  }
  uint64_t words[2] = {low, high};
  Block block;
  std::memcpy(&block, words, sizeof(block));
  return block;
}

// Copies 1 to 15 bytes by two overlapping stores.
inline void CopyShort(const char* bytes, size_t count, char* out) {
  if (count >= 8) {
    uint64_t low, high;
    std::memcpy(&low, bytes, 8);
    std::memcpy(&high, bytes + count - 8, 8);
    std::memcpy(out, &low, 8);
    std::memcpy(out + count - 8, &high, 8);
  } else if (count >= 4) {
    uint32_t low, high;
    std::memcpy(&low, bytes, 4);
    std::memcpy(&high, bytes + count - 4, 4);
    std::memcpy(out, &low, 4);
    std::memcpy(out + count - 4, &high, 4);
  } else {
    char first = bytes[0], middle = bytes[count / 2], last = bytes[count - 1];
    out[0] = first;
    out[count / 2] = middle;
    out[count - 1] = last;
  }
}

// `matches` holds 0xff or 0 in each byte.
inline bool AnyMatch(Block matches) {
#ifdef __SSE2__
  return _mm_movemask_epi8(reinterpret_cast<__m128i>(matches)) != 0;
#else
  uint64_t words[2];
  std::memcpy(words, &matches, sizeof(words));
  return (words[0] | words[1]) != 0;
#endif
}

}  // namespace weir::csv_internal
