// The options of a Parquet file, resolved from those of a copy.
#pragma once

#include <arrow/util/type_fwd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "core/format.h"
#include "core/format_options.h"

namespace weir::parquet_format {

struct ParquetOptions {
  std::string compression;  // zstd, snappy, gzip, none
  arrow::Compression::type codec{};
  std::optional<int> level;         // none for codecs without levels
  std::optional<int> second_level;  // for columns that gain by it; none when a level was asked for
  std::optional<int64_t> row_group_bytes;
};

// Fails with "usage.unknown_compression", "usage.level" or "usage.row_group_bytes".
Result<ParquetOptions> ResolveOptions(const FormatOptions& options);

std::vector<InnerCompression> Compressions();

std::string CompressionName(const FormatOptions& options);

}  // namespace weir::parquet_format
