// The workbook around the rows: everything libxlsxwriter makes of a sheet without rows, taken apart
// so that rows can be written between the pieces.
//
// libxlsxwriter itself would hold the sheet in temporary files until it is closed, does not notice
// when the disk they are on is full, writes floats with 16 digits and has no empty string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "format/xlsx/zip_archive.h"

namespace weir {

struct Workbook {
  std::vector<ZipMember> members;  // all but the sheet
  std::string sheet_name;          // of the sheet's member
  std::string sheet_head;          // up to and with <sheetData>
  std::string sheet_tail;          // from </sheetData> on
  int bold_style = 0;              // indexes of cell styles
  int integer_style = 0;           // all digits, however many: "0"
  int date_style = 0;              // yyyy-mm-dd
};

// A workbook with the sheet "records", its first row frozen, and columns of these widths (in
// characters). Blocks for the time libxlsxwriter needs for some small temporary files, in $TMPDIR;
// fails with "xlsx.temporary_files".
Result<Workbook> MakeWorkbook(const std::vector<double>& column_widths);

}  // namespace weir
