// Writes batches as one Parquet file (format version 2.6, https://parquet.apache.org/docs/) that
// readers old and new understand: data pages v1, timestamps in microseconds, page checksums, page
// index, statistics.
//
// Row groups are gathered encoded and compressed in memory and close on bytes. What is kept of the
// closed ones until the file ends is their part of the footer, see footer.h; part files bound it.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <vector>

#include "core/format.h"
#include "format/arrow_io/byte_sink_stream.h"
#include "format/parquet/encodings.h"
#include "format/parquet/footer.h"
#include "format/parquet/limits.h"
#include "format/parquet/options.h"
#include "format/parquet/row_group_file.h"
#include "format/parquet/throwing_pool.h"

namespace weir::parquet_format {

// A Parquet file has columns, of different names; "plan.unsupported" when not.
Status CheckNames(const arrow::Schema& schema);

// Used by one thread. Fails with "format.inexact_value" for a time finer than a microsecond.
class ParquetEncoder : public FileEncoder {
 public:
  // Fails as CheckNames does. `pool` is where the buffers of open columns are allocated; it and
  // `sink` must outlive the encoder.
  static Result<std::unique_ptr<ParquetEncoder>> Make(const EncoderContext& context, ByteSink* sink,
                                                      arrow::MemoryPool* pool);
  ~ParquetEncoder() override;

  Status Write(const arrow::RecordBatch& batch) override;
  Status Finish() override;
  FileEncoderPosition position() const override;
  std::vector<std::string> column_encodings() const override;

 private:
  ParquetEncoder(const EncoderContext& context, ParquetOptions options, ByteSink* sink,
                 arrow::MemoryPool* pool);

  Status WriteOrFail(const arrow::RecordBatch& batch);
  Status FinishOrFail();
  Result<std::shared_ptr<arrow::RecordBatch>> ToStored(const arrow::RecordBatch& batch) const;
  Status FailedValue(const Status& failure, const arrow::Array& column, int index) const;
  // Chooses encodings from the sample, begins the file and writes the sample's rows.
  Status BeginFile();
  void MakeForms(parquet::WriterProperties::Builder base, const parquet::SchemaDescriptor& schema);
  Status WriteSlices(const arrow::RecordBatch& batch);
  Status WriteSlice(const arrow::RecordBatch& slice);
  // Takes rows into gathered_, and writes a row group when they are enough.
  Status Gather(std::shared_ptr<arrow::RecordBatch> rows);
  // Puts the gathered batches together: many small ones take several times their bytes.
  Status CompactGathered();
  Status WriteGathered();
  Status WriteRowGroup(const RowGroupForm& form, const arrow::RecordBatchVector& batches);
  bool RowGroupIsFull() const;
  // What the rows of the open row group will take in the file, as far as can be told.
  int64_t RowGroupBytes() const;
  Status CloseRowGroup();

  const ParquetOptions options_;
  const std::set<std::string> allow_lossy_;
  const WriterLimits limits_;
  ThrowingPool pool_;
  RowGroupForm form_;        // complete once the file has begun
  RowGroupForm large_form_;  // for rows larger than large_row_bytes
  const std::shared_ptr<ByteSinkStream> stream_;

  bool begun_ = false;
  arrow::RecordBatchVector sample_;  // rows waiting for the file to begin
  int64_t sample_rows_ = 0;
  int64_t sample_bytes_ = 0;
  int64_t rows_taken_ = 0;  // by Write
  std::vector<LeafEncoding> encodings_;

  arrow::RecordBatchVector gathered_;  // the next row group, where it is not encoded as it comes
  int64_t gathered_rows_ = 0;
  int64_t gathered_bytes_ = 0;  // in memory

  std::unique_ptr<RowGroupFile> row_group_;  // the open one, or null
  int64_t row_group_bytes_ = 0;              // of its rows, in memory
  double shrinks_to_ = 1;                    // bytes in the file for each byte in memory
  Footer footer_;
  int64_t rows_written_ = 0;   // in closed row groups
  int64_t bytes_written_ = 0;  // up to the last row group that was closed
};

}  // namespace weir::parquet_format
