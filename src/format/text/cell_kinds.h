// The families of cells that Cell::Make chooses from. Each returns nullptr for a type that is not
// of its family. Private to this room.
#pragma once

#include <arrow/array/data.h>

#include <memory>

#include "core/field.h"
#include "format/text/cell.h"

namespace weir::text_internal {

std::unique_ptr<Cell> MakeNumberCell(const arrow::DataType& type);
std::unique_ptr<Cell> MakeTextCell(const arrow::DataType& type, ValueKind kind);
std::unique_ptr<Cell> MakeBinaryCell(const arrow::DataType& type, ValueKind kind);
std::unique_ptr<Cell> MakeTimeCell(const arrow::DataType& type, ValueKind kind, Dialect dialect);

// The values of a fixed-width column, from its first row on.
template <typename T>
const T* ValuesOf(const arrow::Array& column) {
  return column.data()->GetValues<T>(1);
}

// Gives a cell whose values are bounded its Append: Derived::Write is all there is to define.
template <typename Derived>
class BoundedCell : public Cell {
 public:
  using Cell::Cell;
  void Append(int64_t row, ByteBuffer* out) const final {
    char* begin = out->Reserve(write_bytes_max_);
    char* end = static_cast<const Derived*>(this)->Derived::Write(row, begin);
    out->Commit(static_cast<size_t>(end - begin));
  }
};

// Gives a cell of text its Append from Derived::View.
template <typename Derived>
class ViewCell : public Cell {
 public:
  explicit ViewCell(CellClass cell_class) : Cell(cell_class) { has_view_ = true; }
  void Append(int64_t row, ByteBuffer* out) const final {
    out->Append(static_cast<const Derived*>(this)->Derived::View(row));
  }
};

}  // namespace weir::text_internal
