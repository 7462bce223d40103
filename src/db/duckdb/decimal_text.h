// Decimal numbers of up to 128 bits as text.
#pragma once

#include <cstddef>

namespace weir::duckdb {

// A sign, 39 digits, a point and the zero before it.
inline constexpr size_t kDecimalTextMax = 42;

// Writes `magnitude` / 10^scale with `scale` digits after the point and one before it at least, as
// PostgreSQL prints numeric(p, scale). Returns the length. REQUIRES: 0 <= scale <= 38.
size_t WriteDecimal(bool negative, unsigned __int128 magnitude, int scale, char* out);

}  // namespace weir::duckdb
