// The floor of every export: the slices that weir would read, as COPY BINARY by N connections under
// one snapshot, received with libpq and thrown away.
//
//   copy_floor CONNECTION TABLE [CONNECTIONS, default 2]
#include <libpq-fe.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int64_t kSlicePages = 256;

struct Closer {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Closer>;
using Rows = std::unique_ptr<PGresult, Closer>;

[[noreturn]] void Fail(PGconn* connection) {
  std::fprintf(stderr, "copy_floor: %s", PQerrorMessage(connection));
  std::exit(1);
}

Rows Run(PGconn* connection, const std::string& sql) {
  Rows rows(PQexec(connection, sql.c_str()));
  const ExecStatusType status = PQresultStatus(rows.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_OUT) {
    Fail(connection);
  }
  return rows;
}

Connection Open(const char* target) {
  Connection connection(PQconnectdb(target));
  if (PQstatus(connection.get()) != CONNECTION_OK) Fail(connection.get());
  Run(connection.get(), "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  return connection;
}

void ReadSlice(PGconn* connection, const std::string& table, int64_t slice) {
  Run(connection, "COPY (SELECT * FROM " + table + " WHERE ctid >= '(" +
                      std::to_string(slice * kSlicePages) + ",0)' AND ctid < '(" +
                      std::to_string((slice + 1) * kSlicePages) +
                      ",0)') TO STDOUT (FORMAT binary)");
  char* row = nullptr;
  int size = 0;
  while ((size = PQgetCopyData(connection, &row, /*async=*/0)) > 0) PQfreemem(row);
  if (size == -2) Fail(connection);
  while (Rows rest{PQgetResult(connection)}) {
    if (PQresultStatus(rest.get()) != PGRES_COMMAND_OK) Fail(connection);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("copy_floor CONNECTION TABLE [CONNECTIONS]\n", stderr);
    return 2;
  }
  const std::string table = argv[2];
  const int count = argc > 3 ? std::atoi(argv[3]) : 2;
  Connection holder = Open(argv[1]);
  const std::string snapshot =
      PQgetvalue(Run(holder.get(), "SELECT pg_export_snapshot()").get(), 0, 0);
  const std::string size = "SELECT pg_relation_size('" + table + "') / 8192";
  const int64_t pages = std::atoll(PQgetvalue(Run(holder.get(), size).get(), 0, 0));
  std::atomic<int64_t> next = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < count; ++i) {
    readers.emplace_back([&] {
      Connection connection = Open(argv[1]);
      Run(connection.get(), "SET TRANSACTION SNAPSHOT '" + snapshot + "'");
      for (int64_t slice = next++; slice * kSlicePages < pages; slice = next++) {
        ReadSlice(connection.get(), table, slice);
      }
    });
  }
  return 0;
}
