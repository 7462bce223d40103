#include "format/csv/quoting.h"

#include <array>
#include <bit>
#include <utility>

#if defined(__x86_64__) && defined(__GNUC__)
#include <tmmintrin.h>
#define WEIR_CSV_SHUFFLE 1
#endif

namespace weir::csv_internal {
namespace {

char* WriteQuotedBytewise(std::string_view text, char* out) {
  *out++ = '"';
  for (char byte : text) {
    *out++ = byte;
    *out = '"';
    out += byte == '"' ? 1 : 0;
  }
  *out++ = '"';
  return out;
}

#ifdef WEIR_CSV_SHUFFLE
// Doubles the quotes of eight bytes by one shuffle: row m of kDoubling lists, for the bytes of m
// that are quotes, where each byte of the result comes from. JSON is so full of quotes that going
// from one to the next would take a branch every few bytes.
constexpr std::array<std::array<uint8_t, 16>, 256> kDoubling = [] {
  std::array<std::array<uint8_t, 16>, 256> table{};
  for (size_t mask = 0; mask < table.size(); ++mask) {
    size_t at = 0;
    for (uint8_t byte = 0; byte < 8; ++byte) {
      table[mask][at++] = byte;
      if (mask >> byte & 1) table[mask][at++] = byte;
    }
    while (at < 16) table[mask][at++] = 0x80;
  }
  return table;
}();

// From byte 16 - n on: moves the last n bytes of a block to its front and zeros after them.
constexpr std::array<uint8_t, 32> kToFront = [] {
  std::array<uint8_t, 32> table{};
  for (size_t i = 0; i < 32; ++i) table[i] = i < 16 ? static_cast<uint8_t>(i) : 0x80;
  return table;
}();

__attribute__((target("ssse3,popcnt"))) inline char* DoubleHalf(__m128i half, uint32_t mask,
                                                                size_t bytes, char* out) {
  __m128i order = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kDoubling[mask].data()));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_shuffle_epi8(half, order));
  return out + bytes + static_cast<size_t>(__builtin_popcount(mask));
}

// The first `bytes` bytes of a block, the rest of which is zeros.
__attribute__((target("ssse3,popcnt"))) inline char* DoubleBlock(__m128i block, size_t bytes,
                                                                 char* out) {
  uint32_t mask =
      static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8('"'))));
  if (bytes <= 8) return DoubleHalf(block, mask & 0xff, bytes, out);
  out = DoubleHalf(block, mask & 0xff, 8, out);
  return DoubleHalf(_mm_unpackhi_epi64(block, block), mask >> 8, bytes - 8, out);
}

// REQUIRES: 16 bytes at least.
__attribute__((target("ssse3,popcnt"))) char* WriteQuotedByShuffle(std::string_view text,
                                                                   char* out) {
  *out++ = '"';
  const char* at = text.data();
  const char* end = at + text.size();
  for (; end - at >= 16; at += 16) {
    out = DoubleBlock(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), 16, out);
  }
  if (at < end) {
    size_t rest = static_cast<size_t>(end - at);
    __m128i last = _mm_loadu_si128(reinterpret_cast<const __m128i*>(end - 16));
    __m128i order = _mm_loadu_si128(reinterpret_cast<const __m128i*>(&kToFront[16 - rest]));
    out = DoubleBlock(_mm_shuffle_epi8(last, order), rest, out);
  }
  *out++ = '"';
  return out;
}

const bool kHasShuffle = __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("popcnt");
#endif

}  // namespace

char* WriteQuoted(std::string_view text, char* out) {
#ifdef WEIR_CSV_SHUFFLE
  if (text.size() >= kBlockBytes && kHasShuffle) return WriteQuotedByShuffle(text, out);
#endif
  return WriteQuotedBytewise(text, out);
}

Quoting::Quoting(Dialect dialect, char delimiter, std::string null_text, bool single_column)
    : delimiter_(BlockOf(delimiter)),
      quote_(BlockOf('"')),
      cr_(BlockOf('\r')),
      lf_(BlockOf('\n')),
      null_text_(std::move(null_text)),
      quotes_empty_(dialect == Dialect::kIso || null_text_.empty()),
      quotes_blanks_(dialect == Dialect::kIso),
      quotes_end_of_data_(single_column) {}

}  // namespace weir::csv_internal
