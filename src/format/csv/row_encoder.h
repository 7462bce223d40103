// Rows as lines of CSV. A column's way of being written is decided once; the loop over rows then
// only follows it. Private to this room.
#pragma once

#include <memory>
#include <string>

#include "core/format.h"

namespace weir {

// `delimiter` is the format's own, where the options have none.
Result<std::unique_ptr<SliceEncoder>> MakeCsvRowEncoder(const EncoderContext& context,
                                                        char delimiter);

// The line of column names.
std::string CsvHeader(const EncoderContext& context, char delimiter);

FormatVerdict CheckCsvColumn(const arrow::Field& field, const FormatOptions& options);

}  // namespace weir
