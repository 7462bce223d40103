// CRC-64/XZ (polynomial of ECMA-182, reflected), by ISA-L: the fast checksum of slices, whose
// values combine, so that chunks checked by different workers give the checksum of the whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

// Continues `crc` (0 at the start) over `bytes`.
uint64_t Crc64(uint64_t crc, std::string_view bytes);

// The CRC of a followed by b, from the CRC of each and the length of b. A few microseconds.
uint64_t Crc64Combine(uint64_t a, uint64_t b, uint64_t length_b);

// 16 lower-case hexadecimal digits.
std::string Crc64Hex(uint64_t crc);

}  // namespace weir
