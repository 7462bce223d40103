// A PostgreSQL server of the test's own: a temporary cluster on a unix socket and a port of
// 127.0.0.1, gone with the object.
#pragma once

#include <string>

#include "base/status.h"

namespace weir::testing {

// Fails, never skips, when PostgreSQL is not installed. As root the server runs as the user
// "postgres", because it refuses to run as root. Not thread-safe.
class PrivatePostgres {
 public:
  // The server of this process, started on first use and stopped at exit.
  static PrivatePostgres& Shared();

  PrivatePostgres();
  ~PrivatePostgres();

  // A libpq keyword string for the superuser's database "postgres".
  std::string conninfo() const;
  // The same over TCP.
  std::string tcp_conninfo() const;
  // Runs SQL with psql; aborts the test program with psql's message on failure.
  std::string Run(const std::string& sql) const;

 private:
  std::string bin_;
  int port_;
  std::string directory_;
};

}  // namespace weir::testing
