// How much a Parquet writer lets gather in memory, and where.
#pragma once

#include <cstdint>
#include <optional>

namespace weir::parquet_format {

struct WriterLimits {
  int64_t row_group_bytes = 0;   // close a row group that holds this much, encoded
  int64_t memory_bytes = 0;      // or when the writer's buffers have grown to this
  int64_t page_bytes = 0;        // of a data page, before compression
  int64_t dictionary_bytes = 0;  // of one column's dictionary; 0: no dictionaries
  int64_t slice_bytes = 0;       // batches are written in slices of at most this size
  int64_t sample_bytes = 0;      // rows that encodings are chosen from
  bool page_index = true;        // off when a column has but a page in a row group
  // Row groups are gathered as they came, and encoded column by column when they hold this much:
  // an open column takes some 40 KB, however little is in it. 0: all columns are open.
  int64_t gathered_bytes = 0;
  int64_t large_row_bytes = 0;  // a larger row is a row group of its own, encoded likewise
};

// `memory_bytes` is what the writer may hold and `file_bytes` where a file ends, 0: no limit. Every
// column has a page and perhaps a dictionary open, so both shrink as columns grow in number: 1600
// columns times the usual megabyte each would take 3 GB before the first row group is full.
WriterLimits ChooseLimits(int columns, int64_t memory_bytes, int64_t file_bytes,
                          std::optional<int64_t> row_group_bytes);

}  // namespace weir::parquet_format
