// The transactions of a copy: a coordinator that holds locks and the exported snapshot, and workers
// that import it. Every setting is SET LOCAL, so nothing leaks through a connection pool.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/status.h"
#include "db/postgres/connection.h"
#include "db/postgres/copy_channel.h"

namespace weir::postgres {

struct SessionOptions {
  std::string conninfo;
  int64_t statement_timeout_ms = 0;
  int64_t row_bytes_max = 0;  // of a CopyChannel
};

struct SnapshotInfo {
  std::string exported_id;    // empty behind a pooling proxy: there is nothing to import
  std::string txid_snapshot;  // what every worker must see too
  std::string server_started;
  std::string lsn;
  std::string server_version;
};

// BEGIN and the fixed settings; takes no snapshot yet, so that locks can come first.
Status BeginReadTransaction(Connection* connection, const SessionOptions& options);

// Whether a pooling proxy stands between: its backend key is not the server's process.
Result<bool> IsProxied(Connection* connection);

// Takes the transaction's snapshot; exports it unless `proxied`.
Result<SnapshotInfo> TakeSnapshot(Connection* connection, bool proxied);

// Connects a worker that sees exactly `snapshot`. "postgres.snapshot_lost" when the snapshot is
// gone or another server answered. `stop` ends the waiting.
Result<std::unique_ptr<Connection>> OpenWorker(const SessionOptions& options,
                                               const SnapshotInfo& snapshot,
                                               const std::stop_token& stop);

// Hands out workers' channels; they return here when their reader is done. Thread-safe.
class WorkerPool {
 public:
  WorkerPool(SessionOptions options, SnapshotInfo snapshot)
      : options_(std::move(options)), snapshot_(std::move(snapshot)) {}

  // Connects `count` workers and lets each lock the table, before one reads. Whoever waits for an
  // exclusive lock makes all who come after it wait, and waits itself for the coordinator:
  // "postgres.lock_timeout" when a worker does.
  Status Fill(int count, const std::string& lock_statement, const std::stop_token& stop);
  // A channel for this statement: the one that it was sent ahead to, or one that is not busy.
  Result<std::unique_ptr<CopyChannel>> Take(const std::string& statement,
                                            const std::stop_token& stop);
  void Return(std::unique_ptr<CopyChannel> channel);

 private:
  Status OpenLocked(const std::string& lock_statement, const std::stop_token& stop);

  const SessionOptions options_;
  const SnapshotInfo snapshot_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CopyChannel>> waiting_;
};

}  // namespace weir::postgres
