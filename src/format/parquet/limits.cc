#include "format/parquet/limits.h"

#include <algorithm>
#include <bit>

namespace weir::parquet_format {
namespace {

// Somewhat less than 8 MiB: where one column has nearly all the bytes, its buffer, which doubles,
// stays below 16.
constexpr int64_t kRowGroupBytesDefault = 15 << 19;
constexpr int64_t kPageBytesMin = 8 << 10;
// Larger pages were measured to compress no better.
constexpr int64_t kPageBytesMax = 256 << 10;
constexpr int64_t kDictionaryBytesMax = 1 << 20;
// What an empty dictionary takes.
constexpr int64_t kDictionaryBaseBytes = 32 << 10;
constexpr int kPageIndexColumnsMax = 256;
constexpr int kOpenColumnsMax = 200;
constexpr int64_t kGatheredBytesMax = 64 << 20;
constexpr int64_t kSliceBytesMin = 4 << 10;
constexpr int64_t kSliceBytesMax = 512 << 10;
constexpr int64_t kSampleBytesMax = 3 << 20;

}  // namespace

WriterLimits ChooseLimits(int columns, int64_t memory_bytes, int64_t file_bytes,
                          std::optional<int64_t> row_group_bytes) {
  WriterLimits limits;
  if (memory_bytes <= 0) memory_bytes = INT64_MAX;
  if (file_bytes <= 0) file_bytes = INT64_MAX;
  // The buffers of a row group's columns grow by doubling, and for a moment the old one and the new
  // one are both there: hence a third.
  limits.row_group_bytes =
      row_group_bytes.value_or(std::min(kRowGroupBytesDefault, memory_bytes / 3));
  limits.row_group_bytes = std::min(limits.row_group_bytes, file_bytes);
  limits.memory_bytes = memory_bytes / 4 * 3;
  const int64_t gathered = std::min(limits.row_group_bytes, limits.memory_bytes);
  const int64_t share = std::max<int64_t>(gathered / (2 * std::max(columns, 1)), 1);
  limits.page_bytes = std::clamp(static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(share))),
                                 kPageBytesMin, kPageBytesMax);
  if (columns > kOpenColumnsMax) {
    limits.gathered_bytes = std::min(kGatheredBytesMax, memory_bytes / 5 * 2);
    limits.gathered_bytes = std::min(limits.gathered_bytes, file_bytes);
    if (row_group_bytes) limits.gathered_bytes = std::min(limits.gathered_bytes, *row_group_bytes);
  }
  limits.large_row_bytes = std::max<int64_t>(gathered / 3, 1);
  const int64_t open_columns = limits.gathered_bytes > 0 ? 1 : columns;
  if (open_columns * kDictionaryBaseBytes < limits.memory_bytes / 3) {
    limits.dictionary_bytes = std::clamp(share, kPageBytesMin, kDictionaryBytesMax);
  }
  limits.page_index = columns <= kPageIndexColumnsMax;
  limits.slice_bytes = std::clamp(gathered / 16, kSliceBytesMin, kSliceBytesMax);
  limits.sample_bytes = std::min(kSampleBytesMax, gathered / 2);
  return limits;
}

}  // namespace weir::parquet_format
