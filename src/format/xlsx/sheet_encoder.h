// Batches as the rows of one sheet: the file encoder of XLSX.
#pragma once

#include <memory>

#include "core/format.h"

namespace weir {

inline constexpr int64_t kSheetRowsMax = 1048575;  // below the row of names
inline constexpr int kSheetColumnsMax = 16384;
inline constexpr int kXlsxLevelDefault = 5;  // of zlib
inline constexpr char kSheetRowsHint[] =
    "write CSV or Parquet instead, several workbooks (DIR/ --format xlsx --split-bytes 40MiB), or "
    "some of the rows with --where or --limit";

// Fails with "xlsx.too_many_columns", "xlsx.temporary_files" or as SheetColumn::Make does.
Result<std::unique_ptr<FileEncoder>> MakeSheetEncoder(const EncoderContext& context,
                                                      ByteSink* sink);

}  // namespace weir
