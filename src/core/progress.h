// Counters of a running copy, written by its threads and read by whoever shows them.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir {

struct Progress {
  std::atomic<int64_t> rows{0};            // delivered to the sink
  std::atomic<int64_t> bytes{0};           // written to the sink
  std::atomic<int64_t> rows_estimate{-1};  // -1: unknown
};

}  // namespace weir
