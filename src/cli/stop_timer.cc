#include "cli/stop_timer.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace weir::cli {

StopTimer::StopTimer(std::stop_token outer, int64_t timeout_ms)
    : link_(std::move(outer), [this] { stop_.request_stop(); }) {
  if (timeout_ms == 0) return;
  thread_ = std::jthread([this, timeout_ms](std::stop_token ending) { Wait(ending, timeout_ms); });
}

void StopTimer::Wait(std::stop_token ending, int64_t timeout_ms) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, ending, std::chrono::milliseconds(timeout_ms), [] { return false; });
  if (ending.stop_requested()) return;
  timed_out_ = true;
  stop_.request_stop();
}

}  // namespace weir::cli
