// Columns of a batch while its rows arrive, for values that come one at a time. Arrow's builders
// shrink what they hold before they give it away, which copies it, and write validity for columns
// without NULLs.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer_builder.h>
#include <arrow/type_fwd.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/mapping_pool.h"
#include "base/status.h"

namespace weir::postgres {

// What was appended, and room for as much in the next batch, which will be much like this one.
inline Result<std::shared_ptr<arrow::Buffer>> FinishBuffer(arrow::BufferBuilder* builder) {
  const int64_t size = builder->length();
  const bool much_unused = builder->capacity() - size > size / 4;
  ARROW_ASSIGN_OR_RAISE(auto buffer, builder->Finish(/*shrink_to_fit=*/much_unused));
  if (size > 0) ARROW_RETURN_NOT_OK(builder->Reserve(size + size / 8));
  return buffer;
}

// By value and by one store: what is stored by halves and then loaded whole, as memcpy does, makes
// the processor wait for all older stores.
template <typename T>
Status AppendValue(T value, arrow::BufferBuilder* builder) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (builder->capacity() - builder->length() < static_cast<int64_t>(sizeof value)) [[unlikely]] {
    ARROW_RETURN_NOT_OK(builder->Reserve(sizeof value));
  }
  std::memcpy(builder->mutable_data() + builder->length(), &value, sizeof value);
  builder->UnsafeAdvance(sizeof value);
  return Status::OK();
}

// Arrow's own builder resizes its buffer for each bit.
class Bitmap {
 public:
  Status Append(bool bit) {
    if (length_ % 8 == 0) ARROW_RETURN_NOT_OK(AppendValue(uint8_t{0}, &bytes_));
    bytes_.mutable_data()[length_ / 8] |= static_cast<uint8_t>(bit) << length_ % 8;
    ++length_;
    return Status::OK();
  }
  // REQUIRES: nothing was appended yet.
  Status BeginWithOnes(int64_t count) {
    ARROW_RETURN_NOT_OK(bytes_.Append(count / 8, 0xFF));
    length_ = count / 8 * 8;
    while (length_ < count) ARROW_RETURN_NOT_OK(Append(true));
    return Status::OK();
  }
  Result<std::shared_ptr<arrow::Buffer>> Finish() {
    length_ = 0;
    return FinishBuffer(&bytes_);
  }

 private:
  arrow::BufferBuilder bytes_{DefaultMappingPool()};
  int64_t length_ = 0;
};

// Counts rows; holds no bitmap before the first NULL.
class Validity {
 public:
  Status AppendValid() {
    ++rows_;
    return nulls_ == 0 ? Status::OK() : bits_.Append(true);
  }
  Status AppendNull() {
    if (nulls_ == 0) ARROW_RETURN_NOT_OK(bits_.BeginWithOnes(rows_));
    ++rows_;
    ++nulls_;
    return bits_.Append(false);
  }

  // The array of `type` whose further buffers are `values`.
  Result<std::shared_ptr<arrow::Array>> Finish(
      const std::shared_ptr<arrow::DataType>& type,
      std::vector<std::shared_ptr<arrow::Buffer>> values,
      std::vector<std::shared_ptr<arrow::ArrayData>> children = {}) {
    std::shared_ptr<arrow::Buffer> bits;
    if (nulls_ > 0) {
      ARROW_ASSIGN_OR_RAISE(bits, bits_.Finish());
    }
    values.insert(values.begin(), std::move(bits));
    return arrow::MakeArray(arrow::ArrayData::Make(type, std::exchange(rows_, 0), std::move(values),
                                                   std::move(children), std::exchange(nulls_, 0)));
  }

 private:
  Bitmap bits_;
  int64_t rows_ = 0, nulls_ = 0;
};

// Of values of one size, which stand as they are in Arrow's layout.
template <typename T>
class FixedColumn {
 public:
  Status Append(T value) {
    ARROW_RETURN_NOT_OK(AppendValue(value, &values_));
    return validity_.AppendValid();
  }
  Status AppendNull() {
    ARROW_RETURN_NOT_OK(AppendValue(T{}, &values_));
    return validity_.AppendNull();
  }
  Result<std::shared_ptr<arrow::Array>> Finish(const std::shared_ptr<arrow::DataType>& type) {
    ARROW_ASSIGN_OR_RAISE(auto values, FinishBuffer(&values_));
    return validity_.Finish(type, {std::move(values)});
  }

 private:
  arrow::BufferBuilder values_{DefaultMappingPool()};
  Validity validity_;
};

class BoolColumn {
 public:
  Status Append(bool value) {
    ARROW_RETURN_NOT_OK(values_.Append(value));
    return validity_.AppendValid();
  }
  Status AppendNull() {
    ARROW_RETURN_NOT_OK(values_.Append(false));
    return validity_.AppendNull();
  }
  Result<std::shared_ptr<arrow::Array>> Finish(const std::shared_ptr<arrow::DataType>& type) {
    ARROW_ASSIGN_OR_RAISE(auto values, values_.Finish());
    return validity_.Finish(type, {std::move(values)});
  }

 private:
  Bitmap values_;
  Validity validity_;
};

// Of texts and bytes; together at most 2 GiB, as 32-bit offsets have it.
class BytesColumn {
 public:
  Status Append(std::string_view value) {
    ARROW_ASSIGN_OR_RAISE(char* to, Reserve(value.size()));
    if (!value.empty()) std::memcpy(to, value.data(), value.size());
    return Commit(value.size());
  }
  // Room for a value of up to `size` bytes, to be written before Commit says its size.
  Result<char*> Reserve(size_t size) {
    const auto more = static_cast<int64_t>(size);
    if (bytes_.length() + more > std::numeric_limits<int32_t>::max()) {
      return Status::CapacityError("more than 2 GiB in one column of a batch");
    }
    ARROW_RETURN_NOT_OK(bytes_.Reserve(more));
    return reinterpret_cast<char*>(bytes_.mutable_data() + bytes_.length());
  }
  Status Commit(size_t size) {
    ARROW_RETURN_NOT_OK(AppendOffset());
    bytes_.UnsafeAdvance(static_cast<int64_t>(size));
    return validity_.AppendValid();
  }
  Status AppendNull() {
    ARROW_RETURN_NOT_OK(AppendOffset());
    return validity_.AppendNull();
  }
  Result<std::shared_ptr<arrow::Array>> Finish(const std::shared_ptr<arrow::DataType>& type) {
    ARROW_RETURN_NOT_OK(AppendOffset());
    ARROW_ASSIGN_OR_RAISE(auto offsets, FinishBuffer(&offsets_));
    ARROW_ASSIGN_OR_RAISE(auto bytes, FinishBuffer(&bytes_));
    return validity_.Finish(type, {std::move(offsets), std::move(bytes)});
  }

 private:
  Status AppendOffset() { return AppendValue(static_cast<int32_t>(bytes_.length()), &offsets_); }

  arrow::BufferBuilder offsets_{DefaultMappingPool()};
  arrow::BufferBuilder bytes_{DefaultMappingPool()};
  Validity validity_;
};

}  // namespace weir::postgres
