#include "generate/source.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "core/column_match.h"
#include "core/field.h"
#include "generate/records.h"

namespace weir {
namespace {

constexpr std::string_view kUri = "generate:records";
constexpr int64_t kRowCountMax = 1'000'000'000'000;
constexpr int64_t kSliceRows = 32'768;  // about 4 MB
constexpr int64_t kRowBytes = 140;      // of a row in Arrow form, on average
constexpr int64_t kBatchRowsMin = 64;

struct SelectedColumn {
  RecordsColumn column;
  std::string target;
};

class RecordsReader final : public arrow::RecordBatchReader {
 public:
  RecordsReader(std::shared_ptr<arrow::Schema> schema, std::vector<RecordsColumn> columns,
                bool exact_text, std::stop_token stop)
      : schema_(std::move(schema)),
        columns_(std::move(columns)),
        exact_text_(exact_text),
        stop_(std::move(stop)) {}

  void SetRows(int64_t first_id, int64_t end_id, int64_t batch_rows) {
    next_id_ = first_id;
    end_id_ = end_id;
    batch_rows_ = batch_rows;
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    if (stop_.stop_requested()) return Interrupted();
    int64_t row_count = std::min(batch_rows_, end_id_ - next_id_);
    if (row_count <= 0) {
      *batch = nullptr;
      return Status::OK();
    }
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (RecordsColumn column : columns_) {
      ARROW_ASSIGN_OR_RAISE(auto array,
                            MakeRecordsColumn(column, exact_text_, next_id_, row_count));
      arrays.push_back(std::move(array));
    }
    *batch = arrow::RecordBatch::Make(schema_, row_count, std::move(arrays));
    next_id_ += row_count;
    return Status::OK();
  }

 private:
  const std::shared_ptr<arrow::Schema> schema_;
  const std::vector<RecordsColumn> columns_;
  const bool exact_text_;
  const std::stop_token stop_;
  int64_t next_id_ = 0;
  int64_t end_id_ = 0;
  int64_t batch_rows_ = 0;
};

Result<std::vector<SelectedColumn>> SelectColumns(const SourceSpec& spec) {
  std::vector<SelectedColumn> all;
  std::vector<std::string> names;
  for (int i = 0; i < kRecordsColumnCount; ++i) {
    auto column = static_cast<RecordsColumn>(i);
    names.push_back(DescribeRecordsColumn(column, {}).name);
    all.push_back({column, names.back()});
  }
  if (spec.columns.empty()) return all;
  std::vector<SelectedColumn> selected;
  for (const ColumnSelection& selection : spec.columns) {
    const std::optional<size_t> found = MatchColumn(names, selection.source);
    if (!found) {
      return Error("generate.unknown_column",
                   fmt::format("{} has no column {}{}", kUri, InQuotes(selection.source),
                               DidYouMeanColumn(selection.source, names)),
                   ColumnsHint(selection.source, names));
    }
    selected.push_back({all[*found].column, TargetName(selection, names[*found])});
  }
  return selected;
}

Result<int64_t> CountRows(const SourceSpec& spec) {
  if (!spec.generate_count && !spec.limit) {
    return Error("usage.missing_option", "say how many rows to generate", "give --count N");
  }
  int64_t rows = spec.generate_count.value_or(spec.limit.value_or(0));
  if (rows < 0 || rows > kRowCountMax) {
    return Error("generate.count", fmt::format("{} rows cannot be generated", rows),
                 fmt::format("give a count from 0 to {}", kRowCountMax));
  }
  if (spec.limit) rows = std::min(rows, std::max<int64_t>(*spec.limit, 0));
  return rows;
}

Status CheckSpec(const SourceSpec& spec) {
  if (spec.uri != kUri) {
    return Error("generate.unknown_dataset", fmt::format("\"{}\" cannot be generated", spec.uri),
                 fmt::format("the only dataset is {}", kUri));
  }
  if (spec.table.empty() && spec.query.empty() && spec.where.empty() && spec.order_by.empty()) {
    return Status::OK();
  }
  return Error("generate.unsupported",
               fmt::format("{} takes no table, query, condition or order", kUri),
               "generate into a .duckdb file, then copy from it with --where or --query");
}

class RecordsSource final : public Source, public ProjectableSource {
 public:
  static Result<std::unique_ptr<Source>> Open(const SourceSpec& spec, const ReadOptions& options) {
    ARROW_RETURN_NOT_OK(CheckSpec(spec));
    ARROW_ASSIGN_OR_RAISE(auto columns, SelectColumns(spec));
    ARROW_ASSIGN_OR_RAISE(int64_t rows, CountRows(spec));
    return std::unique_ptr<Source>(new RecordsSource(std::move(columns), rows, options));
  }

