#include "base/crc64.h"

#include <array>

#include <fmt/format.h>
#include <isa-l/crc64.h>

namespace weir {
namespace {

// Polynomials over GF(2) modulo the CRC's, reflected: the coefficient of x^0 is the top bit.
using Polynomial = uint64_t;

constexpr Polynomial kModulus = 0xC96C5795D7870F42;
constexpr Polynomial kX = uint64_t{1} << 62;

constexpr Polynomial Multiply(Polynomial a, Polynomial b) {
  Polynomial product = 0;
  for (; a != 0; a <<= 1) {
    if (a >> 63) product ^= b;
    b = (b >> 1) ^ ((b & 1) ? kModulus : 0);
  }
  return product;
}

// Appending n zero bytes multiplies a CRC by x^(8n); entry k is the factor for 2^k bytes.
constexpr std::array<Polynomial, 64> MakeZeroByteFactors() {
  std::array<Polynomial, 64> factors{};
  Polynomial power = kX;
  for (int doubling = 0; doubling < 3; ++doubling) power = Multiply(power, power);
  for (Polynomial& factor : factors) {
    factor = power;
    power = Multiply(power, power);
  }
  return factors;
}

constexpr std::array<Polynomial, 64> kZeroByteFactors = MakeZeroByteFactors();

}  // namespace

uint64_t Crc64(uint64_t crc, std::string_view bytes) {
  return crc64_ecma_refl(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

uint64_t Crc64Combine(uint64_t a, uint64_t b, uint64_t length_b) {
  for (int k = 0; length_b != 0; ++k, length_b >>= 1) {
    if (length_b & 1) a = Multiply(a, kZeroByteFactors[k]);
  }
  return a ^ b;
}

std::string Crc64Hex(uint64_t crc) {
  return fmt::format("{:016x}", crc);
}

}  // namespace weir
