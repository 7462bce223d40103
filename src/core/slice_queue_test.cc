#include "core/slice_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace weir {
namespace {

constexpr std::chrono::milliseconds kAWhile{20};

// Everything up to the end, as "slice:value".
template <typename T>
std::vector<std::string> Drain(SliceQueue<T>* queue) {
  std::vector<std::string> items;
  while (true) {
    auto item = queue->Pop().ValueOrDie();
    if (!item.has_value()) return items;
    items.push_back(std::to_string(item->slice) + ":" + std::to_string(item->value));
  }
}

// A push on a thread of its own.
class Pushing {
 public:
  Pushing(SliceQueue<int>* queue, int64_t slice, int value, int64_t bytes)
      : thread_([=, this] {
          accepted_ = queue->Push(slice, value, bytes);
          returned_ = true;
        }) {}
  // Gives it a while to return.
  bool IsBlocked() const {
    std::this_thread::sleep_for(kAWhile);
    return !returned_;
  }
  bool Join() {
    thread_.join();
    return accepted_;
  }

 private:
  std::atomic<bool> accepted_{false};
  std::atomic<bool> returned_{false};
  std::jthread thread_;
};

TEST(SliceQueue, GivesItemsInTheOrderOfSlices) {
  SliceQueue<int> queue(4, 100);
  EXPECT_TRUE(queue.Push(3, 30, 1));
  EXPECT_TRUE(queue.Push(1, 10, 1));
  EXPECT_TRUE(queue.Push(0, 1, 1));
  EXPECT_TRUE(queue.Push(1, 11, 1));
  EXPECT_TRUE(queue.Push(0, 2, 1));
  for (int64_t slice = 0; slice < 4; ++slice) queue.EndSlice(slice);
  EXPECT_EQ(Drain(&queue), (std::vector<std::string>{"0:1", "0:2", "1:10", "1:11", "3:30"}));
}

TEST(SliceQueue, ATurnComesWhenNothingElseWaits) {
  SliceQueue<int> queue(2, 100);
  EXPECT_TRUE(queue.Push(0, 1, 1));
  std::atomic<bool> first = false, second = false;
  std::jthread current([&] { first = queue.AwaitTurn(0); });
  std::jthread next([&] { second = queue.AwaitTurn(1); });
  EXPECT_TRUE(queue.Pop().ValueOrDie().has_value());
  std::this_thread::sleep_for(kAWhile);
  EXPECT_FALSE(first) << "what was popped is still being used";
  std::jthread consumer([&] { EXPECT_EQ(Drain(&queue), std::vector<std::string>{"1:7"}); });
  current.join();
  EXPECT_TRUE(first);
  std::this_thread::sleep_for(kAWhile);
  EXPECT_FALSE(second) << "its slice is not the current one";
  queue.EndSlice(0);
  next.join();
  EXPECT_TRUE(second);
  EXPECT_TRUE(queue.Push(1, 7, 1));
  queue.EndSlice(1);
}

TEST(SliceQueue, AFailureEndsWaitingForATurn) {
  SliceQueue<int> queue(2, 100);
  std::atomic<bool> turn = true;
  std::jthread waiting([&] { turn = queue.AwaitTurn(1); });
  queue.Fail(Error("io.error", "no more"));
  waiting.join();
  EXPECT_FALSE(turn);
}

TEST(SliceQueue, EndsAtOnceWithoutSlices) {
  SliceQueue<int> queue(0, 100);
  EXPECT_FALSE(queue.Pop().ValueOrDie().has_value());
}

TEST(SliceQueue, WaitsForTheEndOfASliceBeforeTheNext) {
  SliceQueue<int> queue(2, 100);
  EXPECT_TRUE(queue.Push(1, 10, 1));
  queue.EndSlice(1);
  std::atomic<bool> ended = false;
  std::jthread worker([&] {
    std::this_thread::sleep_for(kAWhile);
    ended = true;
    queue.EndSlice(0);
  });
  auto item = queue.Pop().ValueOrDie();
  EXPECT_TRUE(ended);
  EXPECT_EQ(item->slice, 1);
}

TEST(SliceQueue, CarriesWhatCanOnlyBeMoved) {
  SliceQueue<std::unique_ptr<int>> queue(1, 100);
  EXPECT_TRUE(queue.Push(0, std::make_unique<int>(5), 1));
  EXPECT_EQ(*queue.Pop().ValueOrDie()->value, 5);
}

TEST(SliceQueue, LaterSlicesWaitForRoom) {
  SliceQueue<int> queue(3, 10);
  EXPECT_TRUE(queue.Push(0, 1, 4));
  EXPECT_TRUE(queue.Push(1, 10, 6));  // exactly full
  Pushing second(&queue, 2, 20, 1);
  EXPECT_TRUE(second.IsBlocked());
  EXPECT_EQ(queue.Pop().ValueOrDie()->value, 1);
  EXPECT_TRUE(second.Join());
}

TEST(SliceQueue, TheSliceBeingDeliveredMayPushWhateverOthersHold) {
  SliceQueue<int> queue(2, 10);
  EXPECT_TRUE(queue.Push(1, 10, 10));
  EXPECT_TRUE(queue.Push(0, 1, 50));
  Pushing next(&queue, 0, 2, 1);  // but only one item beyond the limit
  EXPECT_TRUE(next.IsBlocked());
  EXPECT_EQ(queue.Pop().ValueOrDie()->value, 1);
  EXPECT_TRUE(next.Join());
}

TEST(SliceQueue, ASliceWhoseTurnComesMayPush) {
  SliceQueue<int> queue(3, 10);
  EXPECT_TRUE(queue.Push(2, 20, 10));
  Pushing waiting(&queue, 1, 10, 5);
  EXPECT_TRUE(waiting.IsBlocked());
  queue.EndSlice(0);
  EXPECT_EQ(queue.Pop().ValueOrDie()->value, 10);
  EXPECT_TRUE(waiting.Join());
}

TEST(SliceQueue, FailureEndsEveryWait) {
  SliceQueue<int> queue(3, 10);
  EXPECT_TRUE(queue.Push(1, 10, 10));
  Pushing worker(&queue, 2, 20, 1);
  EXPECT_TRUE(worker.IsBlocked());
  std::jthread failing([&] {
    std::this_thread::sleep_for(kAWhile);
    queue.Fail(Error("test.first", "first"));
    queue.Fail(Error("test.second", "second"));
  });
  EXPECT_TRUE(IsErrorCode(queue.Pop().status(), "test.first"));
  EXPECT_FALSE(worker.Join());
  failing.join();
  EXPECT_FALSE(queue.Push(0, 1, 1));
  EXPECT_TRUE(IsErrorCode(queue.Pop().status(), "test.first"));
}

TEST(SliceQueue, FailureOvertakesWhatWaits) {
  SliceQueue<int> queue(1, 10);
  EXPECT_TRUE(queue.Push(0, 1, 1));
  queue.Fail(Error("test.broken", "broken"));
  EXPECT_TRUE(IsErrorCode(queue.Pop().status(), "test.broken"));
}

TEST(SliceQueue, ManyWorkersKeepOrderAndLimit) {
  constexpr int64_t kSlices = 300, kBytesMax = 100, kItemBytesMax = 30;
  SliceQueue<int> queue(kSlices, kBytesMax);
  std::atomic<int64_t> next{0}, bytes{0}, bytes_most{0};
  auto items_of = [](int64_t slice) { return static_cast<int>(slice * 7 % 5); };
  auto work = [&](int seed) {
    std::minstd_rand random(seed);
    for (int64_t slice = next++; slice < kSlices; slice = next++) {
      for (int i = 0; i < items_of(slice); ++i) {
        const int64_t size = 1 + static_cast<int64_t>(random() % kItemBytesMax);
        EXPECT_TRUE(queue.Push(slice, static_cast<int>(size), size));
        const int64_t now = bytes += size;
        int64_t most = bytes_most;
        while (now > most && !bytes_most.compare_exchange_weak(most, now)) continue;
      }
      queue.EndSlice(slice);
    }
  };
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i) workers.emplace_back(work, i + 1);
  std::vector<int> counts(kSlices, 0);
  int64_t slice_before = 0;
  while (auto item = queue.Pop().ValueOrDie()) {
    EXPECT_GE(item->slice, slice_before);
    slice_before = item->slice;
    ++counts[item->slice];
    bytes -= item->value;
  }
  for (int64_t slice = 0; slice < kSlices; ++slice) EXPECT_EQ(counts[slice], items_of(slice));
  // One item beyond the limit, and one that was taken but not yet subtracted here.
  EXPECT_LE(bytes_most, kBytesMax + 2 * kItemBytesMax);
  EXPECT_GT(bytes_most, 0);
}

}  // namespace
}  // namespace weir
