#include "db/duckdb/decimal_text.h"

#include <cstdint>
#include <cstring>

namespace weir::duckdb {
namespace {

// Writes at least `digits_min` digits, ending at `end`; returns where they begin.
char* WriteBackwards(uint64_t number, int digits_min, char* end) {
  char* begin = end;
  while (number != 0 || digits_min > 0) {
    *--begin = static_cast<char>('0' + number % 10);
    number /= 10;
    --digits_min;
  }
  return begin;
}

}  // namespace

size_t WriteDecimal(bool negative, unsigned __int128 magnitude, int scale, char* out) {
  constexpr uint64_t kChunk = 1'000'000'000'000'000'000;
  constexpr int kChunkDigits = 18;
  char digits[64];
  char* end = digits + sizeof(digits);
  char* begin = end;
  // Division of 128 bits is slow; most numbers need none.
  while (magnitude > UINT64_MAX) {
    begin = WriteBackwards(static_cast<uint64_t>(magnitude % kChunk), kChunkDigits, begin);
    magnitude /= kChunk;
  }
  int written = static_cast<int>(end - begin);
  begin = WriteBackwards(static_cast<uint64_t>(magnitude), scale + 1 - written, begin);

  char* next = out;
  if (negative) *next++ = '-';
  auto whole = static_cast<size_t>(end - begin - scale);
  std::memcpy(next, begin, whole);
  next += whole;
  if (scale > 0) {
    *next++ = '.';
    std::memcpy(next, begin + whole, static_cast<size_t>(scale));
    next += scale;
  }
  return static_cast<size_t>(next - out);
}

}  // namespace weir::duckdb
