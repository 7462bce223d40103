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

// All four-digit groups as text; any four characters from within one can be copied.
struct GroupTable {
  std::array<char, 40003> text;
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
  std::memcpy(out, first + skip, 4);  // a constant: no call
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

constexpr __int128 kTen18 = 1000000000000000000;
constexpr __int128 kMaxOf38Digits = kTen18 * kTen18 * 100 - 1;
constexpr int kPowersOfTen[] = {1, 10, 100, 1000};

// value * factor + more, unless that is more than 38 digits.
bool MultiplyAdd(__int128* value, int factor, int more) {
  // A division of 128 bits takes longer than everything else here.
  if (*value >= kTen18 && *value > kMaxOf38Digits / factor) return false;
  *value = *value * factor + more;
  return *value <= kMaxOf38Digits;
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

std::string_view NameOf(WireNumeric::Kind kind) {
  if (kind == WireNumeric::Kind::kNan) return "NaN";
  return kind == WireNumeric::Kind::kInfinity ? "Infinity" : "-Infinity";
}

size_t NumericTextBytesMax(const WireNumeric& numeric) {
  const int integer_groups = std::max(numeric.weight, 0) + 1;
  return 16 + 4 * static_cast<size_t>(integer_groups) + static_cast<size_t>(numeric.scale);
}

char* WriteNumericText(const WireNumeric& numeric, char* out) {
  if (numeric.kind != WireNumeric::Kind::kFinite) {
    const std::string_view name = NameOf(numeric.kind);
    return std::copy(name.begin(), name.end(), out);
  }
  if (numeric.negative) *out++ = '-';
  out = WriteIntegerPart(numeric, out);
  return numeric.scale > 0 ? WriteFraction(numeric, out) : out;
}

bool NumericToInt128(const WireNumeric& numeric, int scale, __int128* out) {
  int groups = numeric.digit_count;
  while (groups > 0 && numeric.digit(groups - 1) == 0) --groups;
  __int128 value = 0;
  if (groups > 0) {
    // Of the last group, in decimal digits.
    const int exponent = 4 * (numeric.weight - groups + 1) + scale;
    if (exponent <= -4) return false;
    for (int i = 0; i < groups - 1; ++i) {
      if (!MultiplyAdd(&value, 10000, numeric.digit(i))) return false;
    }
    const int cut = kPowersOfTen[std::max(-exponent, 0)];
    const int last = numeric.digit(groups - 1);
    if (last % cut != 0 || !MultiplyAdd(&value, 10000 / cut, last / cut)) return false;
    for (int i = 0; i < exponent; ++i) {
      if (!MultiplyAdd(&value, 10, 0)) return false;
    }
  }
  *out = numeric.negative ? -value : value;
  return true;
}

}  // namespace weir::postgres
