#include "format/parquet/writer.h"

#include <arrow/array/array_base.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/util/base64.h>
#include <fmt/format.h>
#include <parquet/arrow/schema.h>

#include <set>

#include "base/version.h"
#include "format/arrow_io/convert.h"
#include "format/arrow_io/field_form.h"
#include "format/arrow_io/row_bytes.h"
#include "format/parquet/guard.h"
#include "format/parquet/stored_form.h"

namespace weir::parquet_format {
namespace {

// Columns of nothing but NULLs take next to no bytes; readers want row groups to end all the same.
constexpr int64_t kRowGroupRowsMax = 1 << 20;
constexpr int64_t kSliceRowsMax = 64 << 10;
constexpr int64_t kSampleRowsMax = 64 << 10;
// Longer minimums and maximums are left out of statistics, which stay in memory until the end.
constexpr size_t kStatisticsBytesMax = 64;

std::shared_ptr<arrow::Schema> StoredSchema(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) fields.push_back(StoredField(*field));
  return arrow::schema(std::move(fields));
}

int CountLeaves(const arrow::DataType& type) {
  if (type.num_fields() == 0) return 1;
  int leaves = 0;
  for (const auto& field : type.fields()) leaves += CountLeaves(*field->type());
  return leaves;
}

int CountLeaves(const arrow::Schema& schema) {
  int leaves = 0;
  for (const auto& field : schema.fields()) leaves += CountLeaves(*field->type());
  return leaves;
}

// Everything but the columns' encodings.
parquet::WriterProperties::Builder BaseProperties(const ParquetOptions& options,
                                                  const WriterLimits& limits,
                                                  arrow::MemoryPool* pool) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(pool)
      ->version(parquet::ParquetVersion::PARQUET_2_6)
      ->data_page_version(parquet::ParquetDataPageVersion::V1)
      ->compression(options.codec)
      ->data_pagesize(limits.page_bytes)
      ->dictionary_pagesize_limit(limits.dictionary_bytes)
      ->max_row_group_length(INT64_MAX)
      ->max_statistics_size(kStatisticsBytesMax)
      ->set_size_statistics_level(parquet::SizeStatisticsLevel::ColumnChunk)
      ->disable_dictionary()
      ->enable_store_decimal_as_integer()
      ->enable_page_checksum()
      ->enable_statistics();
  if (!limits.page_index) builder.disable_write_page_index();
  if (options.level) builder.compression_level(*options.level);
  return builder;
}

// Spark 3.5 refuses dates before 1582-10-15 and timestamps before 1900 unless it reads that the
// writer used the proleptic Gregorian calendar, which this version stands for.
constexpr char kSparkVersionKey[] = "org.apache.spark.version";
constexpr char kSparkVersion[] = "3.5.0";

// The smallest and largest JSON text of a page help no reader, and take room until the end.
void LeaveOutJsonStatistics(const parquet::SchemaDescriptor& schema,
                            parquet::WriterProperties::Builder* builder) {
  for (int i = 0; i < schema.num_columns(); ++i) {
    const parquet::ColumnDescriptor* leaf = schema.Column(i);
    if (leaf->logical_type()->is_JSON()) builder->disable_statistics(leaf->path());
  }
}

// The writer keeps the smallest and largest text of page and column chunk, only to leave them out.
void LeaveOutTextStatistics(const parquet::SchemaDescriptor& schema,
                            parquet::WriterProperties::Builder* builder) {
  for (int i = 0; i < schema.num_columns(); ++i) {
    const parquet::ColumnDescriptor* leaf = schema.Column(i);
    if (leaf->physical_type() == parquet::Type::BYTE_ARRAY) {
      builder->disable_statistics(leaf->path());
    }
  }
}

// What tells Arrow's readers more than Parquet's types do (durations, time zones, large types), and
// weir the kinds. Without extension types: Polars up to 1.33 fails when it meets one there, and
// Parquet's JSON and UUID say the same.
std::shared_ptr<arrow::Schema> ArrowSchema(const arrow::Schema& stored) {
  arrow::FieldVector fields;
  for (const auto& field : stored.fields()) fields.push_back(BatchField(*field));
  return arrow::schema(std::move(fields));
}

Result<KeyValues> FileKeyValues(const arrow::Schema& stored, const ParquetOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto serialized, arrow::ipc::SerializeSchema(*ArrowSchema(stored)));
  std::string levels = options.level ? fmt::format(" {}", *options.level) : "";
  if (options.second_level) levels += fmt::format(" or {}", *options.second_level);
  return KeyValues{
      {"ARROW:schema", arrow::util::base64_encode(std::string_view(*serialized))},
      {kSparkVersionKey, kSparkVersion},
      {"weir.version", std::string(kVersion)},
      {"weir.compression", options.compression + levels},
  };
}

}  // namespace

