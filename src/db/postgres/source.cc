#include "db/postgres/source.h"

#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <mutex>

#include "base/byte_size.h"
#include "core/column_match.h"
#include "core/copy_spec.h"
#include "core/field.h"
#include "db/postgres/copy_reader.h"
#include "db/postgres/errors.h"
#include "db/postgres/find_table.h"
#include "db/postgres/scan_plan.h"
#include "db/postgres/session.h"
#include "db/postgres/type_map.h"
#include "db/postgres/user_sql.h"

namespace weir {
namespace postgres {
namespace {

class PostgresTableSource final : public Source, public ProjectableSource {
 public:
  static Result<std::unique_ptr<Source>> Open(const SourceSpec& spec, const ReadOptions& options,
                                              const std::stop_token& stop);
  static Result<std::unique_ptr<Source>> OpenOnce(const SourceSpec& spec,
                                                  const ReadOptions& options,
                                                  const std::stop_token& stop);

  const SourceDescription& description() const override { return description_; }
  Slice SliceAt(int64_t index) const override { return scan_.SliceAt(index); }
  Result<std::unique_ptr<arrow::RecordBatchReader>> Open(const Slice& slice,
                                                         std::stop_token stop) override;
  Result<std::unique_ptr<arrow::RecordBatchReader>> OpenColumns(const Slice& slice,
                                                                const std::vector<int>& columns,
                                                                std::stop_token stop) override;

 private:
  PostgresTableSource(const SourceSpec& spec, const ReadOptions& options)
      : spec_(spec), options_(options) {}

  Status Connect(const std::stop_token& stop);
  Status BeginTable(const std::stop_token& stop);
  Status OpenWorkers(const Relation& relation, const SnapshotInfo& snapshot,
                     const std::stop_token& stop);
  Status BeginQuery();
  Status MapColumns(const std::vector<RawColumn>& columns);
  void Describe(const SnapshotInfo& snapshot);
  Result<std::vector<size_t>> SelectColumns(const std::vector<RawColumn>& columns);
  Status Estimate(const Relation* relation);
  SessionOptions MakeSessionOptions() const;
  Result<std::unique_ptr<CopyChannel>> TakeChannel(const std::string& statement,
                                                   const std::stop_token& stop);
  void GiveBack(std::unique_ptr<CopyChannel> channel);
  std::string SelectList(const std::vector<int>& columns) const;

  const SourceSpec spec_;
  const ReadOptions options_;
  SourceDescription description_;
  std::vector<ColumnMapping> mappings_;
  ScanPlan scan_;
  bool validate_utf8_ = false;
  bool proxied_ = false;
  std::unique_ptr<WorkerPool> pool_;  // null: everything goes through the coordinator

