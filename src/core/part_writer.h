// The delivering end of the copy loop: takes what workers made, in slice order, and turns it into
// the parts of a destination. Two kinds, for the two kinds of encoders.
#pragma once

#include <arrow/type_fwd.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/compression.h"
#include "core/format.h"
#include "core/output_part.h"
#include "core/slice_groups.h"

namespace weir {

// Encoded, perhaps compressed rows of one batch.
struct Chunk {
  ByteBuffer bytes;
  ChunkTail tail;      // tail.bytes is the text's length
  uint64_t crc64 = 0;  // of the text
  int64_t rows = 0;
};

struct PartWriterOptions {
  Destination* destination = nullptr;
  Progress* progress = nullptr;
  std::string digest_algorithm;
  std::string part_extension;  // ".csv.gz"
  std::string single_name;     // the part's path when there is only one; empty: numbered parts
  int64_t split_bytes = 0;     // 0: one part
  int64_t split_rows = 0;      // when split: a part holds no more rows; 0: any number
};

// Opens, names and collects parts; what both writers share.
class PartSequence {
 public:
  explicit PartSequence(PartWriterOptions options) : options_(std::move(options)) {}

  Result<std::unique_ptr<OutputPart>> OpenNext();
  void Collect(PartRecord record) { records_.push_back(std::move(record)); }
  // Whether a part of so many bytes is full, or would be with so many rows.
  bool ShouldSplit(int64_t bytes, int64_t rows = 0) const {
    if (options_.split_bytes == 0) return false;
    return bytes >= options_.split_bytes || (options_.split_rows > 0 && rows > options_.split_rows);
  }
  std::vector<PartRecord> Take() { return std::move(records_); }
  Progress* progress() const { return options_.progress; }

 private:
  const PartWriterOptions options_;
  std::vector<PartRecord> records_;
  int next_ = 0;
};

// Joins chunks of text between prologue and epilogue. Used by one thread.
class TextPartWriter {
 public:
  // `compression` may be null. Everything given must outlive the writer.
  static Result<std::unique_ptr<TextPartWriter>> Make(PartWriterOptions options,
                                                      const Framing& framing,
                                                      const Compression* compression, int level);

  Status Add(int64_t slice, const Chunk& chunk);
  Result<std::vector<PartRecord>> Finish();

 private:
  explicit TextPartWriter(PartWriterOptions options) : parts_(std::move(options)) {}

  // A piece of framing, made once.
  Result<Chunk> MakeChunk(std::string_view text);
  Status OpenPart();
  Status ClosePart();
  Status WriteChunk(const Chunk& chunk);

  PartSequence parts_;
  const Compression* compression_ = nullptr;
  std::unique_ptr<ChunkCompressor> compressor_;
  Chunk prologue_, separator_, epilogue_;

  // Of the open part.
  std::unique_ptr<OutputPart> part_;
  std::unique_ptr<StreamJoiner> joiner_;
  SliceGroups groups_;
  int64_t text_offset_ = 0;
  int64_t rows_ = 0;
};

// Feeds batches to a whole-file encoder. Used by one thread.
class FilePartWriter {
 public:
  using MakeEncoder = std::function<Result<std::unique_ptr<FileEncoder>>(ByteSink*)>;

  FilePartWriter(PartWriterOptions options, MakeEncoder make_encoder)
      : parts_(std::move(options)), make_encoder_(std::move(make_encoder)) {}

  Status Add(int64_t slice, const arrow::RecordBatch& batch);
  Result<std::vector<PartRecord>> Finish();
  // How each column is stored, after Finish; may be empty. Where parts differ, each way stands
  // once, in the order of the parts.
  const std::vector<std::vector<std::string>>& column_encodings() const {
    return column_encodings_;
  }

 private:
  Status OpenPart();
  Status ClosePart();
  void CloseGroup();
  void NoteEncodings(const std::vector<std::string>& encodings);
  // The slice that a row of the open part is of. Forgets the slices before it.
  int64_t SliceOfRow(int64_t row);

  struct SliceRows {
    int64_t slice;
    int64_t rows_end;  // of the part, after this slice's
  };

  PartSequence parts_;
  const MakeEncoder make_encoder_;
  std::vector<std::vector<std::string>> column_encodings_;

  // Of the open part.
  std::unique_ptr<OutputPart> part_;
  std::unique_ptr<FileEncoder> encoder_;
  SliceGroups groups_;
  int64_t group_offset_ = 0;
  int64_t group_rows_ = 0;        // rows_written when the open group began
  std::deque<SliceRows> slices_;  // from the open group's first
  int64_t rows_ = 0;
};

}  // namespace weir
