// Text, bytes and UUIDs.
#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/binary_view_util.h>

#include "format/text/cell_kinds.h"
#include "format/text/digits.h"

namespace weir::text_internal {
namespace {

// Where a variable-width column's values lie.
template <typename Offset>
class OffsetLayout {
 public:
  void Bind(const arrow::Array& column) {
    const arrow::ArrayData& data = *column.data();
    offsets_ = data.GetValues<Offset>(1);
    bytes_ = data.buffers[2] == nullptr ? nullptr : data.buffers[2]->data_as<char>();
  }
  std::string_view At(int64_t row) const {
    return {bytes_ + offsets_[row], static_cast<size_t>(offsets_[row + 1] - offsets_[row])};
  }

 private:
  const Offset* offsets_ = nullptr;
  const char* bytes_ = nullptr;
};

class ViewLayout {
 public:
  void Bind(const arrow::Array& column) {
    const arrow::ArrayData& data = *column.data();
    views_ = data.GetValues<arrow::BinaryViewType::c_type>(1);
    buffers_ = data.buffers.data() + 2;
  }
  std::string_view At(int64_t row) const {
    return arrow::util::FromBinaryView(views_[row], buffers_);
  }

 private:
  const arrow::BinaryViewType::c_type* views_ = nullptr;
  const std::shared_ptr<arrow::Buffer>* buffers_ = nullptr;
};

class FixedLayout {
 public:
  void Bind(const arrow::Array& column) {
    const arrow::ArrayData& data = *column.data();
    width_ = column.type()->byte_width();
    if (column.type_id() == arrow::Type::EXTENSION) {
      width_ =
          static_cast<const arrow::ExtensionType&>(*column.type()).storage_type()->byte_width();
    }
    bytes_ = data.buffers[1] == nullptr ? nullptr : data.buffers[1]->data_as<char>();
    if (bytes_ != nullptr) bytes_ += data.offset * width_;
  }
  std::string_view At(int64_t row) const {
    return {bytes_ + row * width_, static_cast<size_t>(width_)};
  }

 private:
  const char* bytes_ = nullptr;
  int64_t width_ = 0;
};

template <typename Layout>
class TextCell final : public ViewCell<TextCell<Layout>> {
 public:
  using ViewCell<TextCell>::ViewCell;
  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    layout_.Bind(column);
  }
  std::string_view View(int64_t row) const override { return layout_.At(row); }

 private:
  Layout layout_;
};

template <typename Layout>
class BinaryCell final : public Cell {
 public:
  BinaryCell() : Cell(CellClass::kPlain) {}
  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    layout_.Bind(column);
  }
  void Append(int64_t row, ByteBuffer* out) const override {
    std::string_view bytes = layout_.At(row);
    char* begin = out->Reserve(2 + 2 * bytes.size());
    char* end = WriteText("\\x", begin);
    end = WriteHex(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), end);
    out->Commit(static_cast<size_t>(end - begin));
  }

 private:
  Layout layout_;
};

class UuidCell final : public BoundedCell<UuidCell> {
 public:
  UuidCell() : BoundedCell(CellClass::kPlain, 36) {}
  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    layout_.Bind(column);
  }
  char* Write(int64_t row, char* out) const override {
    const auto* bytes = reinterpret_cast<const uint8_t*>(layout_.At(row).data());
    out = WriteHex(bytes, 4, out);
    for (int group = 0; group < 3; ++group) {
      *out++ = '-';
      out = WriteHex(bytes + 4 + 2 * group, 2, out);
    }
    *out++ = '-';
    return WriteHex(bytes + 10, 6, out);
  }

 private:
  FixedLayout layout_;
};

CellClass TextClass(ValueKind kind) {
  if (kind == ValueKind::kNumeric) return CellClass::kNumber;
  return kind == ValueKind::kJson ? CellClass::kJson : CellClass::kString;
}

}  // namespace

std::unique_ptr<Cell> MakeTextCell(const arrow::DataType& type, ValueKind kind) {
  switch (type.id()) {
    case arrow::Type::STRING:
      return std::make_unique<TextCell<OffsetLayout<int32_t>>>(TextClass(kind));
    case arrow::Type::LARGE_STRING:
      return std::make_unique<TextCell<OffsetLayout<int64_t>>>(TextClass(kind));
    case arrow::Type::STRING_VIEW:
      return std::make_unique<TextCell<ViewLayout>>(TextClass(kind));
    default:
      return nullptr;
  }
}

std::unique_ptr<Cell> MakeBinaryCell(const arrow::DataType& type, ValueKind kind) {
  switch (type.id()) {
    case arrow::Type::BINARY:
      return std::make_unique<BinaryCell<OffsetLayout<int32_t>>>();
    case arrow::Type::LARGE_BINARY:
      return std::make_unique<BinaryCell<OffsetLayout<int64_t>>>();
    case arrow::Type::BINARY_VIEW:
      return std::make_unique<BinaryCell<ViewLayout>>();
    case arrow::Type::FIXED_SIZE_BINARY:
      if (kind == ValueKind::kUuid && type.byte_width() == 16) return std::make_unique<UuidCell>();
      return std::make_unique<BinaryCell<FixedLayout>>();
    default:
      return nullptr;
  }
}

}  // namespace weir::text_internal
