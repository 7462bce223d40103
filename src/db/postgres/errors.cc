#include "db/postgres/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

namespace weir::postgres {
namespace {

constexpr char kEncodeHint[] =
    "in a URI's password write %40 for @, %2F for /, %3F for ?, %23 for # and %25 for %";
constexpr char kAuthFailedHint[] = "check user and password (PGPASSWORD, ~/.pgpass or the URI)";
constexpr char kUnknownDatabaseHint[] = "`psql -l` lists the databases";
constexpr char kStatementTimeout[] = "postgres.statement_timeout";
constexpr char kStatementTimeoutHint[] = "raise --statement-timeout, or leave it out";

struct CodeRule {
  std::string_view sqlstate;  // a whole code, or a class of two characters
  std::string_view mark;      // the routine, or what must occur in an English message; may be empty
  const char* code;
  const char* hint;
  bool retryable;
};

// The first rule that fits decides.
constexpr CodeRule kRules[] = {
    {"42501", "check_enable_rls", "postgres.row_security",
     "the table has row-level security for this role, so rows would be missing silently; use a "
     "role with BYPASSRLS or the table's owner",
     false},
    {"42501", "denied for schema", "postgres.permission_denied",
     "the role lacks USAGE of the schema: GRANT USAGE ON SCHEMA, or use another role", false},
    {"42501", "", "postgres.permission_denied", "grant SELECT to the role, or use another role",
     false},
    {"42P01", "", "postgres.unknown_table", "", false},
    {"3F000", "", "postgres.unknown_table", "", false},
    {"42703", "", "postgres.unknown_column", "", false},
    {"42601", "multiple commands", "postgres.syntax", "give one statement only", false},
    {"42601", "", "postgres.syntax", "", false},
    {"25006", "", "postgres.read_only", "weir only reads: the query may not write", false},
    {"57014", "statement timeout", kStatementTimeout, kStatementTimeoutHint, false},
    {"57014", "", "postgres.canceled", "somebody cancelled the statement on the server", false},
    {"40001", "", "postgres.recovery_conflict",
     "a standby removed rows the copy still needed; raise max_standby_streaming_delay or set "
     "hot_standby_feedback",
     true},
    {"55P03", "", "postgres.lock_timeout",
     "another session holds, or waits for, a lock that excludes readers (ALTER TABLE, TRUNCATE, "
     "VACUUM FULL)",
     false},
    {"57P01", "", "postgres.terminated", "the server ended the connection", true},
    {"57P02", "", "postgres.terminated", "the server crashed or was stopped", true},
    {"57P03", "", "postgres.unreachable", "the server is starting up or shutting down", true},
    {"53300", "", "postgres.too_many_connections", "lower --jobs, or raise max_connections", true},
    {"53", "", "postgres.out_of_resources", "", false},
    {"28", "", "postgres.auth_failed", kAuthFailedHint, false},
    {"3D000", "", "postgres.unknown_database", kUnknownDatabaseHint, false},
    {"08", "", "postgres.connection_lost", "", true},
    {"22021", "", "postgres.encoding",
     "the database holds text that is not valid in its declared encoding", false},
    {"22P05", "", "postgres.encoding", "", false},
    {"XX001", "", "postgres.data_corrupted", "", false},
};

bool Fits(const CodeRule& rule, const ServerMessage& said) {
  return said.sqlstate.starts_with(rule.sqlstate) &&
         (rule.mark == said.routine || said.message.find(rule.mark) != std::string_view::npos);
}

// Without blank lines, and without the blanks and tabs that libpq's lines begin and end with.
std::string Tidy(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  std::string tidy;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    line = line.substr(0, line.find_last_not_of(kBlanks) + 1);
    if (line.empty()) continue;
    if (!tidy.empty()) tidy += '\n';
    tidy += line;
  }
  return tidy;
}

struct ServerRefusal {
  std::string sqlstate;  // empty: it was not the server that refused
  std::string text;
};

bool IsSqlstate(std::string_view text) {
  return text.size() == 5 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

// Of lines `...: FATAL:  28P01: words`, where any word may be translated, and of one that says
// where in the server that was. Of several hosts' the last one.
ServerRefusal FindRefusal(std::string_view message) {
  ServerRefusal refusal;
  while (!message.empty()) {
    const size_t end = std::min(message.find('\n'), message.size());
    const std::string_view line = message.substr(0, end);
    message.remove_prefix(std::min(end + 1, message.size()));
    if (line.starts_with("LOCATION:  ")) continue;
    if (!refusal.text.empty()) refusal.text += '\n';
    const size_t gap = line.find(":  ");
    const std::string_view behind = gap == std::string_view::npos ? "" : line.substr(gap + 3);
    if (IsSqlstate(behind.substr(0, 5)) && behind.substr(5).starts_with(": ")) {
      refusal.sqlstate = behind.substr(0, 5);
      refusal.text += line.substr(0, gap + 3);
      refusal.text += behind.substr(7);
    } else {
      refusal.text += line;
    }
  }
  return refusal;
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

Status ServerError(const ServerMessage& said) {
  ErrorInfo info{.code = "postgres.error", .sqlstate = std::string(said.sqlstate)};
  const auto* const rule = std::find_if(std::begin(kRules), std::end(kRules),
                                        [&](const CodeRule& rule) { return Fits(rule, said); });
  if (rule != std::end(kRules)) {
    info.code = rule->code;
    info.hint = rule->hint;
    info.retryable = rule->retryable;
  }
  if (!said.hint.empty()) info.hint = said.hint;
  std::string text = Tidy(said.message.empty() ? "unknown error" : said.message);
  if (!said.detail.empty()) text += fmt::format(" ({})", Tidy(said.detail));
  return Error(std::move(info), text);
}

Status ConnectionLost(std::string_view message) {
  return Error({.code = "postgres.connection_lost", .retryable = true}, Tidy(message));
}

Status StatementTimeout(const Status& canceled) {
  ErrorInfo info = GetErrorInfo(canceled);
  info.code = kStatementTimeout;
  info.hint = kStatementTimeoutHint;
  return Error(std::move(info), canceled.message());
}

Status ProtocolError(std::string_view what) {
  return Error("postgres.protocol", fmt::format("the server sent {}", what));
}

Status ConninfoError(std::string_view message, bool is_uri) {
  return Error("usage.source", Tidy(message),
               is_uri ? fmt::format("postgresql://user@host:5432/database; {}", kEncodeHint)
                      : "host=localhost user=joe dbname='my shop'; what has a space in it stands "
                        "between apostrophes");
}

Status WithPasswordHint(const Status& failure) {
  ErrorInfo info = GetErrorInfo(failure);
  info.hint = kEncodeHint;
  return Error(std::move(info), failure.message());
}

Status ConnectError(std::string_view message) {
  const ServerRefusal refusal = FindRefusal(message);
  // Older poolers call every refusal a violation of the protocol.
  if (!refusal.sqlstate.empty() && !refusal.sqlstate.starts_with("08")) {
    return ServerError({.sqlstate = refusal.sqlstate, .message = refusal.text});
  }
  message = refusal.text;
  ErrorInfo info;
  info.code = "postgres.unreachable";
  info.hint = "check host, port and that the server accepts connections";
  info.retryable = true;
  if (Contains(message, "password") || Contains(message, "authentication") ||
      Contains(message, "pg_hba.conf") ||
      (Contains(message, "role \"") && Contains(message, "does not exist"))) {
    info = {.code = "postgres.auth_failed", .hint = kAuthFailedHint};
  } else if (Contains(message, "database \"") && Contains(message, "does not exist")) {
    info = {.code = "postgres.unknown_database", .hint = kUnknownDatabaseHint};
  } else if (Contains(message, "server does not support SSL")) {
    info = {.code = "postgres.tls",
            .hint =
                "turn TLS on in the server, or ask for it where there is one only: "
                "sslmode=prefer"};
  } else if (Contains(message, "SSL error") || Contains(message, "server certificate") ||
             Contains(message, "certificate file") || Contains(message, "private key file")) {
    info = {.code = "postgres.tls",
            .hint = "check sslmode, sslrootcert, sslcert and sslkey, and the server's certificate"};
  } else if (Contains(message, "too many clients") || Contains(message, "remaining connection")) {
    info = {.code = "postgres.too_many_connections",
            .hint = "lower --jobs, or raise max_connections",
            .retryable = true};
  } else if (Contains(message, "definition of service")) {
    info = {.code = "usage.source", .hint = "name a service of pg_service.conf"};
  }
  return Error(std::move(info), Tidy(message));
}

}  // namespace weir::postgres
