// The binary form of numeric (numeric_send in src/backend/utils/adt/numeric.c): int16 digit count,
// weight, sign, display scale, then digits in base 10000, all big-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::postgres {

struct WireNumeric {
  enum class Kind { kFinite, kNan, kInfinity, kMinusInfinity };

  Kind kind = Kind::kFinite;
  bool negative = false;
  int weight = 0;  // of the first digit, in powers of 10000
  int scale = 0;   // decimal digits after the point
  int digit_count = 0;
  const unsigned char* digits = nullptr;  // big-endian int16 each

  int digit(int i) const { return digits[2 * i] << 8 | digits[2 * i + 1]; }
};

// False when `bytes` is not a numeric.
bool ParseNumeric(std::string_view bytes, WireNumeric* out);

// "NaN", "Infinity" or "-Infinity". REQUIRES: not kFinite.
std::string_view NameOf(WireNumeric::Kind kind);

// Room that WriteNumericText needs, which is more than it uses.
size_t NumericTextBytesMax(const WireNumeric& numeric);
// Writes exactly what numeric_out prints: "-12.3400", "NaN", "Infinity". Returns the text's end.
char* WriteNumericText(const WireNumeric& numeric, char* out);

// The value times 10^scale. False when it does not fit 38 digits or has more than `scale` decimals.
// REQUIRES: kind is kFinite.
bool NumericToInt128(const WireNumeric& numeric, int scale, __int128* out);

}  // namespace weir::postgres
