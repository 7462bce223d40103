// A libpq connection that speaks weir's vocabulary. libpq-fe.h stays inside this room.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "db/postgres/transport.h"

struct ssl_st;  // OpenSSL's SSL

namespace weir::postgres {

// Rows of a small query, as text; nullopt is NULL.
using Row = std::vector<std::optional<std::string>>;

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultDeleter>;

// How long a server that does not answer is given to hear that a statement was cancelled.
inline constexpr std::chrono::seconds kCancelTime{1};

// Used by one thread at a time, except for Interrupt.
class Connection final : public Transport {
 public:
  // Connects with everything libpq offers (URI or keyword string, PG* variables, pgpass, service
  // files, TLS). Fails with postgres.unreachable, postgres.auth_failed,
  // postgres.unknown_database... `stop` ends the waiting, and only that.
  static Result<std::unique_ptr<Connection>> Open(const std::string& conninfo,
                                                  const std::stop_token& stop);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs statements; returns the rows of the last one.
  Result<std::vector<Row>> Query(const std::string& sql);
  // Runs one statement of our own, which finds its operators in pg_catalog only, whatever stands in
  // the search path before it.
  Result<std::vector<Row>> QueryCatalog(const std::string& sql);
  Status Execute(const std::string& sql) { return Query(sql).status(); }

  // Bytes to and from the server behind libpq's back, for messages that libpq would copy before we
  // see them: from the sending of a query until its ReadyForQuery came back nothing else may use
  // the connection.
  Status Send(std::string_view bytes) override;
  Result<size_t> Receive(char* to, size_t room) override;

  // Wakes a thread blocked on this connection and begins to cancel its statement on the server.
  // Thread-safe, and at once; afterwards only destruction is allowed, which waits until the server
  // was told or, when that does not answer, for kCancelTime after Interrupt.
  void Interrupt();

  // "host/dbname", without secrets.
  std::string Describe() const;

  // The failure that `result` (may be null) or the connection holds.
  Status Failure(const PGresult* result) const;

  PGconn* raw() { return connection_; }
  int server_version() const { return PQserverVersion(connection_); }

 private:
  struct Cancel;

  explicit Connection(PGconn* connection) : connection_(connection) {}
  Result<std::vector<Row>> RowsOf(const PGresult* result) const;
  Status WaitFor(short events) const;
  void WaitForMuch() const;

  PGconn* const connection_;
  std::shared_ptr<Cancel> cancel_;
  ssl_st* tls_ = nullptr;  // libpq's; null without TLS
  bool drained_ = true;    // the last Receive took all there was
};

}  // namespace weir::postgres
