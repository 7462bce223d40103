// Text as the content of a cell's <t> element. A character XML 1.0 has no form for, and a carriage
// return, which parsers would turn into a line feed, is written _xHHHH_ as Excel does (ISO/IEC
// 29500-1, 22.9.2.19 ST_Xstring); a text that itself looks like that has its underscore written so.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/byte_buffer.h"

namespace weir {

inline constexpr size_t kCellUnitsMax = 32767;  // UTF-16 units in a cell

// What a text needs before it can stand in a cell.
struct CellTextNeeds {
  bool utf8_check = false;  // it has bytes beyond ASCII
  bool escapes = false;     // it has bytes that AppendCellText may have to escape
};

CellTextNeeds InspectCellText(std::string_view text);

// The text's length in UTF-16 units. REQUIRES: `text` is UTF-8.
size_t CountUtf16Units(std::string_view text);

// Appends <t>text</t>. REQUIRES: `text` is UTF-8.
void AppendCellText(std::string_view text, const CellTextNeeds& needs, ByteBuffer* out);

}  // namespace weir
