// XLSX (ISO/IEC 29500, SpreadsheetML): one sheet, "records", with the columns' names in its first
// row. Written as it comes, in bounded memory: the sheet is never held, neither here nor on disk.
//
//   NULL       no value; '' is a cell holding the empty string
//   numbers    as numbers when Excel keeps every digit: up to 15 significant digits, or a float;
//              else as text. NaN and infinities are text
//   booleans   as booleans
//   dates      1900-03-01 to 9999-12-31 as dates; others, times and timestamps as ISO 8601 text
//   the rest   as text, never as a formula
//
// A cell holds 32 767 UTF-16 units, a sheet 16 384 columns and 1 048 576 rows; what does not fit is
// an error ("xlsx.text_too_long", "xlsx.too_many_columns", "xlsx.too_many_rows"). The bytes depend
// on the rows and the level alone. Text that is not UTF-8 is "format.invalid_utf8".
// docs/formats/xlsx.md has the rules for readers.
#pragma once

#include "core/format.h"

namespace weir {

Format XlsxFormat();

}  // namespace weir