  std::mutex mutex_;
  std::unique_ptr<Connection> coordinator_;  // holds lock and snapshot; null while it reads
};

SessionOptions PostgresTableSource::MakeSessionOptions() const {
  SessionOptions session;
  session.conninfo = spec_.uri;
  session.statement_timeout_ms = spec_.statement_timeout_ms;
  session.row_bytes_max = RowBytesMax(options_.value_bytes_max);
  return session;
}

Result<std::unique_ptr<Source>> PostgresTableSource::Open(const SourceSpec& spec,
                                                          const ReadOptions& options,
                                                          const std::stop_token& stop) {
  if (spec.table.empty() == spec.query.empty()) {
    return Error("usage.table_or_query", "say what to read from PostgreSQL",
                 "give either --table NAME or --query SQL");
  }
  ARROW_RETURN_NOT_OK(CheckHoldsSql(spec));
  // What changed while its lock was waited for is read under another snapshot.
  constexpr int kAttempts = 5;
  auto source = OpenOnce(spec, options, stop);
  for (int i = 1; i < kAttempts && IsErrorCode(source.status(), "postgres.schema_changed"); ++i) {
    source = OpenOnce(spec, options, stop);
  }
  return source;
}

Result<std::unique_ptr<Source>> PostgresTableSource::OpenOnce(const SourceSpec& spec,
                                                              const ReadOptions& options,
                                                              const std::stop_token& stop) {
  std::unique_ptr<PostgresTableSource> source(new PostgresTableSource(spec, options));
  ARROW_RETURN_NOT_OK(source->Connect(stop));
  Status begun;
  {
    std::stop_callback on_stop(stop, [&] { source->coordinator_->Interrupt(); });
    begun = spec.query.empty() ? source->BeginTable(stop) : source->BeginQuery();
    if (begun.ok()) begun = CheckLocked(source->coordinator_.get());
  }
  if (stop.stop_requested()) return Interrupted();
  ARROW_RETURN_NOT_OK(begun);
  return source;
}

Status PostgresTableSource::Connect(const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(coordinator_, Connection::Open(spec_.uri, stop));
  if (coordinator_->server_version() < 120000) {
    return Error("postgres.too_old", "weir reads PostgreSQL 12 and newer");
  }
  ARROW_ASSIGN_OR_RAISE(proxied_, IsProxied(coordinator_.get()));
  if (proxied_) {
    options_.warn(
        "a connection pooler stands before PostgreSQL: exported snapshots do not work "
        "through it, so one connection reads everything");
  }
  return Status::OK();
}

// Without workers, the coordinator reads everything.
Status PostgresTableSource::OpenWorkers(const Relation& relation, const SnapshotInfo& snapshot,
                                        const std::stop_token& stop) {
  if (proxied_) return Status::OK();
  pool_ = std::make_unique<WorkerPool>(MakeSessionOptions(), snapshot);
  const auto count =
      static_cast<int>(std::min<int64_t>(options_.jobs, std::max<int64_t>(scan_.slice_count(), 1)));
  Status filled = pool_->Fill(count, LockStatement(relation), stop);
  if (!IsErrorCode(filled, "postgres.lock_timeout")) return filled;
  options_.warn(fmt::format(
      "another session waits for an exclusive lock on {}, which keeps further connections out, so "
      "one connection reads everything",
      relation.display_name));
  pool_.reset();
  ARROW_ASSIGN_OR_RAISE(scan_, ScanPlan::ForTable(coordinator_.get(), relation, spec_, false));
  return Status::OK();
}

Status PostgresTableSource::BeginTable(const std::stop_token& stop) {
  Connection* connection = coordinator_.get();
  ARROW_ASSIGN_OR_RAISE(Relation relation, FindTable(connection, spec_.table));
  ARROW_RETURN_NOT_OK(BeginReadTransaction(connection, MakeSessionOptions()));
  ARROW_RETURN_NOT_OK(LockTable(connection, relation));
  ARROW_ASSIGN_OR_RAISE(SnapshotInfo snapshot, TakeSnapshot(connection, proxied_));
  ARROW_RETURN_NOT_OK(ReadStorage(connection, &relation));
  ARROW_RETURN_NOT_OK(CheckRowSecurity(connection, relation));
  ARROW_ASSIGN_OR_RAISE(scan_, ScanPlan::ForTable(connection, relation, spec_, !proxied_));
  ARROW_RETURN_NOT_OK(OpenWorkers(relation, snapshot, stop));
  description_.relation = relation.name;
  description_.name = fmt::format("{} table {}", connection->Describe(), relation.display_name);
  ARROW_RETURN_NOT_OK(MapColumns(relation.columns));
  Describe(snapshot);
  return Estimate(&relation);
}

Status PostgresTableSource::BeginQuery() {
  Connection* connection = coordinator_.get();
  ARROW_RETURN_NOT_OK(BeginReadTransaction(connection, MakeSessionOptions()));
  ARROW_ASSIGN_OR_RAISE(SnapshotInfo snapshot, TakeSnapshot(connection, proxied_));
  ARROW_ASSIGN_OR_RAISE(auto columns, DescribeQuery(connection, spec_));
  ARROW_ASSIGN_OR_RAISE(scan_, ScanPlan::ForQuery(spec_, columns));
  description_.relation = "query";
  description_.name = fmt::format("{} query", connection->Describe());
  ARROW_RETURN_NOT_OK(MapColumns(columns));
  Describe(snapshot);
  if (!proxied_) pool_ = std::make_unique<WorkerPool>(MakeSessionOptions(), snapshot);
  return Estimate(nullptr);
}

// Indexes into `columns` in output order.
Result<std::vector<size_t>> PostgresTableSource::SelectColumns(
    const std::vector<RawColumn>& columns) {
  std::vector<size_t> selected;
  if (spec_.columns.empty()) {
    for (size_t i = 0; i < columns.size(); ++i) selected.push_back(i);
    return selected;
  }
  for (const ColumnSelection& wanted : spec_.columns) {
    ARROW_ASSIGN_OR_RAISE(size_t index, FindColumn(columns, wanted.source, "--columns"));
    selected.push_back(index);
  }
  return selected;
}

Status PostgresTableSource::MapColumns(const std::vector<RawColumn>& columns) {
  Connection* connection = coordinator_.get();
  if (const std::optional<UserSql> probe = scan_.WhereProbe()) {
    ARROW_RETURN_NOT_OK(WithContext(CheckStatement(connection, *probe), "--where"));
  }
  ARROW_ASSIGN_OR_RAISE(auto types, ReadTypes(connection, columns));
  ARROW_ASSIGN_OR_RAISE(auto type_names, FormatTypes(connection, columns));
  ARROW_ASSIGN_OR_RAISE(auto selected, SelectColumns(columns));
  ARROW_ASSIGN_OR_RAISE(auto encoding,
                        connection->Query("SELECT pg_catalog.current_setting('server_encoding')"));
  validate_utf8_ = encoding[0][0] == "SQL_ASCII";
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (size_t i = 0; i < selected.size(); ++i) {
    size_t source = selected[i];
    const std::string target = spec_.columns.empty()
                                   ? columns[source].name
                                   : TargetName(spec_.columns[i], columns[source].name);
    mappings_.push_back(MapColumn(columns[source], type_names[source],
                                  scan_.ColumnReference(source), target, types, options_.form));
    description_.columns.push_back(mappings_.back().column);
    fields.push_back(mappings_.back().column.field);
  }
  description_.schema = arrow::schema(std::move(fields));
  return Status::OK();
}

void PostgresTableSource::Describe(const SnapshotInfo& snapshot) {
  description_.slice_count = scan_.slice_count();
  description_.snapshot = snapshot.txid_snapshot;
  description_.position = snapshot.lsn;
  description_.version = snapshot.server_version;
}

std::string PostgresTableSource::SelectList(const std::vector<int>& columns) const {
  std::vector<std::string> expressions;
  for (int column : columns) expressions.push_back(mappings_[column].expression);
  return fmt::format("{}", fmt::join(expressions, ", "));
}

std::vector<int> AllColumns(size_t count) {
  std::vector<int> columns(count);
  for (size_t i = 0; i < count; ++i) columns[i] = static_cast<int>(i);
  return columns;
}

// Asks the planner how many rows it expects, which also finds every mistake in the user's SQL
// before anything is written.
Status PostgresTableSource::Estimate(const Relation* relation) {
  std::string sql = scan_.Sql(0, SelectList(AllColumns(mappings_.size())));
  ARROW_ASSIGN_OR_RAISE(auto rows, coordinator_->Query("EXPLAIN " + sql));
  bool whole_table = relation != nullptr && spec_.where.empty() && !spec_.limit;
  if (whole_table && relation->rows_estimate >= 0) {
    description_.rows_estimate = relation->rows_estimate;
    return Status::OK();
  }
  if (scan_.slice_count() != 1 || rows.empty() || !rows[0][0]) return Status::OK();
  size_t at = rows[0][0]->find(" rows=");
  if (at == std::string::npos) return Status::OK();
  const char* digits = rows[0][0]->c_str() + at + 6;
  std::from_chars(digits, rows[0][0]->c_str() + rows[0][0]->size(), description_.rows_estimate);
  return Status::OK();
}

Result<std::unique_ptr<CopyChannel>> PostgresTableSource::TakeChannel(const std::string& statement,
                                                                      const std::stop_token& stop) {
  if (pool_ != nullptr) return pool_->Take(statement, stop);
  std::lock_guard lock(mutex_);
  if (coordinator_ == nullptr) {
    return Error("postgres.connection_lost", "the only connection of this copy was lost");
  }
  return CopyChannel::Make(std::move(coordinator_), RowBytesMax(options_.value_bytes_max));
}

void PostgresTableSource::GiveBack(std::unique_ptr<CopyChannel> channel) {
  if (pool_ != nullptr) return pool_->Return(std::move(channel));
  std::lock_guard lock(mutex_);
  coordinator_ = std::move(channel->connection);
}

Result<std::unique_ptr<arrow::RecordBatchReader>> PostgresTableSource::Open(const Slice& slice,
                                                                            std::stop_token stop) {
  return OpenColumns(slice, AllColumns(mappings_.size()), std::move(stop));
}

Result<std::unique_ptr<arrow::RecordBatchReader>> PostgresTableSource::OpenColumns(
    const Slice& slice, const std::vector<int>& columns, std::stop_token stop) {
  if (stop.stop_requested()) return Interrupted();
  const std::string select_list = SelectList(columns);
  const std::string statement = CopyStatement(scan_.Sql(slice.index, select_list));
  std::string next;
  // A server that goes on by itself would be stopped by a timeout when the rows are waited for.
  const bool may_go_on = pool_ != nullptr && spec_.statement_timeout_ms == 0;
  if (may_go_on && slice.next) next = CopyStatement(scan_.Sql(*slice.next, select_list));
  ARROW_ASSIGN_OR_RAISE(auto channel, TakeChannel(statement, stop));
  CopyReaderOptions options;
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (int column : columns) {
    options.wires.push_back(mappings_[column].wire);
    fields.push_back(description_.schema->field(column));
  }
  options.schema =
      columns.size() == mappings_.size() ? description_.schema : arrow::schema(std::move(fields));
  options.decoder = {options_.form.special_values, options_.form.exact_text, validate_utf8_};
  options.batch_bytes = options_.batch_bytes;
  options.value_bytes_max = options_.value_bytes_max;
  options.statement_timeout_ms = spec_.statement_timeout_ms;
  options.check_locked = !slice.next;
  options.memory_hint = [this](int64_t bytes) { return MemoryHint(options_, bytes); };
  auto reader = CopyReader::Open(
      std::move(channel), statement, std::move(next), std::move(options),
      [this](std::unique_ptr<CopyChannel> done) { GiveBack(std::move(done)); }, std::move(stop));
  ARROW_RETURN_NOT_OK(reader.status());
  return std::move(*reader);
}

// A URI, or libpq's keyword string: its first word is one of libpq's keywords.
bool IsPostgresUri(std::string_view uri) {
  if (uri.starts_with("postgresql://") || uri.starts_with("postgres://")) return true;
  std::string_view keyword = uri.substr(0, uri.find('='));
  if (keyword.size() == uri.size()) return false;
  keyword.remove_prefix(std::min(keyword.find_first_not_of(' '), keyword.size()));
  keyword = keyword.substr(0, keyword.find(' '));
  PQconninfoOption* options = PQconndefaults();
  bool found = false;
  for (auto* option = options; option != nullptr && option->keyword != nullptr; ++option) {
    found = found || keyword == option->keyword;
  }
  PQconninfoFree(options);
  return found;
}

}  // namespace
}  // namespace postgres

SourceKind PostgresSource() {
  SourceKind kind;
  kind.name = "postgresql";
  kind.example = "postgresql://user@host/database";
  kind.description = "PostgreSQL 12 and newer, with --table or --query";
  kind.library = [] {
    return fmt::format("libpq {}.{}", PQlibVersion() / 10000, PQlibVersion() % 10000);
  };
  kind.matches = postgres::IsPostgresUri;
  kind.open = [](const SourceSpec& spec, const ReadOptions& options, const std::stop_token& stop) {
    return postgres::PostgresTableSource::Open(spec, options, stop);
  };
  return kind;
}

}  // namespace weir
