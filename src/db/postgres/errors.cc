#include "db/postgres/errors.h"

#include <algorithm>
#include <iterator>

namespace weir::postgres {
namespace {

struct CodeRule {
  std::string_view sqlstate;  // a whole code, or a class of two characters
  std::string_view message;   // must occur in the message; may be empty
  const char* code;
  const char* hint;
  bool retryable;
};

// The first rule that fits decides.
constexpr CodeRule kRules[] = {
    {"42501", "row-level security", "postgres.row_security",
     "the table has row-level security for this role, so rows would be missing silently; use a "
     "role with BYPASSRLS or the table's owner",
     false},
    {"42501", "", "postgres.permission_denied", "grant SELECT to the role, or use another role",
     false},
    {"42P01", "", "postgres.unknown_table", "", false},
    {"3F000", "", "postgres.unknown_table", "", false},
    {"42703", "", "postgres.unknown_column", "", false},
    {"42601", "", "postgres.syntax", "", false},
    {"25006", "", "postgres.read_only", "weir only reads: the query may not write", false},
    {"57014", "statement timeout", "postgres.statement_timeout",
     "raise --statement-timeout, or leave it out", false},
    {"57014", "conflict with recovery", "postgres.recovery_conflict", "", true},
    {"57014", "", "postgres.canceled", "somebody cancelled the statement on the server", false},
    {"40001", "", "postgres.recovery_conflict",
     "a standby removed rows the copy still needed; raise max_standby_streaming_delay or set "
     "hot_standby_feedback",
     true},
    {"55P03", "", "postgres.lock_timeout",
     "another session holds a lock that excludes readers (ALTER TABLE, TRUNCATE, VACUUM FULL)",
     true},
    {"57P01", "", "postgres.terminated", "the server ended the connection", true},
    {"57P02", "", "postgres.terminated", "the server crashed or was stopped", true},
    {"57P03", "", "postgres.unreachable", "the server is starting up or shutting down", true},
    {"53300", "", "postgres.too_many_connections", "lower --jobs, or raise max_connections", true},
    {"53", "", "postgres.out_of_resources", "", false},
    {"28", "", "postgres.auth_failed", "", false},
    {"3D000", "", "postgres.unknown_database", "", false},
    {"08", "", "postgres.connection_lost", "", true},
    {"22021", "", "postgres.encoding",
     "the database holds text that is not valid in its declared encoding", false},
    {"22P05", "", "postgres.encoding", "", false},
    {"XX001", "", "postgres.data_corrupted", "", false},
};

bool Fits(const CodeRule& rule, std::string_view sqlstate, std::string_view message) {
  return sqlstate.starts_with(rule.sqlstate) &&
         message.find(rule.message) != std::string_view::npos;
}

std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

Status ServerError(std::string_view sqlstate, std::string_view message, std::string_view hint) {
  ErrorInfo info;
  info.code = sqlstate.empty() ? "postgres.connection_lost" : "postgres.error";
  info.retryable = sqlstate.empty();
  info.sqlstate = sqlstate;
  if (!sqlstate.empty()) {
    auto rule = std::find_if(std::begin(kRules), std::end(kRules), [&](const CodeRule& candidate) {
      return Fits(candidate, sqlstate, message);
    });
    if (rule != std::end(kRules)) {
      info.code = rule->code;
      info.hint = rule->hint;
      info.retryable = rule->retryable;
    }
  }
  if (!hint.empty()) info.hint = hint;
  return Error(std::move(info), TrimRight(message));
}

Status ConnectError(std::string_view message) {
  message = TrimRight(message);
  ErrorInfo info;
  info.code = "postgres.unreachable";
  info.hint = "check host, port and that the server accepts connections";
  info.retryable = true;
  if (Contains(message, "password") || Contains(message, "authentication") ||
      Contains(message, "pg_hba.conf") ||
      (Contains(message, "role \"") && Contains(message, "does not exist"))) {
    info = {.code = "postgres.auth_failed",
            .hint = "check user and password (PGPASSWORD, ~/.pgpass or the URI)"};
  } else if (Contains(message, "database \"") && Contains(message, "does not exist")) {
    info = {.code = "postgres.unknown_database", .hint = "`psql -l` lists the databases"};
  } else if (Contains(message, "too many clients") || Contains(message, "remaining connection")) {
    info = {.code = "postgres.too_many_connections",
            .hint = "lower --jobs, or raise max_connections",
            .retryable = true};
  } else if (Contains(message, "invalid connection option") || Contains(message, "invalid URI") ||
             Contains(message, "percent-encoded") || Contains(message, "missing \"=\"") ||
             Contains(message, "definition of service")) {
    info = {.code = "usage.source", .hint = "postgresql://user@host:5432/database"};
  }
  return Error(std::move(info), message);
}

}  // namespace weir::postgres
