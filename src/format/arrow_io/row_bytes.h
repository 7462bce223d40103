// How many bytes rows take: a measure that adds up, whatever the batches the rows came in.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>

namespace weir {

// Bits of `rows` rows from `first` on: values, offsets and validity. The bits of two neighbouring
// ranges are the sum of both.
int64_t RowBits(const arrow::RecordBatch& batch, int64_t first, int64_t rows);

inline int64_t RowBytes(const arrow::RecordBatch& batch, int64_t first, int64_t rows) {
  return RowBits(batch, first, rows) / 8;
}

// How many rows from `first` on take at most `bits_max`; may be 0.
int64_t RowsWithin(const arrow::RecordBatch& batch, int64_t first, int64_t bits_max);

}  // namespace weir
