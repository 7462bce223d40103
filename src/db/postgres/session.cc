#include "db/postgres/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/exhaustion.h"
#include "db/postgres/errors.h"
#include "db/postgres/sql_text.h"

namespace weir::postgres {
namespace {

// One output format for every role and database, rows in storage order (workers of a parallel plan
// race for them), and an error instead of rows that row-level security would hide.
constexpr char kLockTimeout[] = "30s";
constexpr char kPrelude[] =
    "SET LOCAL client_encoding = 'UTF8'; SET LOCAL DateStyle = 'ISO, MDY'; "
    "SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC'; "
    "SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; "
    "SET LOCAL standard_conforming_strings = on; SET LOCAL synchronize_seqscans = off; "
    "SET LOCAL row_security = off; SET LOCAL jit = off; "
    "SET LOCAL array_nulls = on; SET LOCAL quote_all_identifiers = off; SET LOCAL "
    "max_parallel_workers_per_gather = 0; "
    "SET LOCAL idle_in_transaction_session_timeout = 0;";

constexpr char kIdentity[] =
    "SELECT pg_catalog.txid_current_snapshot()::pg_catalog.text, "
    "pg_catalog.pg_postmaster_start_time()::pg_catalog.text";

Result<SnapshotInfo> ReadIdentity(Connection* connection) {
  ARROW_ASSIGN_OR_RAISE(auto rows, connection->Query(kIdentity));
  SnapshotInfo info;
  info.txid_snapshot = rows[0][0].value_or("");
  info.server_started = rows[0][1].value_or("");
  return info;
}

}  // namespace

Status BeginReadTransaction(Connection* connection, const SessionOptions& options) {
  std::string sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ";
  sql += kPrelude;
  sql += fmt::format(" SET LOCAL lock_timeout = '{}'; SET LOCAL statement_timeout = {};",
                     kLockTimeout, options.statement_timeout_ms);
  if (connection->server_version() >= 170000) sql += " SET LOCAL transaction_timeout = 0;";
  return connection->Execute(sql);
}

Result<bool> IsProxied(Connection* connection) {
  ARROW_ASSIGN_OR_RAISE(auto rows, connection->Query("SELECT pg_catalog.pg_backend_pid()"));
  return rows[0][0] != std::to_string(PQbackendPID(connection->raw()));
}

Result<SnapshotInfo> TakeSnapshot(Connection* connection, bool proxied) {
  ARROW_ASSIGN_OR_RAISE(SnapshotInfo info, ReadIdentity(connection));
  ARROW_ASSIGN_OR_RAISE(
      auto facts, connection->Query("SELECT (CASE WHEN pg_catalog.pg_is_in_recovery() "
                                    "THEN pg_catalog.pg_last_wal_replay_lsn() "
                                    "ELSE pg_catalog.pg_current_wal_lsn() END)::pg_catalog.text, "
                                    "pg_catalog.current_setting('server_version')"));
  info.lsn = facts[0][0].value_or("");
  info.server_version = "PostgreSQL " + facts[0][1].value_or("");
  if (!proxied) {
    ARROW_ASSIGN_OR_RAISE(auto rows, connection->Query("SELECT pg_catalog.pg_export_snapshot()"));
    info.exported_id = rows[0][0].value_or("");
  }
  return info;
}

Result<std::unique_ptr<Connection>> OpenWorker(const SessionOptions& options,
                                               const SnapshotInfo& snapshot,
                                               const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(auto connection, Connection::Open(options.conninfo, stop));
  std::stop_callback on_stop(stop, [&] { connection->Interrupt(); });
  ARROW_RETURN_NOT_OK(BeginReadTransaction(connection.get(), options));
  Status imported =
      connection->Execute("SET TRANSACTION SNAPSHOT " + QuoteLiteral(snapshot.exported_id));
  if (imported.ok()) {
    ARROW_ASSIGN_OR_RAISE(SnapshotInfo seen, ReadIdentity(connection.get()));
    if (seen.txid_snapshot == snapshot.txid_snapshot &&
        seen.server_started == snapshot.server_started) {
      return connection;
    }
    imported = Error("postgres.snapshot_lost", "another server answered");
  }
  if (IsErrorCode(imported, "postgres.connection_lost")) return imported;
  return Error("postgres.snapshot_lost",
               fmt::format("the snapshot {} of this copy is gone: {}", snapshot.exported_id,
                           imported.message()),
               "the connection that held it ended, or a load balancer sent a worker to another "
               "server; connect to the server directly");
}

Status WorkerPool::Fill(int count, const std::string& lock_statement, const std::stop_token& stop) {
  std::vector<Status> opened(count);
  {
    std::vector<std::jthread> openers;
    for (Status& status : opened) {
      openers.emplace_back(
          [&] { status = CatchExhaustion([&] { return OpenLocked(lock_statement, stop); }); });
    }
  }
  for (Status& status : opened) ARROW_RETURN_NOT_OK(std::move(status));
  return Status::OK();
}

Status WorkerPool::OpenLocked(const std::string& lock_statement, const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(auto connection, OpenWorker(options_, snapshot_, stop));
  std::stop_callback on_stop(stop, [&] { connection->Interrupt(); });
  ARROW_RETURN_NOT_OK(connection->Execute(
      fmt::format("SET LOCAL lock_timeout = '2s'; {}; SET LOCAL lock_timeout = '{}'",
                  lock_statement, kLockTimeout)));
  ARROW_ASSIGN_OR_RAISE(auto channel,
                        CopyChannel::Make(std::move(connection), options_.row_bytes_max));
  Return(std::move(channel));
  return Status::OK();
}

Result<std::unique_ptr<CopyChannel>> WorkerPool::Take(const std::string& statement,
                                                      const std::stop_token& stop) {
  {
    std::lock_guard lock(mutex_);
    auto found = std::ranges::find_if(
        waiting_, [&](const auto& channel) { return channel->stream->ahead() == statement; });
    if (found == waiting_.end()) {
      found = std::ranges::find_if(waiting_,
                                   [](const auto& channel) { return !channel->stream->busy(); });
    }
    if (found != waiting_.end()) {
      auto channel = std::move(*found);
      waiting_.erase(found);
      return channel;
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto connection, OpenWorker(options_, snapshot_, stop));
  return CopyChannel::Make(std::move(connection), options_.row_bytes_max);
}

void WorkerPool::Return(std::unique_ptr<CopyChannel> channel) {
  std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(channel));
}

}  // namespace weir::postgres
