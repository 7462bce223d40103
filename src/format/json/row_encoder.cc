#include "format/json/row_encoder.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/field.h"
#include "format/json/json_cell.h"
#include "format/json/json_string.h"

namespace weir {
namespace {

bool IsNested(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::DICTIONARY:
      return IsNested(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case arrow::Type::EXTENSION:
      return IsNested(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    default:
      return type.num_fields() > 0 || type.id() == arrow::Type::STRUCT;
  }
}

// Whether the column's values are JSON beyond numbers, strings and booleans.
bool HoldsJson(const arrow::Field& field) {
  if (KindOf(field) == ValueKind::kJson || IsNested(*field.type())) return true;
  return field.type()->id() == arrow::Type::EXTENSION &&
         static_cast<const arrow::ExtensionType&>(*field.type()).extension_name() == "arrow.json";
}

// Newlines inside strings are escaped, so a raw one is white space between the tokens of a value
// that came as JSON text.
void ReplaceNewlines(char* text, size_t size) {
  for (char newline : {'\n', '\r'}) {
    char* end = text + size;
    char* at = text;
    while ((at = static_cast<char*>(std::memchr(at, newline, end - at))) != nullptr) *at++ = ' ';
  }
}

// False only when no value of the column holds a newline.
bool MayHoldNewlines(const arrow::Array& column) {
  if (column.type_id() != arrow::Type::STRING) return true;
  const auto& strings = static_cast<const arrow::StringArray&>(column);
  if (strings.length() == 0 || strings.value_data() == nullptr) return false;
  const uint8_t* begin = strings.value_data()->data() + strings.value_offset(0);
  auto size = static_cast<size_t>(strings.total_values_length());
  return std::memchr(begin, '\n', size) != nullptr || std::memchr(begin, '\r', size) != nullptr;
}

// What stands before a value: {"id": or ,"name":
class Key {
 public:
  Key() = default;
  explicit Key(std::string_view text) : padded_(text), size_(text.size()) {
    if (size_ < kShortBytes) padded_.resize(kShortBytes);
  }

  // Most keys are short, and a copy of fixed size is a few stores where another is a call.
  void AppendTo(ByteBuffer* out) const {
    if (size_ > kShortBytes) return out->Append(padded_);
    std::memcpy(out->Reserve(kShortBytes), padded_.data(), kShortBytes);
    out->Commit(size_);
  }

 private:
  static constexpr size_t kShortBytes = 32;

  std::string padded_;
  size_t size_ = 0;
};

struct ColumnWriter {
  Key key;
  std::unique_ptr<JsonCell> cell;
  bool as_string = false;     // its JSON text is written as a JSON string
  bool one_line = false;      // newlines in it must be replaced
  bool has_newlines = false;  // and there may be some in this batch
};

class JsonRowEncoder final : public SliceEncoder {
 public:
  JsonRowEncoder(std::vector<ColumnWriter> columns, JsonLayout layout)
      : columns_(std::move(columns)), layout_(layout) {}

  Status Encode(const arrow::RecordBatch& batch, ByteBuffer* out) override {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const arrow::Array& values = *batch.column(static_cast<int>(i));
      columns_[i].cell->Bind(values);
      columns_[i].has_newlines = columns_[i].one_line && MayHoldNewlines(values);
    }
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (row > 0 && layout_ == JsonLayout::kArray) out->Append(",\n");
      const Status appended = AppendRow(row, out);
      if (!appended.ok()) return WithBatchRow(appended, row);
      if (layout_ == JsonLayout::kLines) out->Append('\n');
    }
    return Status::OK();
  }

 private:
  Status AppendRow(int64_t row, ByteBuffer* out) {
    if (columns_.empty()) out->Append('{');
    for (ColumnWriter& column : columns_) {
      column.key.AppendTo(out);
      if (column.as_string || column.has_newlines) {
        ARROW_RETURN_NOT_OK(AppendJson(column, row, out));
      } else {
        ARROW_RETURN_NOT_OK(column.cell->Append(row, out));
      }
    }
    out->Append('}');
    return Status::OK();
  }

