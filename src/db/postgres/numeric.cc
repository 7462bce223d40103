#include "db/postgres/numeric.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace weir::postgres {
namespace {

constexpr int kHeaderBytes = 8;
constexpr uint16_t kPositive = 0, kNegative = 0x4000, kNan = 0xC000, kInfinity = 0xD000,
                   kMinusInfinity = 0xF000;

uint16_t ReadU16(const unsigned char* bytes) {
  return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
}

// All four-digit groups as text.
struct GroupTable {
  std::array<char, 40000> text;
  constexpr GroupTable() : text() {
    for (int i = 0; i < 10000; ++i) {
      text[4 * i] = static_cast<char>('0' + i / 1000);
      text[4 * i + 1] = static_cast<char>('0' + i / 100 % 10);
      text[4 * i + 2] = static_cast<char>('0' + i / 10 % 10);
      text[4 * i + 3] = static_cast<char>('0' + i % 10);
    }
  }
};
const GroupTable kGroups;

int GroupAt(const WireNumeric& numeric, int index) {
  return index >= 0 && index < numeric.digit_count ? numeric.digit(index) : 0;
}

char* WriteGroup(int group, char* out) {
  std::memcpy(out, &kGroups.text[4 * group], 4);
  return out + 4;
}

char* WriteIntegerPart(const WireNumeric& numeric, char* out) {
  if (numeric.weight < 0) {
    *out++ = '0';
    return out;
  }
  const char* first = &kGroups.text[4 * GroupAt(numeric, 0)];
  int skip = 0;
  while (skip < 3 && first[skip] == '0') ++skip;
  std::memcpy(out, first + skip, 4 - skip);
  out += 4 - skip;
  for (int i = 1; i <= numeric.weight; ++i) out = WriteGroup(GroupAt(numeric, i), out);
  return out;
}

char* WriteFraction(const WireNumeric& numeric, char* out) {
  *out++ = '.';
  char* end = out + numeric.scale;
  for (int i = numeric.weight + 1; out < end; ++i) out = WriteGroup(GroupAt(numeric, i), out);
  return end;
}

// PostgreSQL sends none, but what speaks its protocol might.
void SkipLeadingZeros(WireNumeric* numeric) {
  while (numeric->digit_count > 0 && numeric->digit(0) == 0) {
    numeric->digits += 2;
    --numeric->digit_count;
    --numeric->weight;
  }
  if (numeric->digit_count == 0) numeric->weight = 0;
}

}  // namespace

bool ParseNumeric(std::string_view bytes, WireNumeric* out) {
  if (bytes.size() < kHeaderBytes) return false;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  uint16_t sign = ReadU16(data + 4);
  out->digit_count = ReadU16(data);
  out->weight = static_cast<int16_t>(ReadU16(data + 2));
  out->scale = ReadU16(data + 6);
  out->digits = data + kHeaderBytes;
  out->negative = sign == kNegative;
  out->kind = sign == kNan             ? WireNumeric::Kind::kNan
              : sign == kInfinity      ? WireNumeric::Kind::kInfinity
              : sign == kMinusInfinity ? WireNumeric::Kind::kMinusInfinity
                                       : WireNumeric::Kind::kFinite;
  if (bytes.size() != kHeaderBytes + 2 * static_cast<size_t>(out->digit_count)) return false;
  if (out->kind == WireNumeric::Kind::kFinite && sign != kPositive && !out->negative) return false;
  for (int i = 0; i < out->digit_count; ++i) {
    if (out->digit(i) > 9999) return false;
  }
  SkipLeadingZeros(out);
  return true;
}

void AppendNumericText(const WireNumeric& numeric, ByteBuffer* out) {
  switch (numeric.kind) {
    case WireNumeric::Kind::kNan:
      return out->Append("NaN");
    case WireNumeric::Kind::kInfinity:
      return out->Append("Infinity");
    case WireNumeric::Kind::kMinusInfinity:
      return out->Append("-Infinity");
    case WireNumeric::Kind::kFinite:
      break;
  }
  size_t bound = 16 + 4 * static_cast<size_t>(std::max(numeric.weight, 0) + 1) + numeric.scale;
  char* start = out->Reserve(bound);
  char* end = start;
  if (numeric.negative) *end++ = '-';
  end = WriteIntegerPart(numeric, end);
  if (numeric.scale > 0) end = WriteFraction(numeric, end);
  out->Commit(static_cast<size_t>(end - start));
}

bool NumericToInt128(const WireNumeric& numeric, int scale, __int128* out) {
  constexpr __int128 kTen18 = 1000000000000000000;
  constexpr __int128 kMax = kTen18 * kTen18 * 100 - 1;  // 38 nines
  __int128 value = 0;
  // Exponent of the last group taken in, in decimal digits.
  int groups = numeric.digit_count;
  while (groups > 0 && numeric.digit(groups - 1) == 0) --groups;
  if (groups == 0) {
    *out = 0;
    return true;
  }
  int exponent = 4 * (numeric.weight - groups + 1) + scale;
  if (exponent <= -4) return false;
  for (int i = 0; i < groups; ++i) {
    int group = numeric.digit(i);
    int power = 1;
    for (int k = i == groups - 1 ? exponent : 0; k < 0; ++k) power *= 10;
    if (group % power != 0) return false;
    int multiplier = 10000 / power;
    if (value > kMax / multiplier) return false;
    value = value * multiplier + group / power;
  }
  for (int i = 0; i < exponent; ++i) {
    if (value > kMax / 10) return false;
    value *= 10;
  }
  if (value > kMax) return false;
  *out = numeric.negative ? -value : value;
  return true;
}

}  // namespace weir::postgres
