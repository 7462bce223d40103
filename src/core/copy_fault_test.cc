// The copy loop when something fails or somebody stops it: nothing may be visible, the first
// failure is the one reported, and nothing hangs.
#include "core/copy.h"
#include "core/copy_testing.h"

namespace weir {
namespace {

constexpr int64_t kSlices = 12, kBatches = 3;
const std::stop_token kNeverStopped;

// Runs over each kind of sink.
class CopyFaultTest : public testing::TestWithParam<const char*> {
 protected:
  CopyFaultTest() {
    for (int64_t slice = 0; slice < kSlices; ++slice) {
      auto& batches = world_.source.slices.emplace_back();
      for (int64_t i = 0; i < kBatches; ++i) {
        batches.push_back(Numbers((slice * kBatches + i) * 10, 10));
      }
    }
    world_.spec.sink.path = GetParam();
    world_.spec.jobs = 3;
  }

  // Runs a copy that must fail with this code and leave nothing; returns the message.
  std::string ExpectFailure(std::string_view code, const std::stop_token& stop = {}) {
    const auto started = std::chrono::steady_clock::now();
    Status status = world_.Run(stop).status();
    EXPECT_TRUE(IsErrorCode(status, code)) << status.ToString();
    EXPECT_TRUE(world_.NothingIsVisible());
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(2));
    return status.message();
  }
  // Calls `act` when the first batch reaches the sink.
  void OnFirstWrite(const std::function<Status()>& act) {
    world_.table.on_write = act;
    world_.files.on_step = [act](std::string_view what, std::string_view bytes) {
      return what == "write" && bytes.size() > 1 ? act() : Status::OK();
    };
  }

