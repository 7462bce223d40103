// Floating point numbers as PostgreSQL 12 and newer print them (extra_float_digits = 1 to 3): the
// shortest digits that lie strictly between the neighbours' midpoints, scientific when the exponent
// is below -4 or at least 15 (float32: 6), two exponent digits at least, -0, NaN and +-Infinity.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir {

inline constexpr size_t kFloatBytesMax = 32;  // that the functions may touch

// Each writes at `out` and returns the end of the text.
char* WriteFloat64(double value, char* out);
char* WriteFloat32(float value, char* out);
// `bits` is IEEE 754 binary16. PostgreSQL has no such type: the layout is float32's, the digits are
// the shortest that identify the binary16 value.
char* WriteFloat16(uint16_t bits, char* out);

}  // namespace weir
