// One column's values as cells of a sheet.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/status.h"
#include "core/format.h"
#include "format/json/json_cell.h"
#include "format/text/cell.h"

namespace weir {

struct CellStyles {
  int bold = 0;
  int integer = 0;
  int date = 0;
};

// A row of the sheet; the first is 1.
struct SheetRow {
  int64_t number;
  std::string_view digits;  // of the number
};

// Not thread-safe. Bind before Append; the bound array must outlive the calls after it.
class SheetColumn {
 public:
  // `index` counts the sheet's columns from 0. Fails with "format.unsupported_type" or, for the
  // column's name, "format.invalid_utf8".
  static Result<std::unique_ptr<SheetColumn>> Make(const arrow::Field& field, int index,
                                                   const FormatOptions& options);

  const FormatVerdict& verdict() const { return verdict_; }
  double width() const { return width_; }  // in characters, enough for most values
  void SetStyles(const CellStyles& styles);

  void Bind(const arrow::Array& column);

  // Appends the cell of the batch's `row`, nothing for NULL. Fails with "format.invalid_utf8",
  // "format.special_value" or "xlsx.text_too_long".
  Status Append(int64_t row, const SheetRow& sheet_row, ByteBuffer* out);

  // Appends a cell without a value.
  void AppendEmpty(const SheetRow& sheet_row, ByteBuffer* out) const;
  // Appends the column's name.
  Status AppendName(const SheetRow& sheet_row, ByteBuffer* out) const;

 private:
  // How values become cells.
  enum class Form {
    kFloat,
    kDecimal,  // integers too
    kBoolean,
    kDate,
    kPlain,   // text of bounded length out of `cell_`
    kText,    // text that `cell_` has as it is
    kNested,  // Arrow values, as JSON text
  };

  SheetColumn(std::string name, int index, SpecialValues special);

  void Describe(const arrow::DataType& type);
  void DescribeNumber(const arrow::DataType& type);
  void OpenCell(const SheetRow& sheet_row, std::string_view attributes, ByteBuffer* out) const;
  Status AppendNumber(bool exact, const SheetRow& sheet_row, ByteBuffer* out);
  Status AppendDate(int64_t row, const SheetRow& sheet_row, ByteBuffer* out);
  Status AppendPlain(const SheetRow& sheet_row, ByteBuffer* out);
  Status AppendText(std::string_view text, std::string_view attributes, const SheetRow& sheet_row,
                    ByteBuffer* out) const;
  std::string Where(const SheetRow& sheet_row) const;

  const std::string name_;
  const std::string start_;  // <c r="B
  const SpecialValues special_;
  Form form_ = Form::kText;
  FormatVerdict verdict_;
  double width_ = 0;
  bool whole_numbers_ = false;
  std::unique_ptr<Cell> cell_;
  std::unique_ptr<JsonCell> json_cell_;  // kNested
  const int32_t* dates_ = nullptr;       // kDate: of the bound array
  std::string number_attributes_;        // from the row's number to the value
  std::string date_attributes_;
  std::string name_attributes_;
  ByteBuffer scratch_;  // one value
};

}  // namespace weir
