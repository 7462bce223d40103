// Rows as JSON objects: the slice encoder of NDJSON and JSON.
#pragma once

#include <memory>
#include <string_view>

#include "core/format.h"

namespace weir {

enum class JsonLayout {
  kLines,  // a newline after every row
  kArray,  // ",\n" between rows
};

// Fails with "format.unsupported_type" or, for a column name, "format.invalid_utf8".
Result<std::unique_ptr<SliceEncoder>> MakeJsonRowEncoder(const EncoderContext& context,
                                                         JsonLayout layout);

// How one column will be written.
FormatVerdict CheckJsonColumn(const arrow::Field& field, const FormatOptions& options);

}  // namespace weir
