// Hands what workers made of their slices to one consumer, in slice order and within a byte limit.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/status.h"

namespace weir {

// Workers must take slices in ascending order and make them in that order, so that the slice being
// delivered always has one that is at it. Its worker may push whenever nothing of it waits,
// whatever the others hold: there is no deadlock and the limit is exceeded by at most one item.
// Thread-safe; one consumer.
template <typename T>
class SliceQueue {
 public:
  struct Item {
    int64_t slice = 0;
    T value;
  };

  SliceQueue(int64_t slice_count, int64_t bytes_max)
      : slice_count_(slice_count), bytes_max_(bytes_max) {}

  // Blocks while there is no room. False: the queue was failed, stop working.
  bool Push(int64_t slice, T value, int64_t bytes) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return !failure_.ok() || HasRoom(slice, bytes); });
    if (!failure_.ok()) return false;
    slices_[slice].entries.push_back({std::move(value), bytes});
    bytes_ += bytes;
    if (slice == current_) ready_.notify_one();
    return true;
  }

  // Blocks until this slice is the one being delivered and nothing of it waits or is being
  // consumed, so that what is made next is alone in memory. The slices before it always have a
  // worker that waits for nothing else, so there is no deadlock. False: the queue was failed.
  bool AwaitTurn(int64_t slice) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] {
      return !failure_.ok() ||
             (slice == current_ && consumer_waits_ && slices_[slice].entries.empty());
    });
    return failure_.ok();
  }

  // The slice is complete.
  void EndSlice(int64_t slice) {
    std::lock_guard lock(mutex_);
    slices_[slice].ended = true;
    if (slice == current_) ready_.notify_one();
  }

  // Ends the queue for everyone; the first failure is kept.
  void Fail(Status failure) {
    std::lock_guard lock(mutex_);
    if (failure_.ok()) failure_ = std::move(failure);
    room_.notify_all();
    ready_.notify_all();
  }

  // The next item in slice order; nothing after the last slice; the failure if there was one.
  Result<std::optional<Item>> Pop() {
    std::unique_lock lock(mutex_);
    while (true) {
      if (!failure_.ok()) return failure_;
      if (current_ == slice_count_) return std::optional<Item>();
      State& state = slices_[current_];
      if (!state.entries.empty()) return std::optional<Item>(TakeFront(state));
      if (state.ended) {
        slices_.erase(current_++);
        room_.notify_all();
      } else {
        consumer_waits_ = true;
        room_.notify_all();
        ready_.wait(lock);
        consumer_waits_ = false;
      }
    }
  }

 private:
  struct Entry {
    T value;
    int64_t bytes;
  };
  struct State {
    std::deque<Entry> entries;
    bool ended = false;
  };

  bool HasRoom(int64_t slice, int64_t bytes) {
    if (bytes_ + bytes <= bytes_max_) return true;
    return slice == current_ && slices_[slice].entries.empty();
  }

  Item TakeFront(State& state) {
    Item item{current_, std::move(state.entries.front().value)};
    bytes_ -= state.entries.front().bytes;
    state.entries.pop_front();
    room_.notify_all();
    return item;
  }

  const int64_t slice_count_;
  const int64_t bytes_max_;
  std::mutex mutex_;
  std::condition_variable room_;   // for workers
  std::condition_variable ready_;  // for the consumer
  std::map<int64_t, State> slices_;
  int64_t current_ = 0;
  int64_t bytes_ = 0;
  bool consumer_waits_ = false;
  Status failure_;
};

}  // namespace weir
