// The end of a Parquet file: page index and footer, put together from those of its row groups.
//
// Arrow keeps what it will write there as objects, 1 to 3 KB for each column of each row group, so
// that the memory of a long copy would grow with its rows. Here every row group is a Parquet file
// of its own to Arrow, and what is kept of it until the end is its encoded footer: about 100 bytes
// for each column, and the page index.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "format/arrow_io/byte_sink_stream.h"

namespace weir::parquet_format {

using KeyValues = std::vector<std::pair<std::string, std::string>>;

// What Arrow wrote around the bytes of one row group, at the places it believed to write to.
struct RowGroupTail {
  std::string page_index;
  int64_t page_index_position = 0;
  std::string footer;  // FileMetaData of parquet.thrift, Thrift compact; of one row group or none
};

// Used by one thread.
class Footer {
 public:
  Status Add(const RowGroupTail& tail);

  // Ends the file: page indexes, footer, length and magic.
  Status Finish(const KeyValues& key_values, ByteSinkStream* stream);

  // What is kept in memory.
  int64_t bytes() const { return bytes_; }

 private:
  struct RowGroup {
    std::string metadata;  // RowGroup of parquet.thrift
    std::string page_index;
    int64_t page_index_position = 0;  // where Arrow believed to write it
    int64_t page_index_shift = 0;     // how far from there it is
  };

  Status WritePageIndexes(ByteSinkStream* stream);
  Status WriteMetadata(const KeyValues& key_values, ByteSinkStream* stream);

  std::string first_;  // the first footer without its row group: schema, version, writer
  std::vector<RowGroup> row_groups_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace weir::parquet_format
