#include "core/slice_workers.h"

namespace weir {
namespace {

int64_t BufferBytes(const arrow::ArrayData& data) {
  int64_t bytes = 0;
  for (const auto& buffer : data.buffers) {
    if (buffer != nullptr) bytes += buffer->size();
  }
  for (const auto& child : data.child_data) bytes += BufferBytes(*child);
  if (data.dictionary != nullptr) bytes += BufferBytes(*data.dictionary);
  return bytes;
}

}  // namespace

int64_t BufferBytes(const arrow::RecordBatch& batch) {
  int64_t bytes = 0;
  for (const auto& column : batch.column_data()) bytes += BufferBytes(*column);
  return bytes;
}

}  // namespace weir
