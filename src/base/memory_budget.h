// A ledger of bytes in flight: grants and takes back, never above its ceiling. A copy's budget is a
// child of the process's, so that the service admits jobs against one ledger.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

#include "base/status.h"

namespace weir {

// Thread-safe. A child must not outlive its parent.
class MemoryBudget {
 public:
  explicit MemoryBudget(int64_t bytes_max, MemoryBudget* parent = nullptr)
      : bytes_max_(bytes_max), parent_(parent) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // Takes `bytes` if they fit here and in every ancestor.
  bool TryReserve(int64_t bytes);

  // Waits until `bytes` fit or `stop` is requested (code "interrupted"). A request above the
  // ceiling can never be met and fails at once with "memory.over_budget".
  Status Reserve(int64_t bytes, std::stop_token stop);

  void Release(int64_t bytes);

  int64_t bytes_max() const { return bytes_max_; }
  int64_t bytes_used() const;

 private:
  const int64_t bytes_max_;
  MemoryBudget* const parent_;
  mutable std::mutex mutex_;
  std::condition_variable_any released_;
  int64_t bytes_used_ = 0;
};

}  // namespace weir
