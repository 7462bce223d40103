#include "db/postgres/connection.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "db/postgres/errors.h"

namespace weir::postgres {
namespace {

struct FinishConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using RawConnection = std::unique_ptr<PGconn, FinishConnection>;

// `gss_mode`: of gssencmode, null for what the URI or libpq says.
RawConnection ConnectOnce(const std::string& conninfo, const char* gss_mode) {
  // What stands before dbname is a default that the URI overrides.
  const char* timeout = std::getenv("PGCONNECT_TIMEOUT");
  // What stands behind it is not for the URI to say: SQL and names go to the server as UTF-8.
  const char* keys[] = {"connect_timeout", "dbname",     "fallback_application_name",
                        "client_encoding", "gssencmode", nullptr};
  const char* values[] = {
      timeout ? timeout : "10", conninfo.c_str(), "weir", "UTF8", gss_mode, nullptr};
  return RawConnection(PQconnectdbParams(keys, values, /*expand_dbname=*/1));
}

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

// Empty where there is none.
std::string_view ValueOf(const Options& options, std::string_view keyword) {
  for (const auto* option = options.get(); option && option->keyword; ++option) {
    if (option->keyword == keyword) return option->val != nullptr ? option->val : "";
  }
  return "";
}

Result<Options> ParseConninfo(const std::string& conninfo) {
  char* message = nullptr;
  Options options(PQconninfoParse(conninfo.c_str(), &message));
  if (options != nullptr) return options;
  const std::unique_ptr<char, decltype(&PQfreemem)> owned(message, &PQfreemem);
  if (message == nullptr) return Status::OutOfMemory("libpq could not read a connection string");
  return ConninfoError(message, conninfo.find("://") != std::string::npos);
}

// A user name or a password that is not percent-encoded ends where it has a @ or a /.
bool HoldsPieceOfPassword(const Options& options) {
  return ValueOf(options, "host").find('@') != std::string_view::npos ||
         ValueOf(options, "dbname").find('@') != std::string_view::npos;
}

// Encrypted by GSSAPI only because that was possible, not because somebody asked for it.
bool HasPreferredGss(PGconn* connection) {
  if (connection == nullptr || !PQgssEncInUse(connection)) return false;
  return ValueOf(Options(PQconninfo(connection)), "gssencmode") == "prefer";
}

// The server refused, in words that may be of any language: what libpq writes itself has no two
// blanks behind a colon.
bool IsRefusedInUnknownWords(PGconn* connection) {
  if (connection == nullptr || PQstatus(connection) == CONNECTION_OK) return false;
  const std::string_view message = PQerrorMessage(connection);
  return message.find(":  ") != std::string_view::npos &&
         IsErrorCode(ConnectError(message), "postgres.unreachable");
}

RawConnection Connect(const std::string& conninfo) {
  RawConnection connection = ConnectOnce(conninfo, nullptr);
  if (IsRefusedInUnknownWords(connection.get())) {
    PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);  // says the code, too
    PQreset(connection.get());
  }
  // libpq prefers GSSAPI to TLS as soon as there is a Kerberos ticket.
  return HasPreferredGss(connection.get()) ? ConnectOnce(conninfo, "disable")
                                           : std::move(connection);
}

// A connection attempt on a thread of its own: libpq resolves names and tries one address after the
// other without a way to wake it. An attempt nobody waits for any more ends by itself.
struct Attempt {
  std::mutex mutex;
  std::condition_variable_any done;
  bool is_done = false;
  RawConnection connection;
};

Result<RawConnection> ConnectOrStop(const std::string& conninfo, const std::stop_token& stop) {
  auto attempt = std::make_shared<Attempt>();
  std::thread([attempt, conninfo] {
    RawConnection connection = Connect(conninfo);
    std::lock_guard lock(attempt->mutex);
    attempt->connection = std::move(connection);
    attempt->is_done = true;
    attempt->done.notify_one();
  }).detach();
  std::unique_lock lock(attempt->mutex);
  if (!attempt->done.wait(lock, stop, [&] { return attempt->is_done; })) return Interrupted();
  return std::move(attempt->connection);
}

// What one attempt to move bytes came to.
struct Moved {
  ssize_t bytes = 0;   // 0: the server closed the connection; < 0: errno says why not
  short wait_for = 0;  // POLLIN or POLLOUT: nothing moved yet
};

Moved MovedPlainly(ssize_t bytes, short direction) {
  const bool wait = bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return {bytes, wait ? direction : short{0}};
}

// `bytes` is what SSL_read or SSL_write returned.
Moved MovedByTls(SSL* tls, int bytes) {
  if (bytes > 0) return {bytes, 0};
  const int os_error = errno;
  switch (SSL_get_error(tls, bytes)) {
    case SSL_ERROR_WANT_READ:
      return {-1, POLLIN};
    case SSL_ERROR_WANT_WRITE:
      return {-1, POLLOUT};
    case SSL_ERROR_ZERO_RETURN:
      return {0, 0};
    default:
      errno = os_error;
      return {os_error == 0 ? 0 : -1, 0};
  }
}

Status BrokenConnection(ssize_t moved) {
  const int os_error = errno;
  if (const auto tls_error = ERR_peek_last_error(); tls_error != 0) {
    const char* reason = ERR_reason_error_string(tls_error);
    return ConnectionLost(fmt::format("the connection to the server broke: TLS: {}",
                                      reason ? reason : "unknown error"));
  }
  if (moved == 0) return ConnectionLost("server closed the connection unexpectedly");
  return ConnectionLost(fmt::format("the connection to the server broke: {}", strerror(os_error)));
}

// Notices are for people at a psql prompt; a copy has nobody to read them.
void IgnoreNotice(void*, const PGresult*) {}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const std::string& conninfo,
                                                     const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const Options options, ParseConninfo(conninfo));
  ARROW_ASSIGN_OR_RAISE(RawConnection attempted, ConnectOrStop(conninfo, stop));
  PGconn* const raw = attempted.get();
  if (raw == nullptr) return Status::OutOfMemory("libpq could not allocate a connection");
  std::unique_ptr<Connection> connection(new Connection(raw));
  (void)attempted.release();  // the connection's from here on
  if (PQstatus(raw) != CONNECTION_OK) {
    const Status failure = ConnectError(PQerrorMessage(raw));
    return HoldsPieceOfPassword(options) ? WithPasswordHint(failure) : failure;
  }
  if (PQgssEncInUse(raw)) {
    return Error("postgres.gss_encryption",
                 "connected with GSSAPI encryption, which weir cannot read through",
                 "leave gssencmode=require away; sslmode=require encrypts by TLS");
  }
  connection->tls_ = static_cast<SSL*>(PQgetssl(raw));
  if (PQsslInUse(raw) && connection->tls_ == nullptr) {
    return Error("postgres.tls_library", "this libpq does not speak TLS through OpenSSL",
                 "install a libpq that is built with OpenSSL, or connect with sslmode=disable");
  }
  PQsetNoticeReceiver(raw, IgnoreNotice, nullptr);
  connection->cancel_ = std::make_shared<Cancel>(PQgetCancel(raw));
  return connection;
}

