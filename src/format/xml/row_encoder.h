// Rows as XML elements: the slice encoder of XML.
#pragma once

#include <memory>

#include "core/format.h"

namespace weir {

// Fails with "format.unsupported_type" or, for a column name, "format.invalid_utf8".
Result<std::unique_ptr<SliceEncoder>> MakeXmlRowEncoder(const EncoderContext& context);

// How one column will be written.
FormatVerdict CheckXmlColumn(const arrow::Field& field, const FormatOptions& options);

}  // namespace weir
