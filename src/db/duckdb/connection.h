// A DuckDB database in this process and connections to it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "db/duckdb/duck_type.h"
#include "db/duckdb/errors.h"
#include "db/duckdb/library.h"

namespace weir::duckdb {

struct DatabaseSettings {
  bool read_only = true;  // a missing file is then an error, else it is created
  // DuckDB's own ceiling for blocks, results and operators; what it keeps outside (code, plans,
  // compression) comes on top. It caches as much of the file as fits.
  int64_t memory_bytes = 8 << 20;
  // Where sorts and joins larger than that spill; empty: nowhere, they fail.
  std::string spill_directory;
};

// One row of a small result: every value as text, NULL as nothing.
using TextRow = std::vector<std::optional<std::string>>;

struct DescribedColumn {
  std::string name;
  std::string type_name;  // as DESCRIBE prints it
  DuckType type;
  bool nullable = true;
};

class Connection;

// Thread-safe. Must outlive its connections.
class Database {
 public:
  // Opens the file at `path`, or an empty in-memory database. Statements run on the thread that
  // asks for rows: DuckDB starts no threads, so the order of rows and the bytes of sums do not
  // depend on timing. Fails with "duckdb.locked", "duckdb.not_a_database", "duckdb.version", ...
  static Result<std::unique_ptr<Database>> Open(const std::string& path,
                                                const DatabaseSettings& settings);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<std::unique_ptr<Connection>> Connect();

  const Library& library() const { return *library_; }

 private:
  explicit Database(const Library* library) : library_(library) {}

  const Library* const library_;
  duckdb_database handle_ = nullptr;
};

// Used by one thread at a time.
class Connection {
 public:
  Connection(const Library* library, duckdb_connection handle)
      : library_(library), handle_(handle) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Status Execute(const std::string& sql);
  // Runs a SELECT whose result is small.
  Result<std::vector<TextRow>> Query(const std::string& select);
  // Names and types of what `select` would return; nothing is run. `user` says which lines of it
  // errors may point at.
  Result<std::vector<DescribedColumn>> Describe(const std::string& select,
                                                const UserLines* user = nullptr);
  // Whether DuckDB understands one statement, which is not run.
  Status Check(const std::string& statement, const UserLines& user);

  const Library& library() const { return *library_; }
  duckdb_connection handle() const { return handle_; }

 private:
  const Library* const library_;
  duckdb_connection handle_;
};

}  // namespace weir::duckdb
