// The columns of `generate:records`, made a column at a time.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>

#include "base/status.h"
#include "core/source.h"

namespace weir {

enum class RecordsColumn { kId, kCreatedAt, kName, kValue, kMetadata };
inline constexpr int kRecordsColumnCount = 5;

// Name and type as the source presents the column under its own name.
Column DescribeRecordsColumn(RecordsColumn column, const ReadForm& form);

// The values of rows first_id .. first_id + row_count - 1. `exact_text` as in ReadForm.
Result<std::shared_ptr<arrow::Array>> MakeRecordsColumn(RecordsColumn column, bool exact_text,
                                                        int64_t first_id, int64_t row_count);

}  // namespace weir