// A request to cancel, on a thread of its own: libpq connects anew for it, and waits for as long as
// the server does not answer.
struct Connection::Cancel {
  explicit Cancel(PGcancel* libpq) : request(libpq, &PQfreeCancel) {}

  const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> request;
  std::mutex mutex;
  std::condition_variable done;
  std::optional<std::chrono::steady_clock::time_point> deadline;  // once it was begun
  bool is_done = false;
};

Connection::~Connection() {
  if (cancel_ != nullptr) {
    std::unique_lock lock(cancel_->mutex);
    if (cancel_->deadline) {
      cancel_->done.wait_until(lock, *cancel_->deadline, [&] { return cancel_->is_done; });
    }
  }
  PQfinish(connection_);
}

Status Connection::Failure(const PGresult* result) const {
  const auto field = [result](int code) -> std::string_view {
    const char* text = PQresultErrorField(result, code);
    return text ? text : "";
  };
  if (field(PG_DIAG_SQLSTATE).empty()) return ConnectionLost(PQerrorMessage(connection_));
  return ServerError({.sqlstate = field(PG_DIAG_SQLSTATE),
                      .message = field(PG_DIAG_MESSAGE_PRIMARY),
                      .detail = field(PG_DIAG_MESSAGE_DETAIL),
                      .hint = field(PG_DIAG_MESSAGE_HINT),
                      .routine = field(PG_DIAG_SOURCE_FUNCTION)});
}

Result<std::vector<Row>> Connection::Query(const std::string& sql) {
  return RowsOf(ResultPtr(PQexec(connection_, sql.c_str())).get());
}

Result<std::vector<Row>> Connection::QueryCatalog(const std::string& sql) {
  // In one message, and so in one transaction: a failure puts the path back, too.
  const std::string batch = fmt::format(
      "SELECT pg_catalog.set_config('weir.search_path', "
      "pg_catalog.current_setting('search_path'), true); "
      "SET LOCAL search_path = pg_catalog; {}; SELECT pg_catalog.set_config('search_path', "
      "pg_catalog.current_setting('weir.search_path'), true)",
      sql);
  constexpr int kOwn = 2;  // statements before it
  if (PQsendQuery(connection_, batch.c_str()) == 0) return Failure(nullptr);
  Result<std::vector<Row>> rows = std::vector<Row>();
  for (int i = 0; auto* raw = PQgetResult(connection_); ++i) {
    const ResultPtr result(raw);
    auto read = RowsOf(raw);
    if (i == kOwn || (!read.ok() && rows.ok())) rows = std::move(read);
  }
  return rows;
}