Status CheckNames(const arrow::Schema& schema) {
  if (schema.num_fields() == 0) {
    return Error("plan.unsupported", "a Parquet file needs one column at least");
  }
  std::set<std::string> names;
  for (const auto& field : schema.fields()) {
    if (names.insert(field->name()).second) continue;
    return Error("plan.unsupported",
                 fmt::format("two columns are named \"{}\"; Parquet readers cannot tell them apart",
                             field->name()),
                 "rename one with --columns source:target, or in a --query");
  }
  return Status::OK();
}

Result<std::unique_ptr<ParquetEncoder>> ParquetEncoder::Make(const EncoderContext& context,
                                                             ByteSink* sink,
                                                             arrow::MemoryPool* pool) {
  ARROW_RETURN_NOT_OK(CheckNames(*context.schema));
  ARROW_ASSIGN_OR_RAISE(ParquetOptions options, ResolveOptions(context.options));
  return std::unique_ptr<ParquetEncoder>(
      new ParquetEncoder(context, std::move(options), sink, pool));
}

ParquetEncoder::ParquetEncoder(const EncoderContext& context, ParquetOptions options,
                               ByteSink* sink, arrow::MemoryPool* pool)
    : options_(std::move(options)),
      allow_lossy_(context.options.allow_lossy),
      limits_(ChooseLimits(CountLeaves(*context.schema), context.memory_bytes, context.file_bytes,
                           options_.row_group_bytes)),
      // Gathered batches are put together again and again, in ever larger buffers for each column:
      // jemalloc holds on to those of every size (measured: 40 MB for 1600 columns).
      pool_(limits_.gathered_bytes > 0 ? arrow::system_memory_pool() : pool),
      stream_(std::make_shared<ByteSinkStream>(sink)) {
  form_.schema = StoredSchema(*context.schema);
  form_.arrow_properties =
      parquet::ArrowWriterProperties::Builder().set_use_threads(false)->build();
}

ParquetEncoder::~ParquetEncoder() {
  stream_->Detach();
}

Status ParquetEncoder::Write(const arrow::RecordBatch& batch) {
  Status status = Guarded([&] { return WriteOrFail(batch); });
  if (!status.ok()) stream_->Detach();
  return status;
}

Status ParquetEncoder::WriteOrFail(const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(auto stored, ToStored(batch));
  rows_taken_ += batch.num_rows();
  if (limits_.gathered_bytes > 0) return Gather(std::move(stored));
  if (begun_) return WriteSlices(*stored);
  int64_t rows = RowsWithin(*stored, 0, (limits_.sample_bytes - sample_bytes_) * 8);
  rows = std::min(rows, kSampleRowsMax - sample_rows_);
  if (rows > 0) sample_.push_back(stored->Slice(0, rows));
  sample_rows_ += rows;
  sample_bytes_ += RowBytes(*stored, 0, rows);
  if (rows == stored->num_rows()) return Status::OK();
  ARROW_RETURN_NOT_OK(BeginFile());
  return WriteSlices(*stored->Slice(rows));
}

Result<std::shared_ptr<arrow::RecordBatch>> ParquetEncoder::ToStored(
    const arrow::RecordBatch& batch) const {
  arrow::ArrayVector columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    const arrow::Field& field = *form_.schema->field(i);
    FineTime fine_time = allow_lossy_.contains(field.name()) ? FineTime::kCut : FineTime::kFail;
    auto column = ConvertArray(batch.column(i), field.type(), fine_time);
    if (!column.ok()) return FailedValue(column.status(), *batch.column(i), i);
    columns.push_back(std::move(*column));
  }
  return arrow::RecordBatch::Make(form_.schema, batch.num_rows(), std::move(columns));
}

// Finds the row that made the conversion of a column fail.
Status ParquetEncoder::FailedValue(const Status& failure, const arrow::Array& column,
                                   int index) const {
  const arrow::Field& field = *form_.schema->field(index);
  if (!failure.IsInvalid()) return failure;
  int64_t row = 0;
  while (row < column.length() && ConvertArray(column.Slice(row, 1), field.type()).ok()) ++row;
  return Error("format.inexact_value",
               fmt::format("column \"{}\", row {}: Parquet would not hold the exact value: {}",
                           field.name(), rows_taken_ + row + 1, failure.message()),
               fmt::format("--allow-lossy {} cuts what is finer than a microsecond", field.name()));
}