  Status AppendJson(ColumnWriter& column, int64_t row, ByteBuffer* out) {
    if (!column.as_string || column.cell->IsNull(row)) {
      size_t start = out->size();
      ARROW_RETURN_NOT_OK(column.cell->Append(row, out));
      if (column.has_newlines) ReplaceNewlines(out->data() + start, out->size() - start);
      return Status::OK();
    }
    scratch_.Clear();
    ARROW_RETURN_NOT_OK(column.cell->Append(row, &scratch_));
    AppendJsonString(scratch_.view(), out);
    return Status::OK();
  }

  std::vector<ColumnWriter> columns_;
  const JsonLayout layout_;
  ByteBuffer scratch_;
};

Result<Key> MakeKey(const std::string& name, bool first) {
  if (!IsValidUtf8(name)) {
    return Error("format.invalid_utf8", "the name of a column is not UTF-8",
                 "rename it with --columns");
  }
  ByteBuffer key;
  key.Append(first ? '{' : ',');
  AppendJsonString(name, &key);
  key.Append(':');
  return Key(key.view());
}

Result<std::unique_ptr<JsonCell>> MakeCell(const arrow::Field& field,
                                           const FormatOptions& options) {
  return JsonCell::Make(field, options.dialect,
                        options.special_values.value_or(SpecialValues::kString));
}

Result<ColumnWriter> MakeColumn(const arrow::Field& field, bool first, const FormatOptions& options,
                                JsonLayout layout) {
  ColumnWriter column;
  ARROW_ASSIGN_OR_RAISE(column.key, MakeKey(field.name(), first));
  ARROW_ASSIGN_OR_RAISE(column.cell, MakeCell(field, options));
  if (!HoldsJson(field)) return column;
  column.as_string = options.nested == NestedForm::kString;
  column.one_line =
      !column.as_string && layout == JsonLayout::kLines && options.dialect != Dialect::kPostgres;
  return column;
}

std::string JsonTypeOf(const arrow::Field& field, const FormatOptions& options) {
  const arrow::DataType& type = *field.type();
  if (HoldsJson(field)) {
    if (options.nested == NestedForm::kString) return "string holding JSON";
    switch (type.id()) {
      case arrow::Type::LIST:
      case arrow::Type::LARGE_LIST:
      case arrow::Type::LIST_VIEW:
      case arrow::Type::LARGE_LIST_VIEW:
      case arrow::Type::FIXED_SIZE_LIST:
        return "array";
      case arrow::Type::STRUCT:
        return "object";
      default:
        return "any JSON value";
    }
  }
  switch (KindOf(field)) {
    case ValueKind::kNumeric:
      return "number";
    case ValueKind::kTimestamp2000:
    case ValueKind::kTimestampTz2000:
      return "string";
    default:
      break;
  }
  if (type.id() == arrow::Type::NA) return "null";
  if (type.id() == arrow::Type::BOOL) return "boolean";
  bool oid = options.dialect == Dialect::kPostgres && type.id() == arrow::Type::UINT32;
  if (oid) return "string";
  bool number =
      arrow::is_integer(type.id()) || arrow::is_floating(type.id()) || arrow::is_decimal(type.id());
  return number ? "number" : "string";
}

}  // namespace

Result<std::unique_ptr<SliceEncoder>> MakeJsonRowEncoder(const EncoderContext& context,
                                                         JsonLayout layout) {
  std::vector<ColumnWriter> columns;
  for (const auto& field : context.schema->fields()) {
    ARROW_ASSIGN_OR_RAISE(auto column,
                          MakeColumn(*field, columns.empty(), context.options, layout));
    columns.push_back(std::move(column));
  }
  return std::make_unique<JsonRowEncoder>(std::move(columns), layout);
}

FormatVerdict CheckJsonColumn(const arrow::Field& field, const FormatOptions& options) {
  FormatVerdict verdict;
  auto cell = MakeCell(field, options);
  if (!cell.ok()) {
    verdict.fidelity = Fidelity::kRefused;
    verdict.note = cell.status().message();
    return verdict;
  }
  verdict.target_type = JsonTypeOf(field, options);
  return verdict;
}

}  // namespace weir
