// One row group, written by Arrow as if it were a Parquet file of its own: its bytes go to the real
// file's stream at their final place, and its tail to the real file's Footer.
#pragma once

#include <arrow/type_fwd.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include <memory>

#include "base/status.h"
#include "format/arrow_io/byte_sink_stream.h"
#include "format/parquet/footer.h"

namespace parquet {
class RowGroupWriter;
namespace arrow {
class FileWriter;
}  // namespace arrow
}  // namespace parquet

namespace weir::parquet_format {

// What all row groups of a file share.
struct RowGroupForm {
  std::shared_ptr<arrow::Schema> schema;  // as stored
  std::shared_ptr<parquet::schema::GroupNode> parquet_schema;
  std::shared_ptr<parquet::WriterProperties> properties;
  std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties;
};

// Gathers the rows of Write encoded and compressed in memory until Finish. Used by one thread. May
// throw what Parquet throws.
class RowGroupFile {
 public:
  static Result<std::unique_ptr<RowGroupFile>> Open(const RowGroupForm& form,
                                                    std::shared_ptr<ByteSinkStream> stream);
  ~RowGroupFile();

  Status Write(const arrow::RecordBatch& batch);
  // Writes all of the row group's rows, one column after the other, to the stream. Instead of
  // Write: takes the memory of one column.
  Status WriteWhole(const arrow::RecordBatchVector& batches);

  // Bytes of the pages that are finished.
  int64_t bytes() const;
  int64_t rows() const { return rows_; }

  // Writes the row group to the stream. Without rows there is none, only the footer's schema.
  Result<RowGroupTail> Finish();

 private:
  class Stream;

  explicit RowGroupFile(std::shared_ptr<Stream> stream);

  const std::shared_ptr<Stream> stream_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  parquet::RowGroupWriter* row_group_ = nullptr;  // owned by writer_
  int64_t rows_ = 0;
};

}  // namespace weir::parquet_format
