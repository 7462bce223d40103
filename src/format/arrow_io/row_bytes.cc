#include "format/arrow_io/row_bytes.h"

#include <arrow/array/data.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

namespace weir {
namespace {

int64_t BitsOf(const arrow::ArrayData& data, const arrow::DataType& type, int64_t first,
               int64_t rows);

// Where the children of rows [first, first + rows) of a list begin and end; for strings, bytes.
struct Range {
  int64_t begin = 0;
  int64_t end = 0;
};

template <typename Offset>
Range OffsetRange(const arrow::ArrayData& data, int64_t first, int64_t rows) {
  if (rows == 0 || data.buffers[1] == nullptr || data.buffers[1]->size() == 0) return {};
  const Offset* offsets = data.GetValues<Offset>(1);
  return {offsets[first], offsets[first + rows]};
}

Range ChildRange(const arrow::ArrayData& data, const arrow::DataType& type, int64_t first,
                 int64_t rows) {
  if (arrow::is_large_binary_like(type.id()) || type.id() == arrow::Type::LARGE_LIST) {
    return OffsetRange<int64_t>(data, first, rows);
  }
  return OffsetRange<int32_t>(data, first, rows);
}

int64_t ViewBits(const arrow::ArrayData& data, int64_t first, int64_t rows) {
  int64_t bytes = 0;
  const auto* views = data.GetValues<arrow::BinaryViewType::c_type>(1);
  for (int64_t i = first; i < first + rows; ++i) {
    if (!views[i].is_inline()) bytes += views[i].size();
  }
  return bytes * 8 + rows * 128;
}

int64_t NestedBits(const arrow::ArrayData& data, const arrow::DataType& type, int64_t first,
                   int64_t rows) {
  switch (type.id()) {
    case arrow::Type::STRUCT: {
      int64_t bits = 0;
      for (int i = 0; i < type.num_fields(); ++i) {
        bits += BitsOf(*data.child_data[i], *type.field(i)->type(), data.offset + first, rows);
      }
      return bits;
    }
    case arrow::Type::FIXED_SIZE_LIST: {
      int64_t size = static_cast<const arrow::FixedSizeListType&>(type).list_size();
      return BitsOf(*data.child_data[0], *type.field(0)->type(), (data.offset + first) * size,
                    rows * size);
    }
    case arrow::Type::LIST:
    case arrow::Type::MAP:
    case arrow::Type::LARGE_LIST: {
      Range range = ChildRange(data, type, first, rows);
      return rows * 32 + BitsOf(*data.child_data[0], *type.field(0)->type(), range.begin,
                                range.end - range.begin);
    }
    default:
      return rows * 64;
  }
}

int64_t BitsOf(const arrow::ArrayData& data, const arrow::DataType& type, int64_t first,
               int64_t rows) {
  if (type.id() == arrow::Type::EXTENSION) {
    return BitsOf(data, *static_cast<const arrow::ExtensionType&>(type).storage_type(), first,
                  rows);
  }
  if (type.id() == arrow::Type::NA) return rows;
  if (arrow::is_base_binary_like(type.id())) {
    Range range = ChildRange(data, type, first, rows);
    return rows * 33 + (range.end - range.begin) * 8;
  }
  if (arrow::is_binary_view_like(type.id())) return rows + ViewBits(data, first, rows);
  if (arrow::is_fixed_width(type.id())) return rows * (1 + type.bit_width());
  return rows + NestedBits(data, type, first, rows);
}

}  // namespace

int64_t RowBits(const arrow::RecordBatch& batch, int64_t first, int64_t rows) {
  int64_t bits = 0;
  for (const auto& column : batch.column_data()) {
    bits += BitsOf(*column, *column->type, first, rows);
  }
  return bits;
}

int64_t RowsWithin(const arrow::RecordBatch& batch, int64_t first, int64_t bits_max) {
  int64_t fits = 0;
  int64_t too_many = batch.num_rows() - first + 1;
  if (RowBits(batch, first, too_many - 1) <= bits_max) return too_many - 1;
  while (too_many - fits > 1) {
    int64_t middle = fits + (too_many - fits) / 2;
    (RowBits(batch, first, middle) <= bits_max ? fits : too_many) = middle;
  }
  return fits;
}

}  // namespace weir
