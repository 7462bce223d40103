// Decimal and hexadecimal digits into a buffer that has room: each function writes at `out` and
// returns the end of what it wrote.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir {

// "00" "01" ... "99".
inline constexpr std::array<char, 200> kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (int i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

// "00" "01" ... "ff".
inline constexpr std::array<char, 512> kHexPairs = [] {
  constexpr char kHex[] = "0123456789abcdef";
  std::array<char, 512> pairs{};
  for (int i = 0; i < 256; ++i) {
    pairs[2 * i] = kHex[i >> 4];
    pairs[2 * i + 1] = kHex[i & 15];
  }
  return pairs;
}();

inline constexpr size_t kIntegerBytesMax = 20;  // -9223372036854775808, 18446744073709551615

inline char* WriteText(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

template <std::integral T>
char* WriteInteger(T value, char* out) {
  return std::to_chars(out, out + kIntegerBytesMax, value).ptr;
}

// REQUIRES: value < 100.
inline char* WriteTwoDigits(uint32_t value, char* out) {
  std::memcpy(out, &kDigitPairs[value * 2], 2);
  return out + 2;
}

// Exactly `count` digits, zeros in front. REQUIRES: value < 10^count.
inline char* WritePadded(uint64_t value, int count, char* out) {
  char* at = out + count;
  while (at - out >= 2) {
    at -= 2;
    WriteTwoDigits(static_cast<uint32_t>(value % 100), at);
    value /= 100;
  }
  if (at > out) *out = static_cast<char>('0' + value);
  return out + count;
}

// A point and the fraction value / 10^digits without its trailing zeros; nothing for zero.
inline char* WriteFraction(uint64_t value, int digits, char* out) {
  if (value == 0) return out;
  *out = '.';
  char* end = WritePadded(value, digits, out + 1);
  while (end[-1] == '0') --end;
  return end;
}

inline char* WriteHex(const uint8_t* bytes, size_t count, char* out) {
  for (size_t i = 0; i < count; ++i, out += 2) std::memcpy(out, &kHexPairs[bytes[i] * 2], 2);
  return out;
}

}  // namespace weir
