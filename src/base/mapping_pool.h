// An Arrow memory pool whose large buffers are mappings of their own: they grow without a copy, so
// that there are never two of them, and their memory is back with the system when they are freed.
#pragma once

#include <arrow/memory_pool.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace weir {

// Thread-safe.
class MappingPool final : public arrow::MemoryPool {
 public:
  // Buffers of at least this size are mapped.
  static constexpr int64_t kMappedBytesMin = 256 << 10;

  // `pool` is where the smaller buffers are; it must outlive this.
  explicit MappingPool(arrow::MemoryPool* pool) : pool_(pool) {}

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;

  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override;
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** ptr) override;
  void Free(uint8_t* buffer, int64_t size, int64_t alignment) override;

  // Of all that was allocated here, mapped or not.
  int64_t bytes_allocated() const override { return bytes_.load(std::memory_order_relaxed); }
  int64_t total_bytes_allocated() const override {
    return total_bytes_.load(std::memory_order_relaxed);
  }
  int64_t num_allocations() const override { return count_.load(std::memory_order_relaxed); }
  std::string backend_name() const override { return pool_->backend_name(); }

 private:
  void CountChange(int64_t old_size, int64_t new_size);

  arrow::MemoryPool* const pool_;
  std::atomic<int64_t> bytes_ = 0;
  std::atomic<int64_t> total_bytes_ = 0;
  std::atomic<int64_t> count_ = 0;
};

// The process's, over Arrow's default pool: for what may grow large and should not be copied for
// it.
MappingPool* DefaultMappingPool();

}  // namespace weir
