// Reads a local Arrow IPC stream or file, told apart by how they begin, as one slice in bounded
// batches.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <vector>

#include "core/copy_spec.h"
#include "core/source.h"
#include "format/arrow_io/file_columns.h"

namespace weir::arrow_ipc {

// Damage is "arrow.corrupt", a missing end "arrow.truncated", what Arrow cannot read
// "arrow.unsupported".
//
// Record batches larger than a few MiB are mapped, not read, and their pages given back as rows are
// delivered: other programs write a whole table as one batch.
class IpcSource : public Source, public ProjectableSource {
 public:
  static Result<std::unique_ptr<IpcSource>> Make(const SourceSpec& spec,
                                                 const ReadOptions& options);

  const SourceDescription& description() const override { return description_; }
  Slice SliceAt(int64_t index) const override;
  Result<std::unique_ptr<arrow::RecordBatchReader>> Open(const Slice& slice,
                                                         std::stop_token stop) override;
  Result<std::unique_ptr<arrow::RecordBatchReader>> OpenColumns(const Slice& slice,
                                                                const std::vector<int>& columns,
                                                                std::stop_token stop) override;

 private:
  IpcSource(const SourceSpec& spec, const ReadOptions& options)
      : path_(spec.uri), rows_max_(spec.limit.value_or(INT64_MAX)), options_(options) {}

  Status Describe(const SourceSpec& spec);

  const std::string path_;
  const int64_t rows_max_;
  const ReadOptions options_;
  FileColumns columns_;
  SourceDescription description_;
};

}  // namespace weir::arrow_ipc
