#include "format/json/json_string.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include <simdjson.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace weir {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighBits = 0x8080808080808080;

bool NeedsEscape(unsigned char byte) {
  return byte < 0x20 || byte == '"' || byte == '\\';
}

// Non-zero when one of the eight bytes needs an escape. The high bit of a byte may also be set by a
// borrow from a lower byte that does need one, so only the lowest marked byte is certain.
uint64_t EscapeMask(uint64_t word) {
  uint64_t quote = word ^ (kOnes * '"');
  uint64_t backslash = word ^ (kOnes * '\\');
  return ((word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes)) & ~word & kHighBits;
}

uint64_t Load64(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

#ifdef __SSE2__
// Bit i is set when byte i of the sixteen needs an escape.
int EscapeMask16(const char* bytes) {
  __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  __m128i limit = _mm_set1_epi8(0x1f);
  __m128i control = _mm_cmpeq_epi8(_mm_max_epu8(block, limit), limit);
  __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
  __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  return _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
}
#endif

// The length of the run at the start of `text` that needs no escape.
size_t CleanPrefix(const char* text, size_t size) {
  size_t i = 0;
#ifdef __SSE2__
  for (; i + 16 <= size; i += 16) {
    int mask = EscapeMask16(text + i);
    if (mask != 0) return i + std::countr_zero(static_cast<unsigned>(mask));
  }
#endif
  for (; i + 8 <= size; i += 8) {
    uint64_t mask = EscapeMask(Load64(text + i));
    if (mask != 0) return i + std::countr_zero(mask) / 8;
  }
  if (i < size &&
      size >= 8) {  // the last eight bytes, of which the first ones are known to be clean
    uint64_t mask = EscapeMask(Load64(text + size - 8));
    return mask == 0 ? size : size - 8 + std::countr_zero(mask) / 8;
  }
  for (; i < size; ++i) {
    if (NeedsEscape(static_cast<unsigned char>(text[i]))) return i;
  }
  return size;
}

// Writes at most six bytes; returns how many.
size_t WriteEscape(unsigned char byte, char* out) {
  static constexpr char kShort[] = "btn\0fr";  // for \b (8) to \r (13); \v has no short form
  static constexpr char kHex[] = "0123456789abcdef";
  out[0] = '\\';
  if (byte == '"' || byte == '\\') {
    out[1] = static_cast<char>(byte);
    return 2;
  }
  if (byte >= '\b' && byte <= '\r' && byte != '\v') {
    out[1] = kShort[byte - '\b'];
    return 2;
  }
  out[1] = 'u';
  out[2] = out[3] = '0';
  out[4] = kHex[byte >> 4];
  out[5] = kHex[byte & 15];
  return 6;
}

}  // namespace

void AppendJsonStringBody(std::string_view text, ByteBuffer* out) {
  const char* bytes = text.data();
  size_t left = text.size();
  while (left > 0) {
    size_t clean = CleanPrefix(bytes, left);
    char* to = out->Reserve(clean + 6);
    std::memcpy(to, bytes, clean);
    if (clean == left) {
      out->Commit(clean);
      return;
    }
    size_t escape = WriteEscape(static_cast<unsigned char>(bytes[clean]), to + clean);
    out->Commit(clean + escape);
    bytes += clean + 1;
    left -= clean + 1;
  }
}

void AppendJsonString(std::string_view text, ByteBuffer* out) {
  if (CleanPrefix(text.data(), text.size()) == text.size()) {
    char* to = out->Reserve(text.size() + 2);
    *to = '"';
    if (!text.empty()) std::memcpy(to + 1, text.data(), text.size());
    to[text.size() + 1] = '"';
    out->Commit(text.size() + 2);
    return;
  }
  out->Append('"');
  AppendJsonStringBody(text, out);
  out->Append('"');
}

bool IsValidUtf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

size_t FirstInvalidUtf8(std::string_view text) {
  if (IsValidUtf8(text)) return text.size();
  size_t good = 0;
  while (good < text.size()) {
    size_t length = 1;
    while (length <= 4 && good + length <= text.size() && !IsValidUtf8(text.substr(good, length))) {
      ++length;
    }
    if (length > 4 || good + length > text.size()) break;
    good += length;
  }
  return good;
}

bool IsJsonNumber(std::string_view text) {
  const char* p = text.data();
  const char* end = p + text.size();
  auto digits = [&] {
    const char* start = p;
    while (p != end && static_cast<unsigned char>(*p - '0') < 10) ++p;
    return p != start;
  };
  if (p != end && *p == '-') ++p;
  if (p != end && *p == '0') {
    ++p;
  } else if (!digits()) {
    return false;
  }
  if (p != end && *p == '.') {
    ++p;
    if (!digits()) return false;
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end && (*p == '+' || *p == '-')) ++p;
    if (!digits()) return false;
  }
  return p == end;
}

}  // namespace weir
