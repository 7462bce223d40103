#include "format/arrow_ipc/source.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "format/arrow_io/file_batches.h"
#include "format/arrow_ipc/raw_reader.h"

namespace weir::arrow_ipc {

Result<std::unique_ptr<IpcSource>> IpcSource::Make(const SourceSpec& spec,
                                                   const ReadOptions& options) {
  ARROW_RETURN_NOT_OK(CheckFileSource(spec));
  std::unique_ptr<IpcSource> source(new IpcSource(spec, options));
  ARROW_RETURN_NOT_OK(source->Describe(spec));
  return source;
}

Status IpcSource::Describe(const SourceSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(auto reader, RawReader::Open(path_));
  std::shared_ptr<arrow::Schema> schema = reader->schema();
  ARROW_ASSIGN_OR_RAISE(columns_, ChooseColumns(spec, *schema));
  auto rows = reader->CountRows();
  ARROW_RETURN_NOT_OK(reader->Explain(rows.status()));
  description_.name = path_;
  description_.relation = RelationName(path_);
  description_.schema = columns_.schema;
  description_.version = fmt::format("Arrow IPC {}", reader->form());
  description_.rows_estimate = std::min(*rows, rows_max_);
  for (size_t i = 0; i < columns_.indices.size(); ++i) {
    Column column;
    column.field = columns_.schema->field(static_cast<int>(i));
    column.name = column.field->name();
    column.source_type = schema->field(columns_.indices[i])->type()->ToString();
    description_.columns.push_back(std::move(column));
  }
  return Status::OK();
}

Slice IpcSource::SliceAt(int64_t index) const {
  return {.index = index, .locator = path_};
}

Result<std::unique_ptr<arrow::RecordBatchReader>> IpcSource::Open(const Slice& slice,
                                                                  std::stop_token stop) {
  std::vector<int> all(columns_.indices.size());
  std::iota(all.begin(), all.end(), 0);
  return OpenColumns(slice, all, std::move(stop));
}

Result<std::unique_ptr<arrow::RecordBatchReader>> IpcSource::OpenColumns(
    const Slice&, const std::vector<int>& columns, std::stop_token stop) {
  FileColumns chosen = columns_.Select(columns);
  ARROW_ASSIGN_OR_RAISE(auto opened, RawReader::Open(path_));
  std::shared_ptr<RawReader> reader = std::move(opened);
  FileBatchesOptions options;
  options.file = reader->file();
  options.schema = chosen.schema;
  options.columns = chosen.indices;
  options.rows_max = rows_max_;
  options.batch_bytes = options_.batch_bytes;
  options.value_bytes_max = options_.value_bytes_max;
  options.stop = std::move(stop);
  options.explain = [reader](const Status& failure) { return reader->Explain(failure); };
  return std::make_unique<FileBatches>(std::move(options), [reader] { return reader->Next(); });
}

}  // namespace weir::arrow_ipc
