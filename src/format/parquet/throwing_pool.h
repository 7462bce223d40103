// A memory pool for Arrow's Parquet writer, which does not look at each Status it gets: its
// dictionary encoder writes past what it has when that could not grow. An exception it cannot
// overlook.
#pragma once

#include <arrow/memory_pool.h>

#include <new>

namespace weir::parquet_format {

// Counts what was allocated here. Throws std::bad_alloc when the pool beneath has no memory; for
// what runs in Guarded (guard.h). Thread-safe.
class ThrowingPool final : public arrow::ProxyMemoryPool {
 public:
  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Reallocate;
  using arrow::ProxyMemoryPool::ProxyMemoryPool;

  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override {
    return OrThrow(arrow::ProxyMemoryPool::Allocate(size, alignment, out));
  }
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** ptr) override {
    return OrThrow(arrow::ProxyMemoryPool::Reallocate(old_size, new_size, alignment, ptr));
  }

 private:
  static arrow::Status OrThrow(arrow::Status status) {
    if (status.IsOutOfMemory()) throw std::bad_alloc();
    return status;
  }
};

}  // namespace weir::parquet_format
