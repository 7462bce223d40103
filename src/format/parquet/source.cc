#include "format/parquet/source.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <numeric>

#include "format/arrow_io/file_batches.h"
#include "format/arrow_io/row_bytes.h"
#include "format/parquet/guard.h"

namespace weir::parquet_format {
namespace {

// Column chunks are read through buffers of this size instead of whole.
constexpr int64_t kStreamBytes = 64 << 10;
constexpr int64_t kFirstBatchRowsMax = 1024;
constexpr int64_t kBatchRowsMax = 64 << 10;

Status Explain(const Status& failure, const std::string& path) {
  if (failure.ok() || GetErrorInfo(failure).code != "internal") return failure;
  if (failure.IsNotImplemented()) {
    return Error("parquet.unsupported", fmt::format("{}: {}", path, failure.message()));
  }
  return Error("parquet.corrupt",
               fmt::format("{} is not an intact Parquet file: {}", path, failure.message()));
}

parquet::ReaderProperties ReaderProperties() {
  parquet::ReaderProperties properties;
  properties.enable_buffered_stream();
  properties.set_buffer_size(kStreamBytes);
  properties.set_page_checksum_verification(true);
  return properties;
}

parquet::ArrowReaderProperties ArrowProperties() {
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_pre_buffer(false);
  properties.set_arrow_extensions_enabled(true);
  // As nanoseconds, years outside of 1677 to 2262 would wrap around.
  properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  return properties;
}

Result<std::unique_ptr<parquet::arrow::FileReader>> OpenReader(
    const std::shared_ptr<LocalFile>& file, std::shared_ptr<parquet::FileMetaData> metadata) {
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(file, ReaderProperties(), std::move(metadata)));
  return builder.properties(ArrowProperties())->Build();
}

void CollectLeaves(const parquet::arrow::SchemaField& field, std::vector<int>* leaves) {
  if (field.is_leaf()) leaves->push_back(field.column_index);
  for (const auto& child : field.children) CollectLeaves(child, leaves);
}

std::string TypeName(const parquet::schema::Node& node) {
  bool annotated = node.logical_type() != nullptr && !node.logical_type()->is_none();
  std::string logical = annotated ? node.logical_type()->ToString() : "";
  if (node.is_group()) return annotated ? logical : "group";
  const auto& leaf = static_cast<const parquet::schema::PrimitiveNode&>(node);
  std::string physical = parquet::TypeToString(leaf.physical_type());
  return annotated ? physical + " " + logical : physical;
}

// INT96 holds nanoseconds, but Spark, its usual writer, has only microseconds to put there.
bool MayHoldNanoseconds(const parquet::FileMetaData& metadata) {
  const auto& pairs = metadata.key_value_metadata();
  return pairs == nullptr || !pairs->Contains("org.apache.spark.version");
}

Column MakeColumn(const parquet::schema::Node& node, std::shared_ptr<arrow::Field> field,
                  const parquet::FileMetaData& metadata) {
  Column column;
  column.name = field->name();
  column.source_type = TypeName(node);
  column.field = std::move(field);
  if (column.source_type.starts_with("INT96") && MayHoldNanoseconds(metadata)) {
    column.fidelity = Fidelity::kLossy;
    column.note = "INT96 is read as microseconds, finer digits are cut off";
  }
  return column;
}

// The raw batches of one row group. The number of rows of a batch follows from the bytes of the
// rows before it: a dictionary's size on disk says little about how much its values take.
class RowGroupReader {
 public:
  static Result<std::unique_ptr<RowGroupReader>> Open(
      std::unique_ptr<parquet::arrow::FileReader> file, int row_group,
      const std::vector<int>& leaves, int64_t batch_bytes);

  Result<std::shared_ptr<arrow::RecordBatch>> Next();

 private:
  RowGroupReader(std::unique_ptr<parquet::arrow::FileReader> file, int64_t batch_bytes)
      : file_(std::move(file)), batch_bytes_(batch_bytes) {}

  void SetRows(int64_t rows) {
    rows_ = std::clamp<int64_t>(rows, 1, kBatchRowsMax);
    file_->set_batch_size(rows_);
  }

  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;  // destroyed before file_
  const int64_t batch_bytes_;
  int64_t rows_ = 0;  // of the next batch
};

Result<std::unique_ptr<RowGroupReader>> RowGroupReader::Open(
    std::unique_ptr<parquet::arrow::FileReader> file, int row_group, const std::vector<int>& leaves,
    int64_t batch_bytes) {
  auto metadata = file->parquet_reader()->metadata()->RowGroup(row_group);
  int64_t bytes = 0;
  for (int leaf : leaves) bytes += metadata->ColumnChunk(leaf)->total_uncompressed_size();
  std::unique_ptr<RowGroupReader> reader(new RowGroupReader(std::move(file), batch_bytes));
  int64_t row_bytes = std::max<int64_t>(bytes / std::max<int64_t>(metadata->num_rows(), 1), 1);
  reader->SetRows(std::min(batch_bytes / row_bytes, kFirstBatchRowsMax));
  ARROW_ASSIGN_OR_RAISE(reader->batches_, reader->file_->GetRecordBatchReader({row_group}, leaves));
  return reader;
}

Result<std::shared_ptr<arrow::RecordBatch>> RowGroupReader::Next() {
  std::shared_ptr<arrow::RecordBatch> batch;
  ARROW_RETURN_NOT_OK(Guarded([&] { return batches_->ReadNext(&batch); }));
  if (batch == nullptr || batch->num_rows() == 0) return batch;
  ARROW_RETURN_NOT_OK(batch->Validate());
  int64_t bytes = std::max<int64_t>(RowBytes(*batch, 0, batch->num_rows()), 1);
  int64_t fitting = batch->num_rows() * batch_bytes_ / bytes;
  SetRows(std::min(fitting, rows_ * 2));
  return batch;
}

}  // namespace