Status ParquetEncoder::BeginFile() {
  begun_ = true;
  auto builder = BaseProperties(options_, limits_, &pool_);
  auto base = builder.build();
  EncodingChoice choice{.dictionaries = limits_.dictionary_bytes > 0,
                        .second_level = options_.second_level};
  ARROW_ASSIGN_OR_RAISE(
      encodings_, ChooseEncodings(*form_.schema, sample_, choice, *base, form_.arrow_properties));
  std::shared_ptr<parquet::SchemaDescriptor> descriptor;
  ARROW_RETURN_NOT_OK(parquet::arrow::ToParquetSchema(form_.schema.get(), *base,
                                                      *form_.arrow_properties, &descriptor));
  MakeForms(builder, *descriptor);
  double encoded = 0;
  for (const LeafEncoding& leaf : encodings_) encoded += leaf.sample_bytes;
  int64_t sampled = 0;
  for (const auto& batch : sample_) sampled += RowBytes(*batch, 0, batch->num_rows());
  if (sampled > 0) shrinks_to_ = encoded / static_cast<double>(sampled);
  ARROW_RETURN_NOT_OK(stream_->Write("PAR1"));
  auto sample = std::exchange(sample_, {});
  if (limits_.gathered_bytes > 0) return Status::OK();  // its rows are among the gathered
  for (auto& batch : sample) ARROW_RETURN_NOT_OK(WriteSlices(*std::exchange(batch, nullptr)));
  return Status::OK();
}

void ParquetEncoder::MakeForms(parquet::WriterProperties::Builder base,
                               const parquet::SchemaDescriptor& schema) {
  auto large = BaseProperties(options_, limits_, &pool_);
  LeaveOutTextStatistics(schema, &large);
  large_form_ = form_;
  large_form_.properties = large.build();
  SetEncodings(encodings_, &base);
  LeaveOutJsonStatistics(schema, &base);
  form_.properties = base.build();
  form_.parquet_schema = large_form_.parquet_schema =
      std::static_pointer_cast<parquet::schema::GroupNode>(schema.schema_root());
}

Status ParquetEncoder::WriteSlices(const arrow::RecordBatch& batch) {
  for (int64_t first = 0; first < batch.num_rows();) {
    int64_t rows = RowsWithin(batch, first, limits_.slice_bytes * 8);
    rows = std::clamp<int64_t>(rows, 1, kSliceRowsMax);
    auto slice = batch.Slice(first, rows);
    if (rows == 1 && RowBytes(*slice, 0, 1) > limits_.large_row_bytes) {
      if (row_group_ != nullptr) ARROW_RETURN_NOT_OK(CloseRowGroup());
      ARROW_RETURN_NOT_OK(WriteRowGroup(large_form_, {slice}));
    } else {
      ARROW_RETURN_NOT_OK(WriteSlice(*slice));
    }
    first += rows;
  }
  return Status::OK();
}

Status ParquetEncoder::Gather(std::shared_ptr<arrow::RecordBatch> rows) {
  for (int64_t first = 0; first < rows->num_rows();) {
    int64_t taken = RowsWithin(*rows, first, limits_.gathered_bytes / 4 * 8);
    taken = std::clamp<int64_t>(taken, 1, kSliceRowsMax);
    auto slice = rows->Slice(first, taken);
    first += taken;
    const int64_t bytes = RowBytes(*slice, 0, taken);
    if (bytes > limits_.gathered_bytes / 4) ARROW_RETURN_NOT_OK(WriteGathered());
    gathered_rows_ += taken;
    gathered_bytes_ += bytes + slice->num_columns() * kArrayBytes;
    gathered_.push_back(std::move(slice));
    if (gathered_bytes_ < limits_.gathered_bytes) continue;
    ARROW_RETURN_NOT_OK(CompactGathered());
    if (gathered_bytes_ >= limits_.gathered_bytes / 4 * 3) ARROW_RETURN_NOT_OK(WriteGathered());
  }
  return Status::OK();
}

Status ParquetEncoder::CompactGathered() {
  if (gathered_.size() < 2) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(auto batch, arrow::ConcatenateRecordBatches(gathered_, &pool_));
  gathered_bytes_ = RowBytes(*batch, 0, batch->num_rows()) + batch->num_columns() * kArrayBytes;
  gathered_ = {std::move(batch)};
  return Status::OK();
}

