#include "base/mapping_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace weir {
namespace {

// Mappings begin at a page, which is more than any buffer is aligned to.
constexpr int64_t kPageBytes = 4 << 10;

bool IsMapped(int64_t size) {
  return size >= MappingPool::kMappedBytesMin;
}

arrow::Status Given(void* mapping, int64_t size, uint8_t** out) {
  if (mapping == MAP_FAILED) return arrow::Status::OutOfMemory("mmap of ", size, " bytes failed");
  *out = static_cast<uint8_t*>(mapping);
  return arrow::Status::OK();
}

arrow::Status Map(int64_t size, int64_t alignment, uint8_t** out) {
  if (alignment > kPageBytes) return arrow::Status::Invalid("alignment ", alignment);
  constexpr int kProtection = PROT_READ | PROT_WRITE, kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
  return Given(mmap(nullptr, static_cast<size_t>(size), kProtection, kFlags, -1, 0), size, out);
}

}  // namespace

MappingPool* DefaultMappingPool() {
  static MappingPool pool(arrow::default_memory_pool());
  return &pool;
}

void MappingPool::CountChange(int64_t old_size, int64_t new_size) {
  bytes_ += new_size - old_size;
  if (new_size <= old_size) return;
  total_bytes_ += new_size - old_size;
  ++count_;
}

arrow::Status MappingPool::Allocate(int64_t size, int64_t alignment, uint8_t** out) {
  ARROW_RETURN_NOT_OK(IsMapped(size) ? Map(size, alignment, out)
                                     : pool_->Allocate(size, alignment, out));
  CountChange(0, size);
  return arrow::Status::OK();
}

arrow::Status MappingPool::Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                                      uint8_t** ptr) {
  if (IsMapped(old_size) && IsMapped(new_size)) {
    void* moved =
        mremap(*ptr, static_cast<size_t>(old_size), static_cast<size_t>(new_size), MREMAP_MAYMOVE);
    ARROW_RETURN_NOT_OK(Given(moved, new_size, ptr));
    CountChange(old_size, new_size);
    return arrow::Status::OK();
  }
  if (!IsMapped(old_size) && !IsMapped(new_size)) {
    ARROW_RETURN_NOT_OK(pool_->Reallocate(old_size, new_size, alignment, ptr));
    CountChange(old_size, new_size);
    return arrow::Status::OK();
  }
  uint8_t* moved = nullptr;
  ARROW_RETURN_NOT_OK(Allocate(new_size, alignment, &moved));
  std::memcpy(moved, *ptr, static_cast<size_t>(std::min(old_size, new_size)));
  Free(*ptr, old_size, alignment);
  *ptr = moved;
  return arrow::Status::OK();
}

void MappingPool::Free(uint8_t* buffer, int64_t size, int64_t alignment) {
  if (IsMapped(size)) {
    munmap(buffer, static_cast<size_t>(size));
  } else {
    pool_->Free(buffer, size, alignment);
  }
  CountChange(size, 0);
}

}  // namespace weir
