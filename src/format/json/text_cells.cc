// Columns that arrive as text: strings, exact decimals, JSON.
#include <arrow/array.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <string_view>
#include <type_traits>
#include <utility>

#include "format/json/cell_parts.h"
#include "format/json/json_string.h"

namespace weir {
namespace {

bool IsContinuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

// Checks a column of values at the cost of one pass over its bytes: when those are well-formed as a
// whole, a value is well-formed exactly when it does not begin or end inside a character.
class Utf8Column {
 public:
  template <typename ArrayType>
  void Bind(const ArrayType& column) {
    valid_as_a_whole_ = false;
    if constexpr (!std::is_same_v<ArrayType, arrow::StringViewArray>) {
      if (column.length() == 0 || column.value_data() == nullptr) return;
      const char* data = reinterpret_cast<const char*>(column.value_data()->data());
      const char* begin = data + column.value_offset(0);
      end_ = data + column.value_offset(column.length());
      valid_as_a_whole_ = IsValidUtf8({begin, static_cast<size_t>(end_ - begin)});
    }
  }

  bool IsValid(std::string_view value) const {
    if (!valid_as_a_whole_) return IsValidUtf8(value);
    if (value.empty()) return true;
    const char* end = value.data() + value.size();
    return !IsContinuation(value.front()) && (end == end_ || !IsContinuation(*end));
  }

 private:
  bool valid_as_a_whole_ = false;
  const char* end_ = nullptr;
};

template <typename ArrayType>
class TextCell : public JsonCell {
 public:
  explicit TextCell(JsonCellContext context) : context_(std::move(context)) {}

 protected:
  void BindValues(const arrow::Array& column) final {
    column_ = static_cast<const ArrayType*>(&column);
    utf8_.Bind(*column_);
  }

  Status AppendValue(int64_t row, ByteBuffer* out) final {
    std::string_view text = column_->GetView(row);
    if (!utf8_.IsValid(text)) return InvalidUtf8(row, text);
    return AppendText(text, out);
  }

  virtual Status AppendText(std::string_view text, ByteBuffer* out) = 0;

  const JsonCellContext& context() const { return context_; }

 private:
  Status InvalidUtf8(int64_t row, std::string_view text) const {
    size_t at = FirstInvalidUtf8(text);
    return Error(
        "format.invalid_utf8",
        fmt::format("column \"{}\": row {} of the batch is not UTF-8 at byte {} (0x{:02x})",
                    context_.path, row, at, static_cast<unsigned char>(text[at])),
        "read the column as bytes, or convert it in the query");
  }

  const JsonCellContext context_;
  const ArrayType* column_ = nullptr;
  Utf8Column utf8_;
};

template <typename ArrayType>
class StringCell final : public TextCell<ArrayType> {
 public:
  using TextCell<ArrayType>::TextCell;

 protected:
  Status AppendText(std::string_view text, ByteBuffer* out) override {
    AppendJsonString(text, out);
    return Status::OK();
  }
};

template <typename ArrayType>
class RawJsonCell final : public TextCell<ArrayType> {
 public:
  using TextCell<ArrayType>::TextCell;

 protected:
  Status AppendText(std::string_view text, ByteBuffer* out) override {
    out->Append(text);
    return Status::OK();
  }
};

bool IsSpecialNumber(std::string_view text) {
  return text == "NaN" || text == "Infinity" || text == "-Infinity";
}

template <typename ArrayType>
class NumericCell final : public TextCell<ArrayType> {
 public:
  using TextCell<ArrayType>::TextCell;

 protected:
  Status AppendText(std::string_view text, ByteBuffer* out) override {
    if (IsJsonNumber(text)) {
      out->Append(text);
      return Status::OK();
    }
    if (IsSpecialNumber(text)) return AppendSpecial(text, this->context(), out);
    AppendJsonString(text, out);
    return Status::OK();
  }
};

template <typename ArrayType>
std::unique_ptr<JsonCell> MakeForKind(ValueKind kind, const JsonCellContext& context) {
  switch (kind) {
    case ValueKind::kJson:
      return std::make_unique<RawJsonCell<ArrayType>>(context);
    case ValueKind::kNumeric:
      return std::make_unique<NumericCell<ArrayType>>(context);
    default:
      return std::make_unique<StringCell<ArrayType>>(context);
  }
}

}  // namespace

Result<std::unique_ptr<JsonCell>> MakeTextJsonCell(const arrow::Field& field,
                                                   const JsonCellContext& context) {
  switch (field.type()->id()) {
    case arrow::Type::STRING:
      return MakeForKind<arrow::StringArray>(KindOf(field), context);
    case arrow::Type::LARGE_STRING:
      return MakeForKind<arrow::LargeStringArray>(KindOf(field), context);
    case arrow::Type::STRING_VIEW:
      return MakeForKind<arrow::StringViewArray>(KindOf(field), context);
    default:
      return nullptr;
  }
}

}  // namespace weir
