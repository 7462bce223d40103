#include "db/duckdb/source.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <numeric>
#include <optional>

#include "base/process_memory.h"
#include "base/suggest.h"
#include "core/column_match.h"
#include "core/option_values.h"
#include "db/duckdb/connection.h"
#include "db/duckdb/library.h"
#include "db/duckdb/readers.h"
#include "db/duckdb/relation.h"
#include "db/duckdb/spill_directory.h"
#include "db/duckdb/sql_text.h"
#include "db/duckdb/type_map.h"

namespace weir {
namespace duckdb {
namespace {

constexpr std::string_view kScheme = "duckdb:";
constexpr std::string_view kExtension = ".duckdb";
constexpr int64_t kMiB = 1 << 20;

// What a statement may use: reading a large CSV file takes 100 MiB, a row group of a Parquet file
// more, sorts and joins spill what does not fit. With a database the limit is low at first, because
// DuckDB fills it with blocks of the file.
constexpr int64_t kStatementMemoryFirst = 128 * kMiB;
constexpr int64_t kStatementMemoryMax = 1024 * kMiB;
// What DuckDB holds beside what it counts: code, plans, decompressed pages. Measured.
constexpr int64_t kLibraryBytes = 40 * kMiB;
constexpr int64_t kEngineMemoryMin = 4 * kMiB;
constexpr int64_t kEngineMemoryDefault = 256 * kMiB;
// A scan holds one block of 256 KiB per column, and a little.
constexpr int64_t kPinnedBytesPerColumn = 280 * 1024;

// Slices hold about this many values, in rows that divide a row group of 122 880 = 60 * 2048.
constexpr int64_t kSliceValues = 8 * 61'440;
constexpr int64_t kVectorRows = 2048;
constexpr int64_t kVectorsPerSlice[] = {30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1};

int64_t SliceRows(size_t column_count) {
  int64_t wanted = kSliceValues / static_cast<int64_t>(std::max<size_t>(column_count, 1));
  for (int64_t vectors : kVectorsPerSlice) {
    if (vectors * kVectorRows <= wanted) return vectors * kVectorRows;
  }
  return kVectorRows;
}

// The path of the file; empty for the in-memory database.
std::string PathOf(const std::string& uri) {
  return uri.starts_with(kScheme) ? uri.substr(kScheme.size()) : uri;
}

// DuckDB would create a file that is missing.
Status CheckFile(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return ErrnoError(errno, fmt::format("opening {}", path));
  if (S_ISREG(found.st_mode)) return Status::OK();
  return Error("duckdb.not_a_database", fmt::format("opening {}: it is not a file", path));
}

Status CheckSpec(const SourceSpec& spec) {
  if (spec.table.empty() == spec.query.empty()) {
    return Error("usage.table_or_query", "a DuckDB source needs either a table or a query",
                 "give --table NAME or --query SQL");
  }
  return Status::OK();
}

Result<const DescribedColumn*> FindColumn(const Relation& relation, const std::string& name) {
  std::vector<std::string> names;
  for (const DescribedColumn& column : relation.columns) names.push_back(column.name);
  if (const std::optional<size_t> found = MatchColumn(names, name))
    return &relation.columns[*found];
  return Error("duckdb.unknown_column",
               fmt::format("{} has no column {}{}", relation.display, InQuotes(ListEntry(name)),
                           DidYouMeanColumn(name, names)),
               ColumnsHint(name, names));
}

Result<std::vector<ColumnMapping>> MapColumns(const SourceSpec& spec, const Relation& relation,
                                              const ReadForm& form) {
  std::vector<ColumnMapping> mappings;
  if (spec.columns.empty()) {
    for (const DescribedColumn& column : relation.columns) {
      mappings.push_back(MapColumn(column, column.name, form));
    }
  }
  for (const ColumnSelection& selection : spec.columns) {
    ARROW_ASSIGN_OR_RAISE(const DescribedColumn* column, FindColumn(relation, selection.source));
    mappings.push_back(MapColumn(*column, TargetName(selection, column->name), form));
  }
  return mappings;
}

// As in PostgreSQL: NULLs are larger than everything.
Result<std::string> OrderBy(const SourceSpec& spec, const Relation& relation) {
  std::vector<std::string> keys;
  for (const OrderKey& key : spec.order_by) {
    ARROW_ASSIGN_OR_RAISE(const DescribedColumn* column, FindColumn(relation, key.column));
    keys.push_back(QuoteIdentifier(column->name) +
                   (key.descending ? " DESC NULLS FIRST" : " ASC NULLS LAST"));
  }
  if (keys.empty()) return "";
  return fmt::format(" ORDER BY {}", fmt::join(keys, ", "));
}

class DuckdbTableSource final : public Source, public ProjectableSource {
 public:
  static Result<std::unique_ptr<Source>> Open(const SourceSpec& spec, const ReadOptions& options) {
    ARROW_RETURN_NOT_OK(CheckSpec(spec));
    ARROW_RETURN_NOT_OK(CheckHoldsSql(spec));
    std::unique_ptr<DuckdbTableSource> source(new DuckdbTableSource(spec, options));
    ARROW_RETURN_NOT_OK(source->OpenDatabase());
    ARROW_RETURN_NOT_OK(source->ResolveColumns());
    ARROW_RETURN_NOT_OK(source->is_sliced_ ? source->PlanSlices() : source->PlanStatement());
    ARROW_RETURN_NOT_OK(source->MakeConverters());
    source->connection_.reset();
    ReleaseLibraryPages();  // of parser and planner
    return source;
  }

