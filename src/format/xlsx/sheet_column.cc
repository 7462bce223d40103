#include "format/xlsx/sheet_column.h"

#include <arrow/array.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/field.h"
#include "format/json/json_string.h"
#include "format/xlsx/cell_text.h"
#include "format/xlsx/number_text.h"

namespace weir {
namespace {

constexpr std::string_view kTextAttributes = R"(" t="inlineStr"><is>)";

// Days since 1970 of serial number 0, and the serial numbers Excel shows as the right day: it has
// a 29 February 1900, and ends with the year 9999.
constexpr int64_t kSerialEpochDays = 25569;
constexpr int64_t kSerialMin = 61;       // 1900-03-01
constexpr int64_t kSerialMax = 2958465;  // 9999-12-31

// A, ..., Z, AA, ..., XFD.
std::string ColumnLetters(int index) {
  std::string letters;
  for (int rest = index + 1; rest > 0; rest = (rest - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
  }
  return letters;
}

// NaN, Infinity, -Infinity of numbers; infinity, -infinity of dates. No other value begins so.
bool IsSpecialValue(std::string_view value) {
  if (!value.empty() && value[0] == '-') value.remove_prefix(1);
  return !value.empty() && (value[0] == 'N' || value[0] == 'I' || value[0] == 'i');
}

bool IsDecimal(const arrow::DataType& type, int* precision) {
  if (!arrow::is_decimal(type.id())) return false;
  *precision = static_cast<const arrow::DecimalType&>(type).precision();
  return true;
}

// A width for the values of a type whose values are about equally wide.
double ValueWidth(const arrow::Field& field) {
  switch (KindOf(field)) {
    case ValueKind::kUuid:
      return 38;
    case ValueKind::kTimestamp2000:
    case ValueKind::kTimestampTz2000:
      return 28;
    default:
      break;
  }
  switch (field.type()->id()) {
    case arrow::Type::DATE32:
      return 12;
    case arrow::Type::INT64:
    case arrow::Type::UINT64:
      return 17;
    case arrow::Type::TIMESTAMP:
      return 28;
    case arrow::Type::BOOL:
      return 8;
    default:
      return 14;
  }
}

}  // namespace

SheetColumn::SheetColumn(std::string name, int index, SpecialValues special)
    : name_(std::move(name)),
      start_(fmt::format(R"(<c r="{})", ColumnLetters(index))),
      special_(special) {}

Result<std::unique_ptr<SheetColumn>> SheetColumn::Make(const arrow::Field& field, int index,
                                                       const FormatOptions& options) {
  if (!IsValidUtf8(field.name())) {
    return Error("format.invalid_utf8", "the name of a column is not UTF-8",
                 "rename it with --columns");
  }
  const SpecialValues special = options.special_values.value_or(SpecialValues::kString);
  std::unique_ptr<SheetColumn> column(new SheetColumn(field.name(), index, special));
  ARROW_ASSIGN_OR_RAISE(column->cell_, Cell::Make(field, Dialect::kIso));
  column->Describe(*field.type());
  if (column->form_ == Form::kNested) {
    ARROW_ASSIGN_OR_RAISE(column->json_cell_, JsonCell::Make(field, Dialect::kIso, special));
  }
  const double name_width = std::min<double>(static_cast<double>(field.name().size()) + 2, 40);
  column->width_ = std::max(ValueWidth(field), name_width);
  column->SetStyles({});
  return column;
}

void SheetColumn::Describe(const arrow::DataType& type) {
  verdict_.target_type = "text";
  switch (cell_->cell_class()) {
    case CellClass::kNumber:
      return DescribeNumber(type);
    case CellClass::kBoolean:
      form_ = Form::kBoolean;
      verdict_.target_type = "boolean";
      return;
    case CellClass::kPlain:
      form_ = type.id() == arrow::Type::DATE32 ? Form::kDate : Form::kPlain;
      if (form_ != Form::kDate) return;
      verdict_.target_type = "date";
      verdict_.note = "text before 1900-03-01 and after 9999-12-31";
      return;
    case CellClass::kString:
    case CellClass::kJson:
      form_ = Form::kText;
      return;
    case CellClass::kNested:
      form_ = Form::kNested;
      verdict_.target_type = "JSON text";
      return;
  }
}

void SheetColumn::DescribeNumber(const arrow::DataType& type) {
  verdict_.target_type = "number";
  form_ = arrow::is_floating(type.id()) ? Form::kFloat : Form::kDecimal;
  whole_numbers_ = arrow::is_integer(type.id());
  int precision = 0;
  const bool fits =
      form_ == Form::kFloat ||
      (whole_numbers_ && static_cast<const arrow::FixedWidthType&>(type).bit_width() < 64) ||
      (IsDecimal(type, &precision) && precision <= 15);
  if (!fits) verdict_.note = "exact: text beyond 15 digits";
}

void SheetColumn::SetStyles(const CellStyles& styles) {
  number_attributes_ = whole_numbers_ ? fmt::format(R"(" s="{}"><v>)", styles.integer) : R"("><v>)";
  date_attributes_ = fmt::format(R"(" s="{}"><v>)", styles.date);
  name_attributes_ = fmt::format(R"(" s="{}" t="inlineStr"><is>)", styles.bold);
}

void SheetColumn::Bind(const arrow::Array& column) {
  cell_->Bind(column);
  if (json_cell_ != nullptr) json_cell_->Bind(column);
  if (form_ == Form::kDate) dates_ = static_cast<const arrow::Date32Array&>(column).raw_values();
}

Status SheetColumn::Append(int64_t row, const SheetRow& sheet_row, ByteBuffer* out) {
  if (cell_->IsNull(row)) return Status::OK();
  scratch_.Clear();
  switch (form_) {
    case Form::kFloat:
      cell_->Append(row, &scratch_);
      return AppendNumber(IsExactFloat(scratch_.view()), sheet_row, out);
    case Form::kDecimal:
      cell_->Append(row, &scratch_);
      return AppendNumber(IsExactDecimal(scratch_.view()), sheet_row, out);
    case Form::kBoolean:
      cell_->Append(row, &scratch_);
      OpenCell(sheet_row, R"(" t="b"><v>)", out);
      out->Append(scratch_.view() == "true" ? "1</v></c>" : "0</v></c>");
      return Status::OK();
    case Form::kDate:
      return AppendDate(row, sheet_row, out);
    case Form::kPlain:
      cell_->Append(row, &scratch_);
      return AppendPlain(sheet_row, out);
    case Form::kText:
      return AppendText(cell_->View(row), kTextAttributes, sheet_row, out);
    case Form::kNested:
      ARROW_RETURN_NOT_OK(json_cell_->Append(row, &scratch_));
      return AppendText(scratch_.view(), kTextAttributes, sheet_row, out);
  }
  return Status::OK();
}

void SheetColumn::AppendEmpty(const SheetRow& sheet_row, ByteBuffer* out) const {
  OpenCell(sheet_row, R"("/>)", out);
}

Status SheetColumn::AppendName(const SheetRow& sheet_row, ByteBuffer* out) const {
  return AppendText(name_, name_attributes_, sheet_row, out);
}

void SheetColumn::OpenCell(const SheetRow& sheet_row, std::string_view attributes,
                           ByteBuffer* out) const {
  out->Append(start_);
  out->Append(sheet_row.digits);
  out->Append(attributes);
}

// Appends the number in scratch_, as text when Excel would not keep it `exact`.
Status SheetColumn::AppendNumber(bool exact, const SheetRow& sheet_row, ByteBuffer* out) {
  if (!exact) return AppendPlain(sheet_row, out);
  OpenCell(sheet_row, number_attributes_, out);
  out->Append(scratch_.view());
  out->Append("</v></c>");
  return Status::OK();
}

Status SheetColumn::AppendDate(int64_t row, const SheetRow& sheet_row, ByteBuffer* out) {
  const int64_t serial = dates_[row] + kSerialEpochDays;
  if (serial < kSerialMin || serial > kSerialMax) {
    cell_->Append(row, &scratch_);
    return AppendPlain(sheet_row, out);
  }
  OpenCell(sheet_row, date_attributes_, out);
  fmt::format_int digits(serial);
  out->Append(std::string_view(digits.data(), digits.size()));
  out->Append("</v></c>");
  return Status::OK();
}

// Appends the text in scratch_, which may be a value that is no number or date.
Status SheetColumn::AppendPlain(const SheetRow& sheet_row, ByteBuffer* out) {
  if (special_ != SpecialValues::kString && IsSpecialValue(scratch_.view())) {
    if (special_ == SpecialValues::kNull) return Status::OK();
    return Error(
        "format.special_value",
        fmt::format("{}: {} has no number or date form", Where(sheet_row), scratch_.view()),
        "use --special-values string or --special-values null");
  }
  return AppendText(scratch_.view(), kTextAttributes, sheet_row, out);
}

Status SheetColumn::AppendText(std::string_view text, std::string_view attributes,
                               const SheetRow& sheet_row, ByteBuffer* out) const {
  const CellTextNeeds needs = InspectCellText(text);
  if (needs.utf8_check && !IsValidUtf8(text)) {
    return Error("format.invalid_utf8",
                 fmt::format("{}: a value of {} bytes is not UTF-8 at its byte {}",
                             Where(sheet_row), text.size(), FirstInvalidUtf8(text) + 1),
                 "correct it in the source, or read the column as bytes");
  }
  if (text.size() > kCellUnitsMax && CountUtf16Units(text) > kCellUnitsMax) {
    return Error("xlsx.text_too_long",
                 fmt::format("{}: a text of {} characters; an Excel cell holds {}",
                             Where(sheet_row), CountUtf16Units(text), kCellUnitsMax),
                 "leave the column out, or write CSV or Parquet");
  }
  OpenCell(sheet_row, attributes, out);
  AppendCellText(text, needs, out);
  out->Append("</is></c>");
  return Status::OK();
}

std::string SheetColumn::Where(const SheetRow& sheet_row) const {
  return fmt::format("column \"{}\", row {}", name_, sheet_row.number - 1);
}

}  // namespace weir
