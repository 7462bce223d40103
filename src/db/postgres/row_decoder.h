// Decodes COPY BINARY rows ("Binary Format" in the documentation of COPY) into Arrow batches. What
// the server sends is not trusted: any bytes are rows or an error.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "db/postgres/field_decoder.h"
#include "db/postgres/type_map.h"

namespace weir::postgres {

// Rows of several large values may be as large as a value and its neighbours.
inline constexpr int64_t kRowSlackBytes = 256 * 1024;

struct RowDecoderOptions {
  std::shared_ptr<arrow::Schema> schema;
  std::vector<WireType> wires;
  DecoderOptions decoder;
  int64_t value_bytes_max = 0;
  // What to do about a value, or a row, of that size.
  std::function<std::string(int64_t bytes)> memory_hint;
};

// Used by one thread. After a failure only destruction is allowed.
class RowDecoder {
 public:
  explicit RowDecoder(RowDecoderOptions options);

  // Takes the bytes of one message: the file's header, a row or both, or the trailer. Fails with
  // "postgres.protocol", "memory.value_too_large", or with what a FieldDecoder fails with, naming
  // column and row.
  Status Append(std::string_view message);
  // The error for a next row that is too large to be received: "memory.value_too_large" when its
  // largest value is, else "memory.row_too_large".
  Status RefuseRow(size_t column, int64_t value_bytes, int64_t row_bytes);

  // What stands before the fields of the next message.
  size_t header_bytes_left() const;

  int64_t rows() const { return rows_; }                       // so far
  int64_t batch_rows() const { return rows_ - rows_before_; }  // since the last Finish
  bool trailer_seen() const { return trailer_seen_; }

  // The rows since the last Finish.
  Result<std::shared_ptr<arrow::RecordBatch>> Finish();

 private:
  Status SkipFileHeader(std::string_view* message);
  Status AppendRow(std::string_view row);
  Status AppendField(size_t column, std::string_view* row);
  Status CheckLargeRow(std::string_view row) const;
  Status ValueTooLarge(size_t column, int64_t value_bytes, int64_t row_bytes) const;
  Status RowError(size_t column, const Status& status) const;

  const RowDecoderOptions options_;
  std::vector<std::unique_ptr<FieldDecoder>> decoders_;
  bool header_seen_ = false;
  bool trailer_seen_ = false;
  int64_t rows_ = 0;
  int64_t rows_before_ = 0;  // this batch
};

}  // namespace weir::postgres
