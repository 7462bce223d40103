#include "cli/stop_timer.h"

#include <gtest/gtest.h>

#include <chrono>

namespace weir::cli {
namespace {

bool StopsWithin(const StopTimer& timer, std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
    if (timer.token().stop_requested()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

TEST(StopTimer, StopsAfterItsTime) {
  StopTimer timer({}, 20);
  EXPECT_TRUE(StopsWithin(timer, std::chrono::seconds(10)));
  EXPECT_TRUE(timer.timed_out());
}

TEST(StopTimer, StopsWithTheOuterOne) {
  std::stop_source outer;
  StopTimer timer(outer.get_token(), 3600 * 1000);
  EXPECT_FALSE(timer.token().stop_requested());
  outer.request_stop();
  EXPECT_TRUE(timer.token().stop_requested());
  EXPECT_FALSE(timer.timed_out());
}

TEST(StopTimer, WithoutTimeNeverTimesOut) {
  StopTimer timer({}, 0);
  EXPECT_FALSE(timer.token().stop_requested());
}

}  // namespace
}  // namespace weir::cli
