// A memory pool for Arrow's Parquet writer, which survives a lack of memory badly: its dictionary
// encoder overlooks that it could not grow, and writes past what it has; and a writer that is
// destroyed before it was closed closes itself, out of tables whose buffers it has given back
// already.
#pragma once

#include <arrow/memory_pool.h>

#include <new>
#include <vector>

namespace weir::parquet_format {

// Throws std::bad_alloc when the pool beneath has no memory, which nobody can overlook: for what
// runs in Guarded (guard.h). From then on nothing is freed before this is destroyed, which must be
// after the writers. Used by one thread.
class ThrowingPool final : public arrow::ProxyMemoryPool {
 public:
  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;
  using arrow::ProxyMemoryPool::ProxyMemoryPool;

  ~ThrowingPool() override {
    for (const Block& block : kept_) {
      arrow::ProxyMemoryPool::Free(block.bytes, block.size, block.alignment);
    }
  }

  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override {
    return OrThrow(arrow::ProxyMemoryPool::Allocate(size, alignment, out));
  }
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** ptr) override {
    return OrThrow(arrow::ProxyMemoryPool::Reallocate(old_size, new_size, alignment, ptr));
  }
  void Free(uint8_t* buffer, int64_t size, int64_t alignment) override {
    if (!has_thrown_) return arrow::ProxyMemoryPool::Free(buffer, size, alignment);
    try {
      kept_.push_back({buffer, size, alignment});
    } catch (const std::bad_alloc&) {
      // Lost, but whoever still reads it may.
    }
  }

 private:
  struct Block {
    uint8_t* bytes;
    int64_t size, alignment;
  };

  arrow::Status OrThrow(arrow::Status status) {
    if (status.IsOutOfMemory()) {
      has_thrown_ = true;
      throw std::bad_alloc();
    }
    return status;
  }

  bool has_thrown_ = false;
  std::vector<Block> kept_;
};

}  // namespace weir::parquet_format
