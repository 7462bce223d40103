#include "format/xlsx/format.h"

#include <arrow/type.h>
#include <fmt/format.h>
#include <xlsxwriter/utility.h>

#include "format/xlsx/sheet_column.h"
#include "format/xlsx/sheet_encoder.h"

namespace weir {
namespace {

ReadForm XlsxReadForm(const FormatOptions& options) {
  ReadForm form;
  form.exact_text = true;
  const bool as_json = options.nested == NestedForm::kJson;
  form.arrays = as_json ? NestedForm::kJson : NestedForm::kString;
  form.special_values = options.special_values.value_or(SpecialValues::kString);
  return form;
}

Status ValidateXlsxOptions(const FormatOptions& options) {
  if (options.delimiter) return OptionNotApplicable("delimiter", "xlsx");
  if (options.null_text) return OptionNotApplicable("null-text", "xlsx");
  if (options.row_group_bytes) return OptionNotApplicable("row-group-bytes", "xlsx");
  if (options.compression) return OptionNotApplicable("compression", "xlsx");
  if (options.nested == NestedForm::kStruct) return OptionNotApplicable("nested struct", "xlsx");
  if (!options.header) return OptionNotApplicable("no-header", "xlsx");
  const int level = options.level.value_or(kXlsxLevelDefault);
  if (level >= 1 && level <= 9) return Status::OK();
  return Error("usage.level", fmt::format("xlsx has the levels 1 to 9, not {}", level));
}

FormatVerdict CheckXlsxColumn(const arrow::Field& field, const FormatOptions& options) {
  auto column = SheetColumn::Make(field, 0, options);
  if (column.ok()) return (*column)->verdict();
  FormatVerdict verdict;
  verdict.fidelity = Fidelity::kRefused;
  verdict.note = column.status().message();
  return verdict;
}

}  // namespace

Format XlsxFormat() {
  Format format;
  format.name = "xlsx";
  format.description = "Excel workbook with one sheet";
  format.library = [] { return fmt::format("xlsxwriter {}", lxw_version()); };
  format.extensions = {".xlsx"};
  format.media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  format.rows_max = kSheetRowsMax;
  format.rows_max_hint = kSheetRowsHint;
  format.read_form = XlsxReadForm;
  format.validate = ValidateXlsxOptions;
  format.check = CheckXlsxColumn;
  format.make_file_encoder = MakeSheetEncoder;
  return format;
}

}  // namespace weir