Status ParquetEncoder::WriteGathered() {
  if (gathered_rows_ == 0) return Status::OK();
  if (!begun_) {
    ARROW_RETURN_NOT_OK(CompactGathered());
    const int64_t rows = RowsWithin(*gathered_[0], 0, limits_.sample_bytes * 8);
    if (rows > 0) sample_.push_back(gathered_[0]->Slice(0, rows));
    ARROW_RETURN_NOT_OK(BeginFile());
  }
  const bool large = gathered_rows_ == 1 && gathered_bytes_ > limits_.large_row_bytes;
  auto batches = std::exchange(gathered_, {});
  row_group_bytes_ = std::exchange(gathered_bytes_, 0);
  gathered_rows_ = 0;
  return WriteRowGroup(large ? large_form_ : form_, batches);
}

Status ParquetEncoder::WriteRowGroup(const RowGroupForm& form,
                                     const arrow::RecordBatchVector& batches) {
  ARROW_ASSIGN_OR_RAISE(row_group_, RowGroupFile::Open(form, stream_));
  ARROW_RETURN_NOT_OK(row_group_->WriteWhole(batches));
  return CloseRowGroup();
}

Status ParquetEncoder::WriteSlice(const arrow::RecordBatch& slice) {
  if (row_group_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(row_group_, RowGroupFile::Open(form_, stream_));
  }
  ARROW_RETURN_NOT_OK(row_group_->Write(slice));
  row_group_bytes_ += RowBytes(slice, 0, slice.num_rows());
  return RowGroupIsFull() ? CloseRowGroup() : Status::OK();
}

bool ParquetEncoder::RowGroupIsFull() const {
  return row_group_->rows() >= kRowGroupRowsMax || RowGroupBytes() >= limits_.row_group_bytes ||
         pool_.bytes_allocated() >= limits_.memory_bytes;
}

int64_t ParquetEncoder::RowGroupBytes() const {
  const double expected = static_cast<double>(row_group_bytes_) * shrinks_to_;
  return std::max(row_group_->bytes(), static_cast<int64_t>(expected));
}

Status ParquetEncoder::CloseRowGroup() {
  ARROW_ASSIGN_OR_RAISE(RowGroupTail tail, row_group_->Finish());
  rows_written_ += row_group_->rows();
  row_group_.reset();
  ARROW_RETURN_NOT_OK(footer_.Add(tail));
  ARROW_RETURN_NOT_OK(stream_->Flush());
  const int64_t bytes = stream_->position() - bytes_written_;
  if (row_group_bytes_ > 0) {
    shrinks_to_ = static_cast<double>(bytes) / static_cast<double>(row_group_bytes_);
  }
  row_group_bytes_ = 0;
  bytes_written_ += bytes;
  return Status::OK();
}

Status ParquetEncoder::Finish() {
  Status status = Guarded([&] { return FinishOrFail(); });
  stream_->Detach();
  return status;
}

Status ParquetEncoder::FinishOrFail() {
  ARROW_RETURN_NOT_OK(WriteGathered());
  if (!begun_) ARROW_RETURN_NOT_OK(BeginFile());
  if (row_group_ == nullptr && rows_taken_ == 0) {
    ARROW_ASSIGN_OR_RAISE(row_group_, RowGroupFile::Open(form_, stream_));
  }
  if (row_group_ != nullptr) ARROW_RETURN_NOT_OK(CloseRowGroup());
  ARROW_ASSIGN_OR_RAISE(auto key_values, FileKeyValues(*form_.schema, options_));
  ARROW_RETURN_NOT_OK(footer_.Finish(key_values, stream_.get()));
  ARROW_RETURN_NOT_OK(stream_->Flush());
  bytes_written_ = stream_->position();
  return Status::OK();
}

FileEncoderPosition ParquetEncoder::position() const {
  FileEncoderPosition position;
  position.bytes_written = bytes_written_;
  position.rows_written = rows_written_;
  // A sample is no larger than a file, and becomes much less.
  if (gathered_rows_ > 0) {
    position.bytes_buffered =
        static_cast<int64_t>(static_cast<double>(gathered_bytes_) * shrinks_to_);
  }
  if (row_group_ != nullptr) position.bytes_buffered = RowGroupBytes();
  return position;
}

std::vector<std::string> ParquetEncoder::column_encodings() const {
  std::vector<std::string> encodings;
  auto leaf = encodings_.begin();
  for (const auto& field : form_.schema->fields()) {
    int leaves = CountLeaves(*field->type());
    std::string encoding;
    for (int i = 0; i < leaves && leaf != encodings_.end(); ++i, ++leaf) {
      if (i > 0) encoding += ", ";
      encoding += leaves > 1 ? leaf->path + " " + leaf->name() : leaf->name();
    }
    encodings.push_back(std::move(encoding));
  }
  return encodings;
}

}  // namespace weir::parquet_format