Result<std::vector<Row>> Connection::RowsOf(const PGresult* result) const {
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return Failure(result);
  std::vector<Row> rows(PQntuples(result));
  for (int r = 0; r < static_cast<int>(rows.size()); ++r) {
    for (int c = 0; c < PQnfields(result); ++c) {
      if (PQgetisnull(result, r, c))
        rows[r].emplace_back();
      else
        rows[r].emplace_back(PQgetvalue(result, r, c));
    }
  }
  return rows;
}

Status Connection::WaitFor(short events) const {
  pollfd poll_fd{PQsocket(connection_), events, 0};
  while (poll(&poll_fd, 1, -1) < 0) {
    if (errno != EINTR) return ErrnoError(errno, "waiting for PostgreSQL");
  }
  return Status::OK();
}

// A server sends 8 KiB at a time; to wake up for each costs more than to receive it. So this waits
// until much is there, or a moment. Where SO_RCVLOWAT does nothing, it returns at the first byte.
void Connection::WaitForMuch() const {
  constexpr int kMuch = 128 << 10, kAnything = 1;
  constexpr timespec kMoment{0, 2'000'000};
  const int fd = PQsocket(connection_);
  pollfd poll_fd{fd, POLLIN, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &kMuch, sizeof kMuch);
  ppoll(&poll_fd, 1, &kMoment, nullptr);
  setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &kAnything, sizeof kAnything);
}

Status Connection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    errno = 0;
    ERR_clear_error();
    const int size = static_cast<int>(std::min<size_t>(bytes.size(), INT_MAX));
    const Moved sent =
        tls_ ? MovedByTls(tls_, SSL_write(tls_, bytes.data(), size))
             : MovedPlainly(send(PQsocket(connection_), bytes.data(), size, MSG_NOSIGNAL), POLLOUT);
    if (sent.wait_for != 0) {
      ARROW_RETURN_NOT_OK(WaitFor(sent.wait_for));
    } else if (sent.bytes <= 0) {
      return BrokenConnection(sent.bytes);
    } else {
      bytes.remove_prefix(static_cast<size_t>(sent.bytes));
    }
  }
  return Status::OK();
}

Result<size_t> Connection::Receive(char* to, size_t room) {
  const int size = static_cast<int>(std::min<size_t>(room, INT_MAX));
  bool waited = false;
  while (true) {
    if (drained_ && !waited) {
      WaitForMuch();
      waited = true;
    }
    errno = 0;
    ERR_clear_error();
    const Moved received = tls_ ? MovedByTls(tls_, SSL_read(tls_, to, size))
                                : MovedPlainly(recv(PQsocket(connection_), to, size, 0), POLLIN);
    // TLS gives one record, however much there is.
    drained_ = received.wait_for == POLLIN || (tls_ == nullptr && received.bytes < size);
    if (received.wait_for == 0) {
      if (received.bytes <= 0) return BrokenConnection(received.bytes);
      return static_cast<size_t>(received.bytes);
    }
    if (waited || received.wait_for != POLLIN) {
      ARROW_RETURN_NOT_OK(WaitFor(received.wait_for));
    }
  }
}

void Connection::Interrupt() {
  shutdown(PQsocket(connection_), SHUT_RD);
  if (cancel_ == nullptr || cancel_->request == nullptr) return;
  {
    std::lock_guard lock(cancel_->mutex);
    if (cancel_->deadline) return;
    cancel_->deadline = std::chrono::steady_clock::now() + kCancelTime;
  }
  try {
    std::thread([cancel = cancel_] {
      char error[256];
      PQcancel(cancel->request.get(), error, sizeof error);
      std::lock_guard lock(cancel->mutex);
      cancel->is_done = true;
      cancel->done.notify_all();
    }).detach();
  } catch (const std::system_error&) {
    std::lock_guard lock(cancel_->mutex);
    cancel_->deadline.reset();  // no thread is left for it; the server notices the closed socket
  }
}

std::string Connection::Describe() const {
  const char* host = PQhost(connection_);
  const char* port = PQport(connection_);
  return fmt::format("postgresql://{}:{}/{}", host ? host : "", port ? port : "",
                     PQdb(connection_));
}

}  // namespace weir::postgres
