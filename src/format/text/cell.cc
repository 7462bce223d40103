#include "format/text/cell.h"

#include <arrow/array.h>
#include <arrow/array/array_dict.h>
#include <arrow/array/util.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>
#include <fmt/format.h>

#include "format/text/cell_kinds.h"
#include "format/text/digits.h"

namespace weir {
namespace {

using text_internal::BoundedCell;

bool HasBitmap(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
    case arrow::Type::SPARSE_UNION:
    case arrow::Type::DENSE_UNION:
    case arrow::Type::RUN_END_ENCODED:
      return false;
    case arrow::Type::EXTENSION:
      return HasBitmap(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    default:
      return true;
  }
}

// One bit per row: 1 where `is_valid(row)`.
template <typename IsValid>
void FillBitmap(int64_t rows, IsValid is_valid, std::vector<uint8_t>* bitmap) {
  bitmap->assign(static_cast<size_t>(arrow::bit_util::BytesForBits(rows)), 0);
  for (int64_t row = 0; row < rows; ++row) {
    if (is_valid(row)) arrow::bit_util::SetBit(bitmap->data(), row);
  }
}

class BooleanCell final : public BoundedCell<BooleanCell> {
 public:
  explicit BooleanCell(Dialect dialect)
      : BoundedCell(CellClass::kBoolean, 5),
        true_(dialect == Dialect::kPostgres ? "t" : "true"),
        false_(dialect == Dialect::kPostgres ? "f" : "false") {}

  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    bits_ = column.data()->buffers[1] == nullptr ? nullptr : column.data()->buffers[1]->data();
  }
  char* Write(int64_t row, char* out) const override {
    std::string_view text =
        arrow::bit_util::GetBit(bits_, row + column_->offset()) ? true_ : false_;
    return WriteText(text, out);
  }

 private:
  const std::string_view true_, false_;
  const uint8_t* bits_ = nullptr;
};

// A column of the null type: there is never a value to write.
class NullCell final : public Cell {
 public:
  NullCell() : Cell(CellClass::kPlain) {}
  void Append(int64_t, ByteBuffer*) const override {}
};

// Knows which rows are null; the values are format/json's.
class NestedCell final : public Cell {
 public:
  NestedCell() : Cell(CellClass::kNested) {}
  void Append(int64_t, ByteBuffer*) const override {}
};

// Writes the dictionary's values through the value type's cell.
class DictionaryCell final : public Cell {
 public:
  explicit DictionaryCell(std::unique_ptr<Cell> values)
      : Cell(values->cell_class(), values->write_bytes_max()), values_(std::move(values)) {
    has_view_ = values_->has_view();
  }

  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    dictionary_ = arrow::MakeArray(column.data()->dictionary);
    values_->Bind(*dictionary_);
    ReadIndices(column);
    if (dictionary_->null_count() != 0) MergeValidity();
  }
  void Append(int64_t row, ByteBuffer* out) const override {
    values_->Append(indices_[static_cast<size_t>(row)], out);
  }
  std::string_view View(int64_t row) const override {
    return values_->View(indices_[static_cast<size_t>(row)]);
  }
  char* Write(int64_t row, char* out) const override {
    return values_->Write(indices_[static_cast<size_t>(row)], out);
  }

