// Writes batches as an Arrow IPC stream
// (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format, metadata version 5).
//
// Batches are cut anew to a size in bytes, so that the stream depends on the rows alone and not on
// the batches they came in.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>

#include "core/format.h"
#include "format/arrow_io/byte_sink_stream.h"
#include "format/arrow_ipc/options.h"

namespace arrow::ipc {
class RecordBatchWriter;
}  // namespace arrow::ipc

namespace weir::arrow_ipc {

// Used by one thread.
class IpcEncoder : public FileEncoder {
 public:
  // `sink` must outlive the encoder.
  static Result<std::unique_ptr<IpcEncoder>> Make(const EncoderContext& context, ByteSink* sink);
  ~IpcEncoder() override;

  Status Write(const arrow::RecordBatch& batch) override;
  Status Finish() override;
  FileEncoderPosition position() const override;

 private:
  IpcEncoder(std::shared_ptr<arrow::Schema> schema, IpcOptions options, ByteSink* sink);

  Result<std::shared_ptr<arrow::RecordBatch>> ToStored(const arrow::RecordBatch& batch) const;
  Status Gather(std::shared_ptr<arrow::RecordBatch> rows);
  Status WriteGathered();

  const std::shared_ptr<arrow::Schema> schema_;  // as written
  const IpcOptions options_;
  const std::shared_ptr<ByteSinkStream> stream_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
  arrow::RecordBatchVector gathered_;  // of the next batch
  int64_t gathered_rows_ = 0;
  int64_t gathered_bits_ = 0;
  int64_t rows_written_ = 0;
};

}  // namespace weir::arrow_ipc
