// Reads a local Parquet file: one slice for each row group, in bounded batches.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <vector>

#include "core/copy_spec.h"
#include "core/source.h"
#include "format/arrow_io/file_columns.h"
#include "format/arrow_io/local_file.h"

namespace parquet {
class FileMetaData;
}  // namespace parquet

namespace weir::parquet_format {

// Damage is "parquet.corrupt" (page checksums are verified), what Arrow cannot read
// "parquet.unsupported".
class ParquetSource : public Source, public ProjectableSource {
 public:
  static Result<std::unique_ptr<ParquetSource>> Make(const SourceSpec& spec,
                                                     const ReadOptions& options);

  const SourceDescription& description() const override { return description_; }
  Slice SliceAt(int64_t index) const override;
  Result<std::unique_ptr<arrow::RecordBatchReader>> Open(const Slice& slice,
                                                         std::stop_token stop) override;
  Result<std::unique_ptr<arrow::RecordBatchReader>> OpenColumns(const Slice& slice,
                                                                const std::vector<int>& columns,
                                                                std::stop_token stop) override;

 private:
  ParquetSource(const SourceSpec& spec, const ReadOptions& options)
      : path_(spec.uri), options_(options) {}

  Status Describe(const SourceSpec& spec);
  void LimitRows(int64_t limit);

  const std::string path_;
  const ReadOptions options_;
  std::shared_ptr<LocalFile> file_;
  std::shared_ptr<parquet::FileMetaData> metadata_;
  FileColumns columns_;
  std::vector<int64_t> slice_rows_;  // how many rows of each row group are wanted
  SourceDescription description_;
};

}  // namespace weir::parquet_format
