// In which form each type is stored: the one that every reader of Parquet understands.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>

#include "core/format.h"

namespace weir::parquet_format {

// The field handed to Arrow's Parquet writer: FileField with timestamps and times in microseconds
// (milliseconds for time32), dates as days, half floats as floats.
std::shared_ptr<arrow::Field> StoredField(const arrow::Field& field);

// How a column will be written, for the plan.
FormatVerdict CheckField(const arrow::Field& field, const FormatOptions& options);

}  // namespace weir::parquet_format
