#include "db/postgres/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "db/postgres/errors.h"

namespace weir::postgres {
namespace {

PGconn* Connect(const std::string& conninfo) {
  // What stands before dbname is a default that the URI overrides.
  const char* timeout = std::getenv("PGCONNECT_TIMEOUT");
  // What stands behind it is not for the URI to say: SQL and names go to the server as UTF-8.
  const char* keys[] = {"connect_timeout", "dbname", "fallback_application_name", "client_encoding",
                        nullptr};
  const char* values[] = {timeout ? timeout : "10", conninfo.c_str(), "weir", "UTF8", nullptr};
  return PQconnectdbParams(keys, values, /*expand_dbname=*/1);
}

// A connection attempt on a thread of its own: libpq resolves names and tries one address after the
// other without a way to wake it. An attempt nobody waits for any more ends by itself.
struct Attempt {
  std::mutex mutex;
  std::condition_variable_any done;
  bool is_done = false, is_abandoned = false;
  PGconn* connection = nullptr;
};

Result<PGconn*> ConnectOrStop(const std::string& conninfo, const std::stop_token& stop) {
  auto attempt = std::make_shared<Attempt>();
  std::thread([attempt, conninfo] {
    PGconn* connection = Connect(conninfo);
    std::lock_guard lock(attempt->mutex);
    if (attempt->is_abandoned) return PQfinish(connection);
    attempt->connection = connection;
    attempt->is_done = true;
    attempt->done.notify_one();
  }).detach();
  std::unique_lock lock(attempt->mutex);
  if (attempt->done.wait(lock, stop, [&] { return attempt->is_done; })) return attempt->connection;
  attempt->is_abandoned = true;
  return Interrupted();
}

// Notices are for people at a psql prompt; a copy has nobody to read them.
void IgnoreNotice(void*, const PGresult*) {}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const std::string& conninfo,
                                                     const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(PGconn * raw, ConnectOrStop(conninfo, stop));
  if (raw == nullptr) return Status::OutOfMemory("libpq could not allocate a connection");
  std::unique_ptr<Connection> connection(new Connection(raw));
  if (PQstatus(raw) != CONNECTION_OK) return ConnectError(PQerrorMessage(raw));
  PQsetNoticeReceiver(raw, IgnoreNotice, nullptr);
  connection->cancel_ = PQgetCancel(raw);
  return connection;
}

Connection::~Connection() {
  PQfreeCancel(cancel_);
  PQfinish(connection_);
}

Status Connection::Failure(const PGresult* result) const {
  const char* sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  if (sqlstate == nullptr) return ServerError("", PQerrorMessage(connection_), "");
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
  const char* hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
  std::string text = message ? message : "unknown error";
  if (detail != nullptr) text += fmt::format(" ({})", detail);
  return ServerError(sqlstate, text, hint ? hint : "");
}

Result<std::vector<Row>> Connection::Query(const std::string& sql) {
  ResultPtr result(PQexec(connection_, sql.c_str()));
  ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return Failure(result.get());
  std::vector<Row> rows(PQntuples(result.get()));
  for (int r = 0; r < static_cast<int>(rows.size()); ++r) {
    for (int c = 0; c < PQnfields(result.get()); ++c) {
      if (PQgetisnull(result.get(), r, c))
        rows[r].emplace_back();
      else
        rows[r].emplace_back(PQgetvalue(result.get(), r, c));
    }
  }
  return rows;
}

Status Connection::StartCopy(const std::string& sql) {
  ResultPtr result(PQexec(connection_, sql.c_str()));
  if (PQresultStatus(result.get()) == PGRES_COPY_OUT) return Status::OK();
  return Failure(result.get());
}

void Connection::Interrupt() {
  // The reader first: cancelling opens a connection of its own and may take a while.
  shutdown(PQsocket(connection_), SHUT_RD);
  char error[256];
  if (cancel_ != nullptr) PQcancel(cancel_, error, sizeof error);
}

std::string Connection::Describe() const {
  const char* host = PQhost(connection_);
  const char* port = PQport(connection_);
  return fmt::format("postgresql://{}:{}/{}", host ? host : "", port ? port : "",
                     PQdb(connection_));
}

}  // namespace weir::postgres
