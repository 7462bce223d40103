// Ends a copy after --timeout, or when the process is told to stop.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <thread>

namespace weir::cli {

// Its token is stopped with `outer`, and after `timeout_ms` (0: never). One thread, only when there
// is a timeout.
class StopTimer {
 public:
  StopTimer(std::stop_token outer, int64_t timeout_ms);

  std::stop_token token() const { return stop_.get_token(); }
  bool timed_out() const { return timed_out_; }

 private:
  void Wait(std::stop_token ending, int64_t timeout_ms);

  std::stop_source stop_;
  std::atomic<bool> timed_out_{false};
  std::stop_callback<std::function<void()>> link_;
  std::jthread thread_;
};

}  // namespace weir::cli
