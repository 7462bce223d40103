#include "db/duckdb/batch_cutter.h"

#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type_traits.h>
#include <arrow/util/bit_util.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace weir::duckdb {
namespace {

int64_t BytesOf(const arrow::ArrayData& data) {
  int64_t bytes = 0;
  for (const auto& buffer : data.buffers) bytes += buffer == nullptr ? 0 : buffer->size();
  for (const auto& child : data.child_data) bytes += BytesOf(*child);
  return bytes;
}

// DuckDB leaves unset what lies under NULLs; files are not to hold stray memory, nor to differ by
// it.
Result<std::shared_ptr<arrow::ArrayData>> WithZerosForNulls(
    const std::shared_ptr<arrow::ArrayData>& data) {
  const bool is_plain = data->child_data.empty();
  const bool has_nulls = arrow::is_fixed_width(*data->type) && data->GetNullCount() > 0;
  if (is_plain && !has_nulls) return data;
  auto result = data->Copy();
  for (auto& child : result->child_data) {
    ARROW_ASSIGN_OR_RAISE(child, WithZerosForNulls(child));
  }
  if (!has_nulls) return result;
  const int64_t count = data->offset + data->length;
  const int bits = static_cast<const arrow::FixedWidthType&>(*data->type).bit_width();
  const int64_t bytes = arrow::bit_util::BytesForBits(count * bits);
  ARROW_ASSIGN_OR_RAISE(auto values, arrow::AllocateBuffer(bytes));
  uint8_t* to = values->mutable_data();
  std::memcpy(to, data->buffers[1]->data(), static_cast<size_t>(bytes));
  const uint8_t* valid = data->buffers[0]->data();
  for (int64_t i = 0; i < count; ++i) {
    if (arrow::bit_util::GetBit(valid, i)) continue;
    if (bits == 1) {
      arrow::bit_util::ClearBit(to, i);
    } else {
      std::memset(to + i * (bits / 8), 0, static_cast<size_t>(bits / 8));
    }
  }
  result->buffers[1] = std::move(values);
  return result;
}

Result<std::shared_ptr<arrow::RecordBatch>> Join(const std::shared_ptr<arrow::Schema>& schema,
                                                 const arrow::RecordBatchVector& batches) {
  if (batches.size() == 1) return batches[0];
  int64_t rows = 0;
  for (const auto& batch : batches) rows += batch->num_rows();
  arrow::ArrayVector columns;
  for (int i = 0; i < schema->num_fields(); ++i) {
    arrow::ArrayVector parts;
    for (const auto& batch : batches) parts.push_back(batch->column(i));
    ARROW_ASSIGN_OR_RAISE(auto column, arrow::Concatenate(parts, arrow::default_memory_pool()));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, rows, std::move(columns));
}

}  // namespace

BatchCutter::BatchCutter(std::shared_ptr<arrow::Schema> schema,
                         std::vector<const Converter*> converters, int64_t batch_bytes)
    : schema_(std::move(schema)),
      converters_(std::move(converters)),
      batch_bytes_(std::max<int64_t>(batch_bytes, 1)) {}

Status BatchCutter::Add(const Chunk& chunk, Failure* failure) {
  std::vector<std::shared_ptr<arrow::ArrayData>> columns;
  int64_t bytes = 0;
  for (size_t i = 0; i < converters_.size(); ++i) {
    int64_t row = -1;
    auto converted = converters_[i]->Convert(chunk.columns[i], &row);
    if (!converted.ok()) *failure = {static_cast<int>(i), row};
    ARROW_ASSIGN_OR_RAISE(auto column, std::move(converted));
    ARROW_ASSIGN_OR_RAISE(column, WithZerosForNulls(column));
    bytes += BytesOf(*column);
    columns.push_back(std::move(column));
  }
  waiting_.push_back(arrow::RecordBatch::Make(schema_, chunk.row_count, std::move(columns)));
  waiting_bytes_ += bytes;
  if (waiting_bytes_ >= batch_bytes_) return Cut();
  return Status::OK();
}

Status BatchCutter::Finish() {
  return waiting_.empty() ? Status::OK() : Cut();
}

Status BatchCutter::Cut() {
  ARROW_ASSIGN_OR_RAISE(auto joined, Join(schema_, waiting_));
  int64_t rows = joined->num_rows();
  int64_t pieces = std::clamp<int64_t>(waiting_bytes_ / batch_bytes_, 1, rows);
  for (int64_t i = 0; i < pieces; ++i) {
    int64_t begin = rows * i / pieces;
    int64_t end = rows * (i + 1) / pieces;
    ready_.push_back(pieces == 1 ? joined : joined->Slice(begin, end - begin));
  }
  waiting_.clear();
  waiting_bytes_ = 0;
  return Status::OK();
}

std::shared_ptr<arrow::RecordBatch> BatchCutter::Take() {
  if (ready_.empty()) return nullptr;
  auto batch = std::move(ready_.front());
  ready_.pop_front();
  return batch;
}

}  // namespace weir::duckdb