  const SourceDescription& description() const override { return description_; }
  Slice SliceAt(int64_t index) const override;
  Result<std::unique_ptr<arrow::RecordBatchReader>> Open(const Slice& slice,
                                                         std::stop_token stop) override;
  Result<std::unique_ptr<arrow::RecordBatchReader>> OpenColumns(const Slice& slice,
                                                                const std::vector<int>& columns,
                                                                std::stop_token stop) override;

 private:
  DuckdbTableSource(const SourceSpec& spec, const ReadOptions& options)
      : spec_(spec), options_(options), path_(PathOf(spec.uri)) {}

  Status OpenDatabase();
  Status ResolveColumns();
  Status PlanSlices();
  Status PlanStatement();
  Status MakeConverters();
  int64_t StatementMemoryMax() const;
  std::string StatementFor(const std::vector<std::string>& expressions) const;

  const SourceSpec spec_;
  const ReadOptions options_;
  const std::string path_;
  std::unique_ptr<SpillDirectory> spill_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;  // while the source is being opened
  Relation relation_;
  std::vector<ColumnMapping> mappings_;
  std::vector<std::unique_ptr<Converter>> converters_;
  SourceDescription description_;
  bool is_sliced_ = false;
  std::string order_by_;
  std::optional<MemoryLimit> memory_;
  int64_t rowid_end_ = 0;
  int64_t slice_rows_ = 0;
  std::atomic<int64_t> step_hint_{0};
};

int64_t DuckdbTableSource::StatementMemoryMax() const {
  if (options_.engine_bytes > 0) {
    return std::max(options_.engine_bytes - kLibraryBytes, kEngineMemoryMin);
  }
  int64_t half = AvailableMemoryBytes() / 2;
  return std::max(std::clamp(half, kStatementMemoryFirst, kStatementMemoryMax),
                  3 * options_.value_bytes_max);
}

Status DuckdbTableSource::OpenDatabase() {
  if (!path_.empty()) ARROW_RETURN_NOT_OK(CheckFile(path_));
  DatabaseSettings settings;
  settings.read_only = !path_.empty();
  // Even describing a query may read: the beginning of a CSV file, say.
  settings.memory_bytes = StatementMemoryMax();
  if (!path_.empty())
    settings.memory_bytes = std::min(settings.memory_bytes, kStatementMemoryFirst);
  memory_.emplace(settings.memory_bytes, 0, StatementMemoryMax());
  ARROW_ASSIGN_OR_RAISE(database_, Database::Open(path_, settings));
  ARROW_ASSIGN_OR_RAISE(connection_, database_->Connect());
  return Status::OK();
}

Status DuckdbTableSource::ResolveColumns() {
  bool is_query = !spec_.query.empty();
  ARROW_ASSIGN_OR_RAISE(relation_, is_query ? DescribeQuery(connection_.get(), spec_)
                                            : FindTable(connection_.get(), spec_.table));
  ARROW_ASSIGN_OR_RAISE(mappings_, MapColumns(spec_, relation_, options_.form));
  ARROW_ASSIGN_OR_RAISE(order_by_, OrderBy(spec_, relation_));
  is_sliced_ = relation_.has_rowids && spec_.order_by.empty() && !spec_.limit;

  std::string file = path_.empty() ? "DuckDB in memory" : path_;
  description_.name = is_query ? fmt::format("{} query", file)
                               : fmt::format("{} table {}", file, relation_.display);
  description_.relation = relation_.name;
  description_.version = LibraryNameAndVersion();
  if (!path_.empty()) description_.snapshot = "the file, locked against writers";
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (const ColumnMapping& mapping : mappings_) {
    description_.columns.push_back(mapping.column);
    fields.push_back(mapping.column.field);
  }
  description_.schema = arrow::schema(std::move(fields));
  // The condition is the user's: a mistake in it is to be told before the copy begins.
  if (!spec_.where.empty()) {
    ARROW_RETURN_NOT_OK(CheckWhere(connection_.get(), relation_.from, spec_.where));
  }
  return connection_->Describe(StatementFor({"1"})).status();
}

Status DuckdbTableSource::PlanSlices() {
  ARROW_ASSIGN_OR_RAISE(auto rows, connection_->Query(fmt::format(
                                       "SELECT count(*), max(rowid) + 1 FROM {}", relation_.from)));
  rowid_end_ = std::atoll(rows[0][1].value_or("0").c_str());
  if (spec_.where.empty()) description_.rows_estimate = std::atoll(rows[0][0]->c_str());
  slice_rows_ = SliceRows(mappings_.size());
  step_hint_ = slice_rows_;
  description_.slice_count = std::max<int64_t>((rowid_end_ + slice_rows_ - 1) / slice_rows_, 1);

  auto columns = static_cast<int64_t>(mappings_.size());
  auto jobs = std::max<int64_t>(options_.jobs, 1);
  int64_t pinned = jobs * columns * kPinnedBytesPerColumn + 4 * kMiB;
  int64_t initial = std::min(4 * kMiB + jobs * 2 * kMiB, pinned);
  const int64_t max = std::min(pinned + 3 * options_.value_bytes_max, StatementMemoryMax());
  initial = std::min(initial, max);
  memory_.emplace(initial, pinned, max);
  return connection_->Execute(fmt::format("SET memory_limit = '{}B'", initial));
}

Status DuckdbTableSource::PlanStatement() {
  ARROW_ASSIGN_OR_RAISE(spill_, SpillDirectory::Create());
  return connection_->Execute(
      fmt::format("SET GLOBAL temp_directory = {}", QuoteLiteral(spill_->path())));
}

Status DuckdbTableSource::MakeConverters() {
  ConvertOptions options{options_.form.exact_text, options_.form.special_values,
                         options_.value_bytes_max,
                         [read = options_](int64_t bytes) { return MemoryHint(read, bytes); }};
  for (const ColumnMapping& mapping : mappings_) {
    ARROW_ASSIGN_OR_RAISE(auto converter,
                          mapping.is_to_json
                              ? MakeJsonConverter(options)
                              : Converter::Make(mapping.delivered, *mapping.column.field, options));
    converters_.push_back(std::move(converter));
  }
  return Status::OK();
}

std::string DuckdbTableSource::StatementFor(const std::vector<std::string>& expressions) const {
  std::string select;
  for (size_t i = 0; i < expressions.size(); ++i) {
    select += fmt::format("{}{} AS c{}", i == 0 ? "" : ", ", expressions[i], i);
  }
  std::string where = spec_.where.empty() ? "" : fmt::format(" WHERE ({}\n)", spec_.where);
  std::string limit = spec_.limit ? fmt::format(" LIMIT {}", *spec_.limit) : "";
  return fmt::format("SELECT {} FROM {}{}{}{}", select, relation_.from, where, order_by_, limit);
}

Slice DuckdbTableSource::SliceAt(int64_t index) const {
  Slice slice;
  slice.index = index;
  slice.reproducible = relation_.reproducible;
  slice.locator = relation_.display;
  if (is_sliced_) {
    int64_t begin = index * slice_rows_;
    slice.locator = fmt::format("rowid [{},{}) of {}", begin,
                                std::min(begin + slice_rows_, rowid_end_), relation_.display);
  }
  return slice;
}

Result<std::unique_ptr<arrow::RecordBatchReader>> DuckdbTableSource::Open(const Slice& slice,
                                                                          std::stop_token stop) {
  std::vector<int> all(mappings_.size());
  std::iota(all.begin(), all.end(), 0);
  return OpenColumns(slice, all, std::move(stop));
}

Result<std::unique_ptr<arrow::RecordBatchReader>> DuckdbTableSource::OpenColumns(
    const Slice& slice, const std::vector<int>& columns, std::stop_token stop) {
  ReadColumns read;
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (int column : columns) {
    auto i = static_cast<size_t>(column);
    read.expressions.push_back(mappings_[i].expression);
    read.converters.push_back(converters_[i].get());
    fields.push_back(mappings_[i].column.field);
  }
  bool all = columns.size() == mappings_.size();
  read.schema = all ? description_.schema : arrow::schema(std::move(fields));
  ReaderLimits limits{options_.batch_bytes, options_.value_bytes_max, spec_.statement_timeout_ms};
  ARROW_ASSIGN_OR_RAISE(auto connection, database_->Connect());
  if (!is_sliced_) {
    return OpenStatementReader(std::move(connection), read, StatementFor(read.expressions), limits,
                               &*memory_, std::move(stop));
  }
  TableRange range;
  range.from = relation_.from;
  range.where = spec_.where;
  range.begin = slice.index * slice_rows_;
  range.end = std::min(range.begin + slice_rows_, rowid_end_);
  return OpenTableReader(std::move(connection), std::move(read), std::move(range), limits,
                         &*memory_, &step_hint_, std::move(stop));
}

}  // namespace
}  // namespace duckdb

SourceKind DuckdbSource() {
  SourceKind kind;
  kind.name = "duckdb";
  kind.example = "FILE.duckdb";
  kind.description =
      "a DuckDB database file with --table or --query; `duckdb:` for --query over local files";
  kind.library = duckdb::LibraryNameAndVersion;
  kind.engine_bytes_default = duckdb::kEngineMemoryDefault;
  kind.matches = [](std::string_view uri) {
    return uri.starts_with(duckdb::kScheme) || uri.ends_with(duckdb::kExtension);
  };
  kind.open = [](const SourceSpec& spec, const ReadOptions& options, std::stop_token) {
    return duckdb::DuckdbTableSource::Open(spec, options);
  };
  return kind;
}

}  // namespace weir