  CopyWorld world_;
};

INSTANTIATE_TEST_SUITE_P(Sinks, CopyFaultTest,
                         testing::Values("out.array", "out.array.br", "out.blocks", "table:"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase_if(name, [](char c) { return !std::isalnum(c); });
                           return name;
                         });

TEST_P(CopyFaultTest, AFailureToReadAnySliceIsTheOneReported) {
  for (int64_t broken = 0; broken < kSlices; ++broken) {
    world_.source.on_read = [=](int64_t slice, size_t batch, const std::stop_token&) {
      const bool fails = slice == broken && batch == static_cast<size_t>(slice) % (kBatches + 1);
      return fails ? Error("test.broken", "broken") : Status::OK();
    };
    world_.files = {};
    EXPECT_EQ(ExpectFailure("test.broken"), fmt::format("slice {}: broken", broken));
  }
}

TEST_P(CopyFaultTest, AFailureEndsTheReadersOfOtherSlices) {
  world_.source.on_read = [](int64_t slice, size_t, const std::stop_token& stop) {
    return slice == 1 ? Error("test.broken", "broken") : WaitForStop(stop);
  };
  ExpectFailure("test.broken");
}

TEST_P(CopyFaultTest, AFailureToOpenASlice) {
  world_.source.on_open = [](int64_t slice) {
    return slice == 5 ? Error("test.broken", "broken") : Status::OK();
  };
  EXPECT_EQ(ExpectFailure("test.broken"), "slice 5: broken");
}

TEST_P(CopyFaultTest, WantOfMemoryInAReader) {
  world_.source.on_open = [](int64_t slice) {
    if (slice == 5) throw std::bad_alloc();
    return Status::OK();
  };
  ExpectFailure("memory.exhausted");
}

TEST_P(CopyFaultTest, AFailureToWriteEndsTheReaders) {
  world_.source.on_read = [](int64_t slice, size_t, const std::stop_token& stop) {
    return slice == 0 ? Status::OK() : WaitForStop(stop);
  };
  world_.spec.options.row_group_bytes = 1;
  OnFirstWrite([] { return Error("test.full", "full"); });
  EXPECT_EQ(ExpectFailure("test.full"), "full");
}

TEST_P(CopyFaultTest, WantOfMemoryInTheSinkEndsTheReaders) {
  world_.source.on_read = [](int64_t slice, size_t, const std::stop_token& stop) {
    return slice == 0 ? Status::OK() : WaitForStop(stop);
  };
  world_.spec.options.row_group_bytes = 1;
  OnFirstWrite([]() -> Status { throw std::bad_alloc(); });
  ExpectFailure("memory.exhausted");
}

TEST_P(CopyFaultTest, StopEndsReadersThatWait) {
  std::atomic<int> waiting{0};
  world_.source.on_read = [&](int64_t, size_t batch, const std::stop_token& stop) {
    if (batch < 1) return Status::OK();
    ++waiting;
    return WaitForStop(stop);
  };
  std::stop_source stop;
  std::jthread stopper([&] {
    EXPECT_TRUE(SoonTrue([&] { return waiting > 1; }));
    stop.request_stop();
  });
  ExpectFailure("interrupted", stop.get_token());
}

TEST_P(CopyFaultTest, AStopAfterTheLastRowWasReadCountsToo) {
  std::stop_source stop;
  std::atomic<int64_t> ended{0};
  world_.source.on_read = [&](int64_t, size_t batch, const std::stop_token&) {
    if (batch == kBatches && ++ended == kSlices) stop.request_stop();
    return Status::OK();
  };
  ExpectFailure("interrupted", stop.get_token());
}

TEST_P(CopyFaultTest, AStopBeforeTheStart) {
  std::stop_source stop;
  stop.request_stop();
  ExpectFailure("interrupted", stop.get_token());
  EXPECT_TRUE(world_.files.open.empty());
}

TEST_P(CopyFaultTest, TheCopyWaitsForItsMemory) {
  constexpr int64_t kBytes = 1 << 20;
  MemoryBudget budget(kBytes + 10);
  ASSERT_TRUE(budget.TryReserve(11));
  std::atomic<bool> opened{false};
  world_.source.on_open = [&](int64_t) {
    opened = true;
    EXPECT_EQ(budget.bytes_used(), kBytes);
    return Status::OK();
  };
  std::jthread copy([&] { EXPECT_TRUE(world_.Run(&budget, kNeverStopped, kBytes).ok()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(40));
  EXPECT_FALSE(opened);
  budget.Release(11);
  copy.join();
  EXPECT_TRUE(opened);
  EXPECT_EQ(budget.bytes_used(), 0);
}

TEST_P(CopyFaultTest, StopEndsTheWaitForMemory) {
  MemoryBudget budget(100);
  ASSERT_TRUE(budget.TryReserve(1));
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    stop.request_stop();
  });
  EXPECT_TRUE(IsErrorCode(world_.Run(&budget, stop.get_token(), 100).status(), "interrupted"));
  EXPECT_EQ(budget.bytes_used(), 1);
}

TEST_P(CopyFaultTest, MoreMemoryThanThereIsIsRefused) {
  MemoryBudget budget(100);
  EXPECT_TRUE(IsErrorCode(world_.Run(&budget, kNeverStopped, 101).status(), "memory.over_budget"));
  EXPECT_EQ(budget.bytes_used(), 0);
}

TEST(CopyFault, EveryStepOfTheDestinationMayFail) {
  for (const char* path : {"out.array.br", "out.blocks"}) {
    int steps = 0, step_to_fail = 0;
    auto run = [&] {
      CopyWorld world;
      for (int64_t slice = 0; slice < kSlices; ++slice) {
        world.source.slices.push_back({Numbers(slice * 10, 10)});
      }
      world.spec.sink.path = path;
      world.spec.sink.split_bytes = 100;
      world.files.on_step = [&](std::string_view, std::string_view) {
        return ++steps == step_to_fail ? Error("test.full", "full") : Status::OK();
      };
      Status status = world.Run().status();
      EXPECT_EQ(world.NothingIsVisible(), !status.ok()) << step_to_fail;
      return status;
    };
    ASSERT_TRUE(run().ok());
    const int steps_of_all = steps;
    EXPECT_GT(steps_of_all, 10);
    for (step_to_fail = 1; step_to_fail <= steps_of_all; ++step_to_fail) {
      steps = 0;
      EXPECT_TRUE(IsErrorCode(run(), "test.full")) << step_to_fail;
    }
  }
}

TEST(CopyFault, FormatsThatHoldFewRowsSayWhenThereAreMore) {
  CopyWorld world;
  world.registry.formats[1].rows_max = 25;
  world.spec.sink.path = "out.blocks";
  world.source.slices = {{Numbers(0, 10)}, {Numbers(10, 10)}, {Numbers(20, 5)}};
  EXPECT_TRUE(world.Run().ok());
  world.source.slices.push_back({Numbers(25, 1)});
  world.files = {};
  EXPECT_TRUE(IsErrorCode(world.Run().status(), "blocks.too_many_rows"));
  EXPECT_TRUE(world.NothingIsVisible());
  world.spec.sink.split_bytes = 1 << 20;
  world.files = {};
  auto record = world.Run().ValueOrDie();
  ASSERT_EQ(record.parts.size(), 2u);
  EXPECT_EQ(record.parts[0].rows, 25);
}

}  // namespace
}  // namespace weir
