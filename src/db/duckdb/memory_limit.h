// How much memory DuckDB may use: little at first, more when rows turn out to need it.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/status.h"
#include "db/duckdb/connection.h"

namespace weir::duckdb {

// DuckDB holds 2048 rows of every column at once, whatever their size, and refuses what goes beyond
// its limit before allocating it. Thread-safe.
class MemoryLimit {
 public:
  // `pinned_bytes` is what a scan of all columns may hold of the file, however few rows it asks
  // for.
  MemoryLimit(int64_t bytes, int64_t pinned_bytes, int64_t bytes_max)
      : pinned_bytes_(pinned_bytes), bytes_max_(bytes_max), bytes_(bytes) {}

  // Whether asking for fewer rows cannot help yet.
  bool IsBelowPinned() const;
  // Doubles the limit of the connection's database, unless another thread has done it since
  // `seen`. False when there is no more to give.
  Result<bool> Raise(Connection* connection, int64_t seen);

  int64_t bytes() const;

 private:
  const int64_t pinned_bytes_;
  const int64_t bytes_max_;
  mutable std::mutex mutex_;
  int64_t bytes_;
};

// Bytes this process may have: of the machine, or of its control group if that allows less.
int64_t AvailableMemoryBytes();

}  // namespace weir::duckdb