  const SourceDescription& description() const override { return description_; }

  Slice SliceAt(int64_t index) const override {
    int64_t first = index * kSliceRows;
    Slice slice;
    slice.index = index;
    slice.locator = fmt::format("id [{},{}) of {}", first + 1,
                                std::min(first + kSliceRows, description_.rows_estimate) + 1, kUri);
    return slice;
  }

  Result<std::unique_ptr<arrow::RecordBatchReader>> Open(const Slice& slice,
                                                         std::stop_token stop) override {
    return MakeReader(slice, columns_, description_.schema, std::move(stop));
  }

  Result<std::unique_ptr<arrow::RecordBatchReader>> OpenColumns(const Slice& slice,
                                                                const std::vector<int>& columns,
                                                                std::stop_token stop) override {
    std::vector<RecordsColumn> selected;
    std::vector<std::shared_ptr<arrow::Field>> fields;
    for (int column : columns) {
      selected.push_back(columns_[static_cast<size_t>(column)]);
      fields.push_back(description_.schema->field(column));
    }
    return MakeReader(slice, std::move(selected), arrow::schema(std::move(fields)),
                      std::move(stop));
  }

 private:
  RecordsSource(std::vector<SelectedColumn> columns, int64_t rows, const ReadOptions& options)
      : exact_text_(options.form.exact_text),
        batch_rows_(std::clamp(options.batch_bytes / kRowBytes, kBatchRowsMin, kSliceRows)) {
    description_.name = kUri;
    description_.relation = "records";
    description_.rows_estimate = rows;
    description_.slice_count = std::max<int64_t>((rows + kSliceRows - 1) / kSliceRows, 1);
    std::vector<std::shared_ptr<arrow::Field>> fields;
    for (SelectedColumn& selected : columns) {
      Column column = DescribeRecordsColumn(selected.column, options.form);
      column.field = column.field->WithName(selected.target);
      column.name = std::move(selected.target);
      fields.push_back(column.field);
      columns_.push_back(selected.column);
      description_.columns.push_back(std::move(column));
    }
    description_.schema = arrow::schema(std::move(fields));
  }

  Result<std::unique_ptr<arrow::RecordBatchReader>> MakeReader(
      const Slice& slice, std::vector<RecordsColumn> columns, std::shared_ptr<arrow::Schema> schema,
      std::stop_token stop) const {
    int64_t begin = slice.index * kSliceRows;
    int64_t end = std::min(begin + kSliceRows, description_.rows_estimate);
    auto reader = std::make_unique<RecordsReader>(std::move(schema), std::move(columns),
                                                  exact_text_, std::move(stop));
    reader->SetRows(begin + 1, end + 1, batch_rows_);
    return reader;
  }

  const bool exact_text_;
  const int64_t batch_rows_;
  std::vector<RecordsColumn> columns_;
  SourceDescription description_;
};

}  // namespace

SourceKind GenerateSource() {
  SourceKind kind;
  kind.name = "generate";
  kind.example = kUri;
  kind.description = "synthetic rows, the same on every machine";
  kind.matches = [](std::string_view uri) { return uri.starts_with("generate:"); };
  kind.open = [](const SourceSpec& spec, const ReadOptions& options, std::stop_token) {
    return RecordsSource::Open(spec, options);
  };
  return kind;
}

}  // namespace weir
