// A growable byte buffer for encoders: appends do not zero-fill, and a caller that knows an upper
// bound writes in place with Reserve + Commit.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace weir {

// Not thread-safe. Allocation failure throws std::bad_alloc, as the standard containers do.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  // The analyzer takes a buffer moved through an arrow::Result for one that is freed twice.
  ~ByteBuffer() { std::free(data_); }  // NOLINT(clang-analyzer-unix.Malloc)
  ByteBuffer(ByteBuffer&& other) noexcept { Swap(other); }
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    Swap(other);
    return *this;
  }
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;

  char* data() { return data_; }
  const char* data() const { return data_; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {data_, size_}; }
  void Clear() { size_ = 0; }
  void Truncate(size_t size) { size_ = size; }

  // Room for `bytes` more at the returned address; Commit says how many were written.
  char* Reserve(size_t bytes) {
    if (capacity_ - size_ < bytes) Grow(bytes);
    return data_ + size_;
  }
  void Commit(size_t bytes) { size_ += bytes; }

  void Append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(Reserve(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void Append(char byte) {
    *Reserve(1) = byte;
    ++size_;
  }

 private:
  void Swap(ByteBuffer& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  void Grow(size_t bytes) {
    size_t wanted = size_ + bytes;
    size_t capacity = capacity_ + capacity_ / 2;
    if (capacity < wanted) capacity = wanted;
    if (capacity < 256) capacity = 256;
    void* grown = std::realloc(data_, capacity);
    if (grown == nullptr) throw std::bad_alloc();
    data_ = static_cast<char*>(grown);
    capacity_ = capacity;
  }

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace weir
