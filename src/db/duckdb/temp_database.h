// A database file under a name of its own until it is published; removed if it never is.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "core/copy_spec.h"

namespace weir::duckdb {

// Beside its final place there is .NAME.weir-<pid>-<16 hexadecimal digits>.tmp, locked (flock) for
// as long as this object lives; the database and DuckDB's own files have longer names of the same
// beginning. What a dead process left behind under such names is removed by the next Create, and
// the replaced file's log, when it was set aside and the file not yet replaced, put back. Used by
// one thread.
class TempDatabase {
 public:
  // Fails with "io.exists" when there is something at `path` that is not to be replaced,
  // "duckdb.locked" when another process has it open.
  static Result<std::unique_ptr<TempDatabase>> Create(const std::string& path, IfExists if_exists);
  ~TempDatabase();
  TempDatabase(const TempDatabase&) = delete;
  TempDatabase& operator=(const TempDatabase&) = delete;

  // Where DuckDB is to create the database, and where it may spill.
  std::string database_path() const { return lock_path_ + std::string(kDatabaseSuffix); }
  std::string spill_path() const { return lock_path_ + ".spill"; }

  // What the file that is replaced keeps private, the new one does too. REQUIRES: it was created.
  Status Protect();
  // Makes the file durable and gives it its final name. REQUIRES: DuckDB has closed it.
  Status Publish();

  // Behind the name of the lock.
  static constexpr std::string_view kDatabaseSuffix = ".db";

 private:
  TempDatabase(std::string final_path, IfExists if_exists)
      : final_path_(std::move(final_path)), if_exists_(if_exists) {}

  Status Lock();
  Status Replace();
  Status Rename(unsigned flags);

  const std::string final_path_;
  const IfExists if_exists_;
  std::string lock_path_;
  int lock_fd_ = -1;
  bool is_kept_ = false;  // what is to be put back would go with it
};

}  // namespace weir::duckdb
