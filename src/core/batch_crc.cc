#include "core/batch_crc.h"

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <string_view>

#include "base/crc64.h"

namespace weir {
namespace {

using LayoutKind = arrow::DataTypeLayout::BufferKind;

// The part of a buffer of `layout` that an array uses; of values of any length, all that there is.
std::string_view UsedBytes(const arrow::ArrayData& array, size_t index,
                           const arrow::DataTypeLayout::BufferSpec& layout) {
  const auto& buffer = array.buffers[index];
  if (buffer == nullptr) return {};
  int64_t begin = 0, end = buffer->size();
  if (layout.kind == LayoutKind::BITMAP) {
    begin = array.offset / 8;
    end = (array.offset + array.length + 7) / 8;
  } else if (layout.kind == LayoutKind::FIXED_WIDTH) {
    begin = array.offset * layout.byte_width;
    end = (array.offset + array.length) * layout.byte_width;
  }
  begin = std::min(begin, buffer->size());
  end = std::min(std::max(begin, end), buffer->size());
  return std::string_view(*buffer).substr(begin, end - begin);
}

uint64_t ArrayCrc64(uint64_t crc, const arrow::ArrayData& array) {
  const arrow::DataTypeLayout layout = array.type->layout();
  for (size_t i = 0; i < array.buffers.size(); ++i) {
    const auto& spec = i < layout.buffers.size() ? layout.buffers[i] : *layout.variadic_spec;
    crc = Crc64(crc, UsedBytes(array, i, spec));
  }
  for (const auto& child : array.child_data) crc = ArrayCrc64(crc, *child);
  return array.dictionary ? ArrayCrc64(crc, *array.dictionary) : crc;
}

}  // namespace

uint64_t BatchCrc64(uint64_t crc, const arrow::RecordBatch& batch) {
  const int64_t rows = batch.num_rows();
  crc = Crc64(crc, {reinterpret_cast<const char*>(&rows), sizeof rows});
  for (const auto& column : batch.column_data()) crc = ArrayCrc64(crc, *column);
  return crc;
}

}  // namespace weir