Result<std::unique_ptr<ParquetSource>> ParquetSource::Make(const SourceSpec& spec,
                                                           const ReadOptions& options) {
  ARROW_RETURN_NOT_OK(CheckFileSource(spec));
  std::unique_ptr<ParquetSource> source(new ParquetSource(spec, options));
  ARROW_ASSIGN_OR_RAISE(source->file_, LocalFile::Open(spec.uri));
  ARROW_RETURN_NOT_OK(Explain(Guarded([&] { return source->Describe(spec); }), spec.uri));
  return source;
}

Status ParquetSource::Describe(const SourceSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(auto reader, OpenReader(file_, nullptr));
  metadata_ = reader->parquet_reader()->metadata();
  std::shared_ptr<arrow::Schema> schema;
  ARROW_RETURN_NOT_OK(reader->GetSchema(&schema));
  ARROW_ASSIGN_OR_RAISE(columns_, ChooseColumns(spec, *schema));
  description_.name = path_;
  description_.relation = RelationName(path_);
  description_.schema = columns_.schema;
  description_.version =
      fmt::format("Parquet {}, {}", parquet::ParquetVersionToString(metadata_->version()),
                  metadata_->created_by());
  const parquet::schema::GroupNode& root = *metadata_->schema()->group_node();
  for (size_t i = 0; i < columns_.indices.size(); ++i) {
    description_.columns.push_back(MakeColumn(
        *root.field(columns_.indices[i]), columns_.schema->field(static_cast<int>(i)), *metadata_));
  }
  LimitRows(spec.limit.value_or(INT64_MAX));
  return Status::OK();
}

void ParquetSource::LimitRows(int64_t limit) {
  for (int i = 0; i < metadata_->num_row_groups() && limit > 0; ++i) {
    slice_rows_.push_back(std::min(metadata_->RowGroup(i)->num_rows(), limit));
    limit -= slice_rows_.back();
  }
  description_.slice_count = static_cast<int64_t>(slice_rows_.size());
  description_.rows_estimate = std::accumulate(slice_rows_.begin(), slice_rows_.end(), int64_t{0});
}

Slice ParquetSource::SliceAt(int64_t index) const {
  return {.index = index, .locator = fmt::format("row group {} of {}", index, path_)};
}

Result<std::unique_ptr<arrow::RecordBatchReader>> ParquetSource::Open(const Slice& slice,
                                                                      std::stop_token stop) {
  std::vector<int> all(columns_.indices.size());
  std::iota(all.begin(), all.end(), 0);
  return OpenColumns(slice, all, std::move(stop));
}

Result<std::unique_ptr<arrow::RecordBatchReader>> ParquetSource::OpenColumns(
    const Slice& slice, const std::vector<int>& columns, std::stop_token stop) {
  FileColumns chosen = columns_.Select(columns);
  std::shared_ptr<RowGroupReader> row_group;
  Status opened = Guarded([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(auto reader, OpenReader(file_, metadata_));
    std::vector<int> leaves;
    for (int field : chosen.FieldsToRead()) {
      CollectLeaves(reader->manifest().schema_fields[field], &leaves);
    }
    ARROW_ASSIGN_OR_RAISE(
        row_group, RowGroupReader::Open(std::move(reader), static_cast<int>(slice.index), leaves,
                                        options_.batch_bytes));
    return Status::OK();
  });
  ARROW_RETURN_NOT_OK(Explain(opened, path_));

  FileBatchesOptions options;
  options.file = file_;
  options.schema = chosen.schema;
  options.columns = chosen.PositionsInRead();
  options.rows_max = slice_rows_[slice.index];
  options.rows_max_is_exact = true;
  options.first_row =
      std::accumulate(slice_rows_.begin(), slice_rows_.begin() + slice.index, int64_t{0});
  options.batch_bytes = options_.batch_bytes;
  options.value_bytes_max = options_.value_bytes_max;
  options.stop = std::move(stop);
  options.explain = [path = path_](const Status& failure) { return Explain(failure, path); };
  return std::make_unique<FileBatches>(std::move(options),
                                       [row_group] { return row_group->Next(); });
}

}  // namespace weir::parquet_format
