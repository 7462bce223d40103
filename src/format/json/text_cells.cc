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

// How one value is written; `text` is UTF-8.
using WriteText = Status (*)(std::string_view text, const JsonCellContext& context,
                             ByteBuffer* out);

Status WriteString(std::string_view text, const JsonCellContext&, ByteBuffer* out) {
  AppendJsonString(text, out);
  return Status::OK();
}

Status WriteJson(std::string_view text, const JsonCellContext&, ByteBuffer* out) {
  out->Append(text);
  return Status::OK();
}

Status WriteNumeric(std::string_view text, const JsonCellContext& context, ByteBuffer* out) {
  if (IsJsonNumber(text)) {
    out->Append(text);
    return Status::OK();
  }
  bool special = text == "NaN" || text == "Infinity" || text == "-Infinity";
  if (special) return AppendSpecial(text, context, out);
  AppendJsonString(text, out);
  return Status::OK();
}

template <typename ArrayType, WriteText kWrite>
class TextCell final : public JsonCell {
 public:
  explicit TextCell(JsonCellContext context) : context_(std::move(context)) {}

 private:
  void BindValues(const arrow::Array& column) override {
    column_ = static_cast<const ArrayType*>(&column);
    utf8_.Bind(*column_);
  }

  Status AppendValue(int64_t row, ByteBuffer* out) override {
    std::string_view text = column_->GetView(row);
    if (!utf8_.IsValid(text)) return InvalidUtf8(text);
    return kWrite(text, context_, out);
  }

  Status InvalidUtf8(std::string_view text) const {
    return Error("format.invalid_utf8",
                 fmt::format("column \"{}\": a value of {} bytes is not UTF-8 at its byte {}",
                             context_.path, text.size(), FirstInvalidUtf8(text) + 1),
                 "correct it in the source, or read the column as bytes");
  }

  const JsonCellContext context_;
  const ArrayType* column_ = nullptr;
  Utf8Column utf8_;
};

template <typename ArrayType>
std::unique_ptr<JsonCell> MakeForKind(ValueKind kind, const JsonCellContext& context) {
  switch (kind) {
    case ValueKind::kJson:
      return std::make_unique<TextCell<ArrayType, WriteJson>>(context);
    case ValueKind::kNumeric:
      return std::make_unique<TextCell<ArrayType, WriteNumeric>>(context);
    default:
      return std::make_unique<TextCell<ArrayType, WriteString>>(context);
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
