#include "base/mapping_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace weir {
namespace {

constexpr int64_t kMapped = MappingPool::kMappedBytesMin;

TEST(MappingPool, ContentsSurviveGrowingAndShrinking) {
  arrow::ProxyMemoryPool small(arrow::default_memory_pool());
  MappingPool pool(&small);
  uint8_t* buffer = nullptr;
  int64_t size = 100;
  ASSERT_TRUE(pool.Allocate(size, &buffer).ok());
  std::memset(buffer, 'x', 100);
  for (int64_t next :
       {kMapped - 1, kMapped, 9 * kMapped, 2 * kMapped + 1, kMapped - 1, kMapped, int64_t{100}}) {
    ASSERT_TRUE(pool.Reallocate(size, next, &buffer).ok());
    size = next;
    EXPECT_EQ(pool.bytes_allocated(), size);
    EXPECT_EQ(small.bytes_allocated(), size < kMapped ? size : 0);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer) % 64, 0u);
    EXPECT_EQ(std::string(reinterpret_cast<char*>(buffer), 100), std::string(100, 'x'));
    buffer[size - 1] = size == 100 ? 'x' : 'y';  // all of it can be written to
  }
  pool.Free(buffer, size);
  EXPECT_EQ(pool.bytes_allocated(), 0);
  EXPECT_EQ(small.bytes_allocated(), 0);
}

TEST(MappingPool, WhatCannotBeHadIsAnError) {
  MappingPool pool(arrow::default_memory_pool());
  uint8_t* buffer = nullptr;
  EXPECT_TRUE(pool.Allocate(int64_t{1} << 60, &buffer).IsOutOfMemory());
  ASSERT_TRUE(pool.Allocate(kMapped, &buffer).ok());
  buffer[0] = 'x';
  EXPECT_TRUE(pool.Reallocate(kMapped, int64_t{1} << 60, &buffer).IsOutOfMemory());
  EXPECT_EQ(buffer[0], 'x');
  EXPECT_EQ(pool.bytes_allocated(), kMapped);
  pool.Free(buffer, kMapped);
}

}  // namespace
}  // namespace weir