 private:
  void ReadIndices(const arrow::Array& column) {
    const auto& type = static_cast<const arrow::DictionaryType&>(*column.type());
    switch (arrow::bit_width(type.index_type()->id())) {
      case 8:
        return ReadIndicesAs<uint8_t>(column);
      case 16:
        return ReadIndicesAs<uint16_t>(column);
      case 32:
        return ReadIndicesAs<uint32_t>(column);
      default:
        return ReadIndicesAs<uint64_t>(column);
    }
  }
  // An index under a null may be anything; it is never looked at, since IsNull comes first. Signed
  // indices are never negative, so they read the same unsigned.
  template <typename Index>
  void ReadIndicesAs(const arrow::Array& column) {
    const Index* indices = text_internal::ValuesOf<Index>(column);
    indices_.resize(static_cast<size_t>(column.length()));
    for (size_t row = 0; row < indices_.size(); ++row) {
      indices_[row] = static_cast<int64_t>(indices[row]);
    }
  }
  // A row is null when its index is, or when the value it points at is.
  void MergeValidity() {
    std::vector<uint8_t> merged;
    FillBitmap(
        column_->length(),
        [&](int64_t row) {
          return !IsNull(row) && !values_->IsNull(indices_[static_cast<size_t>(row)]);
        },
        &merged);
    logical_validity_ = std::move(merged);
    validity_ = logical_validity_.data();
    offset_ = 0;
  }

  const std::unique_ptr<Cell> values_;
  std::shared_ptr<arrow::Array> dictionary_;
  std::vector<int64_t> indices_;
};

bool IsNested(arrow::Type::type id) {
  switch (id) {
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
    case arrow::Type::STRUCT:
    case arrow::Type::MAP:
    case arrow::Type::SPARSE_UNION:
    case arrow::Type::DENSE_UNION:
      return true;
    default:
      return false;
  }
}

ValueKind KindOfExtension(const arrow::ExtensionType& type) {
  if (type.extension_name() == "arrow.uuid") return ValueKind::kUuid;
  if (type.extension_name() == "arrow.json") return ValueKind::kJson;
  return ValueKind::kPlain;
}

std::unique_ptr<Cell> MakeCell(const arrow::DataType& type, ValueKind kind, Dialect dialect) {
  if (type.id() == arrow::Type::EXTENSION) {
    const auto& extension = static_cast<const arrow::ExtensionType&>(type);
    if (kind == ValueKind::kPlain) kind = KindOfExtension(extension);
    return MakeCell(*extension.storage_type(), kind, dialect);
  }
  if (type.id() == arrow::Type::DICTIONARY) {
    const auto& dictionary = static_cast<const arrow::DictionaryType&>(type);
    auto values = MakeCell(*dictionary.value_type(), kind, dialect);
    return values == nullptr ? nullptr : std::make_unique<DictionaryCell>(std::move(values));
  }
  if (type.id() == arrow::Type::NA) return std::make_unique<NullCell>();
  if (type.id() == arrow::Type::BOOL) return std::make_unique<BooleanCell>(dialect);
  if (IsNested(type.id())) return std::make_unique<NestedCell>();
  if (auto cell = text_internal::MakeTimeCell(type, kind, dialect)) return cell;
  if (auto cell = text_internal::MakeNumberCell(type)) return cell;
  if (auto cell = text_internal::MakeTextCell(type, kind)) return cell;
  return text_internal::MakeBinaryCell(type, kind);
}

}  // namespace

Result<std::unique_ptr<Cell>> Cell::Make(const arrow::Field& field, Dialect dialect) {
  std::unique_ptr<Cell> cell = MakeCell(*field.type(), KindOf(field), dialect);
  if (cell != nullptr) return cell;
  return Error("format.unsupported_type",
               fmt::format("column \"{}\": type {} has no form as text", field.name(),
                           field.type()->ToString()),
               "leave the column out, or cast it to text in the source");
}

void Cell::Bind(const arrow::Array& column) {
  column_ = &column;
  offset_ = column.offset();
  if (HasBitmap(*column.type())) {
    validity_ = column.data()->GetNullCount() == 0 ? nullptr : column.null_bitmap_data();
    return;
  }
  FillBitmap(
      column.length(), [&](int64_t row) { return column.IsValid(row); }, &logical_validity_);
  validity_ = logical_validity_.data();
  offset_ = 0;
}

std::string_view Cell::View(int64_t) const {
  return {};
}

char* Cell::Write(int64_t, char* out) const {
  return out;
}

}  // namespace weir
