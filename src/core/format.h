// What a format offers. A format is one folder under format/ and one line in builtin/registry.cc.
//
// Encoders come in two kinds. Concatenable ones (CSV, NDJSON, JSON, XML) encode each batch on the
// worker that read it; their bytes are joined in slice order between a prologue and an epilogue.
// Whole-file ones (Parquet, Arrow IPC, XLSX) receive batches in slice order.
#pragma once

#include <arrow/type_fwd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_buffer.h"
#include "base/status.h"
#include "core/format_options.h"
#include "core/sink.h"
#include "core/source.h"

namespace weir {

// Encodes batches to text; one per worker, used by one thread.
class SliceEncoder {
 public:
  virtual ~SliceEncoder() = default;
  // Appends the batch's rows to `out`, whole rows only. Rows within one call are joined by the
  // format's row separator; the caller puts Framing::separator between the bytes of two non-empty
  // calls. The bytes depend on the rows alone, not on earlier calls. A failure knows its row of the
  // batch (WithBatchRow).
  virtual Status Encode(const arrow::RecordBatch& batch, ByteBuffer* out) = 0;
};

// The text around and between encoded batches. A file without rows is prologue + epilogue.
struct Framing {
  std::string prologue;
  std::string separator;
  std::string epilogue;
};

// What an array takes beside its buffers, for all who count a batch's bytes: more than the buffers
// in a small batch of many columns.
inline constexpr int64_t kArrayBytes = 1 << 10;

// The options a format is made with. `schema` is what the batches have.
struct EncoderContext {
  std::shared_ptr<arrow::Schema> schema;
  FormatOptions options;
  int64_t memory_bytes = 0;  // what a whole-file encoder may hold; 0: no limit
  int64_t file_bytes = 0;    // a file is ended at about this size; 0: one file
  // What a value that grows as a slice encoder encodes it may take, from the source's buffer to the
  // encoded bytes; more is "memory.value_too_large". 0: no limit.
  int64_t value_bytes_max = 0;
};

// A whole-file format's verdict on one column, combined with the source's by the plan.
struct FormatVerdict {
  Fidelity fidelity = Fidelity::kExact;
  std::string target_type;  // in the format's own words: "INT64 TIMESTAMP(us, UTC)", "text"
  std::string note;
};

// Where a whole-file encoder stands, asked after each Write: what the sink has, and what waits in
// the open row group.
struct FileEncoderPosition {
  int64_t bytes_written = 0;
  int64_t bytes_buffered = 0;
  int64_t rows_written = 0;  // rows whose bytes are all in the sink
};

class FileEncoder : public BatchSink {
 public:
  virtual FileEncoderPosition position() const = 0;
  // For the completion record, how each column is stored where the format chooses that; asked after
  // Finish; may be empty.
  virtual std::vector<std::string> column_encodings() const { return {}; }
};

// A compression that a format applies inside its files.
struct InnerCompression {
  std::string name;
  int level_min = 0, level_max = 0, level_default = 0;  // all 0: it has no levels
};

struct Format {
  std::string name;                     // csv
  std::string description;              // one line for `weir formats`
  std::vector<std::string> extensions;  // with the dot: {".csv"}; the first is used for parts
  std::string media_type;
  bool text = false;  // may be wrapped in .gz / .zst
  // For formats that compress inside the file: with what, for the record.
  std::function<std::string(const FormatOptions&)> inner_compression;
  std::vector<InnerCompression> inner_compressions;  // all there are, for `weir formats`
  int64_t memory_bytes_default = 48 << 20;
  // How many times a value is in memory at once: as the wire's row, in the batch, and as the
  // encoder makes it.
  int value_copies = 3;
  std::optional<int64_t> rows_max;  // XLSX: 1 048 575 data rows
  std::string rows_max_hint;

  // Name and version of the library behind it, "xlsxwriter 1.1.4"; unset when it is weir's own.
  std::function<std::string()> library;

  // In which form values are wanted.
  std::function<ReadForm(const FormatOptions&)> read_form;
  // Validates options for this format: unknown compression, a delimiter of '"', ...
  std::function<Status(const FormatOptions&)> validate;
  // How one column will be written.
  std::function<FormatVerdict(const arrow::Field&, const FormatOptions&)> check;

  // What the columns together must fulfil, "plan.unsupported" when not; unset: anything goes.
  std::function<Status(const arrow::Schema&)> check_schema;

  // Exactly one pair of these is set for a writable format.
  std::function<Result<Framing>(const EncoderContext&)> make_framing;
  std::function<Result<std::unique_ptr<SliceEncoder>>(const EncoderContext&)> make_slice_encoder;
  // The encoder writes into `sink`, which outlives it; it never calls sink->Finish().
  std::function<Result<std::unique_ptr<FileEncoder>>(const EncoderContext&, ByteSink* sink)>
      make_file_encoder;

  // Set for readable formats: opens a local file as a source.
  std::function<Result<std::unique_ptr<Source>>(const SourceSpec&, const ReadOptions&)> open_source;
};

}  // namespace weir
