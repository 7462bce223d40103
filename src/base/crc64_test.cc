#include "base/crc64.h"

#include <random>

#include <gtest/gtest.h>

namespace weir {
namespace {

std::string RandomBytes(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// The check value of CRC-64/XZ in the catalogue of parametrised CRC algorithms.
TEST(Crc64, CheckValue) {
  EXPECT_EQ(Crc64(0, "123456789"), 0x995DC9BBDF1939FAu);
  EXPECT_EQ(Crc64Hex(Crc64(0, "123456789")), "995dc9bbdf1939fa");
  EXPECT_EQ(Crc64(0, ""), 0u);
  EXPECT_EQ(Crc64Hex(1), "0000000000000001");
}

// The definition, bit by bit: what ISA-L's vector code must agree with at every length.
TEST(Crc64, AgreesWithTheDefinition) {
  for (size_t size = 0; size < 600; ++size) {
    std::string bytes = RandomBytes(size, static_cast<uint32_t>(size));
    uint64_t crc = ~uint64_t{0};
    for (unsigned char byte : bytes) {
      crc ^= byte;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0xC96C5795D7870F42u : 0);
    }
    ASSERT_EQ(Crc64(0, bytes), ~crc) << size;
  }
}

TEST(Crc64, ContinuesWhereItStopped) {
  EXPECT_EQ(Crc64(Crc64(0, "1234"), "56789"), Crc64(0, "123456789"));
}

TEST(Crc64, CombineIsTheCrcOfTheJoinedBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    std::string a = RandomBytes(random() % 3000, random());
    std::string b = RandomBytes(random() % 3000, random());
    ASSERT_EQ(Crc64Combine(Crc64(0, a), Crc64(0, b), b.size()), Crc64(0, a + b));
  }
}

TEST(Crc64, CombineIsAssociativeAtSizesNobodyReads) {
  // 2^50 + 3 bytes of b, then 2^63 + 1 of c, against both at once.
  const uint64_t a = 0x123456789abcdef0, b = 0xfeedface, c = 0x77;
  const uint64_t length_b = (uint64_t{1} << 50) + 3, length_c = (uint64_t{1} << 63) + 1;
  uint64_t left = Crc64Combine(Crc64Combine(a, b, length_b), c, length_c);
  uint64_t right = Crc64Combine(a, Crc64Combine(b, c, length_c), length_b + length_c);
  EXPECT_EQ(left, right);
}

}  // namespace
}  // namespace weir
