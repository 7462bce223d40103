#include "base/memory_budget.h"

#include <chrono>

#include <fmt/format.h>

namespace weir {

bool MemoryBudget::TryReserve(int64_t bytes) {
  std::lock_guard lock(mutex_);
  if (bytes_used_ + bytes > bytes_max_) return false;
  if (parent_ != nullptr && !parent_->TryReserve(bytes)) return false;
  bytes_used_ += bytes;
  return true;
}

Status MemoryBudget::Reserve(int64_t bytes, std::stop_token stop) {
  if (bytes > bytes_max_) {
    return Error("memory.over_budget",
                 fmt::format("{} bytes were asked of a memory budget of {}", bytes, bytes_max_),
                 "raise --memory");
  }
  // The parent has no way to wake a child's waiters, so the wait is also bounded in time.
  constexpr auto kRecheck = std::chrono::milliseconds(20);
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (bytes_used_ + bytes <= bytes_max_ && (parent_ == nullptr || parent_->TryReserve(bytes))) {
      bytes_used_ += bytes;
      return Status::OK();
    }
    released_.wait_for(lock, stop, kRecheck, [] { return false; });
  }
  return Error("interrupted", "interrupted while waiting for memory");
}

void MemoryBudget::Release(int64_t bytes) {
  {
    std::lock_guard lock(mutex_);
    bytes_used_ -= bytes;
    if (parent_ != nullptr) parent_->Release(bytes);
  }
  released_.notify_all();
}

int64_t MemoryBudget::bytes_used() const {
  std::lock_guard lock(mutex_);
  return bytes_used_;
}

}  // namespace weir
