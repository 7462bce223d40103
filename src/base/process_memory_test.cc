#include "base/process_memory.h"

#include <cstring>
#include <memory>

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(ProcessMemory, SeesWhatIsTouchedAndKeepsThePeak) {
  constexpr int64_t kBytes = 256 << 20;
  const int64_t before = CurrentRssBytes();
  ASSERT_GT(before, 1 << 20);
  {
    std::unique_ptr<char[]> block(new char[kBytes]);
    std::memset(block.get(), 1, kBytes);
    asm volatile("" : : "g"(block.get()) : "memory");  // or the compiler leaves the block out
    EXPECT_GE(CurrentRssBytes(), before + kBytes * 9 / 10);
  }
  EXPECT_GE(PeakRssBytes(), before + kBytes * 9 / 10);
  EXPECT_GE(PeakRssBytes(), CurrentRssBytes());
}

}  // namespace
}  // namespace weir
