#include "db/postgres/find_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/suggest.h"
#include "db/postgres/sql_text.h"

namespace weir::postgres {
namespace {

// Tables, views and everything else that rows can be selected from.
constexpr char kSelectable[] = "c.relkind IN ('r','p','v','m','f')";
// How many names an error compares, and how many its hint tells.
constexpr int kComparedMax = 5000;
constexpr int kToldMax = 10;

// What rows cannot be selected from (pg_class.relkind).
std::string_view KindName(char kind) {
  switch (kind) {
    case 'S':
      return "a sequence";
    case 'i':
    case 'I':
      return "an index";
    case 'c':
      return "a composite type";
    case 't':
      return "a TOAST table";
    default:
      return "something else";
  }
}

// The last part of a name, without its quotes.
std::string LastPart(std::string_view table) {
  std::string_view part = table.substr(table.rfind('.') + 1);
  if (part.starts_with('"')) part.remove_prefix(1);
  if (part.ends_with('"')) part.remove_suffix(1);
  return std::string(part);
}

struct Readable {
  std::vector<std::string> written;  // as --table takes them
  std::vector<std::string> names;    // without schemas and quotes
};

Result<Readable> ReadableTables(Connection* connection) {
  ARROW_ASSIGN_OR_RAISE(
      auto rows,
      connection->Query(fmt::format(
          "SELECT CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN '' "
          "ELSE pg_catalog.quote_ident(n.nspname) || '.' END || pg_catalog.quote_ident(c.relname), "
          "c.relname FROM pg_catalog.pg_class c "
          "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {} "
          "AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') "
          "AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') "
          "AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT') ORDER BY 1 LIMIT {}",
          kSelectable, kComparedMax)));
  Readable readable;
  for (const Row& row : rows) {
    readable.written.push_back(row[0].value_or(""));
    readable.names.push_back(row[1].value_or(""));
  }
  return readable;
}

// A table of that name in another schema is nearest, then what is spelled alike.
std::string Nearest(const std::string& table, const Readable& readable) {
  const std::string wanted = LastPart(table);
  std::vector<std::string> same;
  for (size_t i = 0; i < readable.names.size(); ++i) {
    if (LowerAscii(readable.names[i]) == LowerAscii(wanted)) same.push_back(readable.written[i]);
  }
  if (!same.empty()) return fmt::format(" (did you mean {}?)", InQuotes(same.front()));
  std::string nearest = DidYouMean(table, readable.written);
  if (!nearest.empty()) return nearest;
  const std::vector<std::string> alike = NearestNames(wanted, readable.names, 1);
  if (alike.empty()) return "";
  const auto at = std::find(readable.names.begin(), readable.names.end(), alike[0]);
  return fmt::format(" (did you mean {}?)",
                     InQuotes(readable.written[at - readable.names.begin()]));
}

Status UnknownTable(Connection* connection, const std::string& table) {
  ARROW_ASSIGN_OR_RAISE(const Readable readable, ReadableTables(connection));
  return Error("postgres.unknown_table",
               fmt::format("there is no table {}{}", InQuotes(table), Nearest(table, readable)),
               readable.written.empty()
                   ? "the database has no tables that this role may read"
                   : "tables: " + NearestFirst(table, readable.written, kToldMax));
}

Status NotATable(Connection* connection, const std::string& table, const std::string& oid) {
  ARROW_ASSIGN_OR_RAISE(
      auto rows,
      connection->QueryCatalog("SELECT relkind FROM pg_catalog.pg_class WHERE oid = " + oid));
  if (rows.empty()) return UnknownTable(connection, table);
  const char kind = rows[0][0].value_or(" ")[0];
  return Error("postgres.not_a_table",
               fmt::format("{} is {}, not a table", InQuotes(table), KindName(kind)),
               kind == 'S' ? fmt::format("--query 'SELECT * FROM {}' reads its state", table)
                           : "name a table, a view, a materialized view or a foreign table");
}

Status SchemaDenied(Connection* connection, const Status& denied) {
  constexpr std::string_view kBeforeName = "for schema ";
  const std::string& message = denied.message();
  const size_t at = message.find(kBeforeName);
  ErrorInfo info = GetErrorInfo(denied);
  if (at != std::string::npos) {
    info.hint = fmt::format("GRANT USAGE ON SCHEMA {} TO {}, or use another role",
                            QuoteIfNeeded(message.substr(at + kBeforeName.size())),
                            QuoteIfNeeded(PQuser(connection->raw())));
  }
  return Error(std::move(info), message);
}

// to_regclass parses names as SQL does; a name that only fits with its case kept is tried as well,
// as a table's and as a schema's and a table's.
Result<std::optional<std::string>> Resolve(Connection* connection, const std::string& table) {
  std::vector<std::string> spellings = {table, QuoteIdentifier(table)};
  if (const size_t dot = table.find('.'); dot != std::string::npos) {
    spellings.push_back(QuoteIdentifier(table.substr(0, dot)) + "." +
                        QuoteIdentifier(table.substr(dot + 1)));
  }
  Status denied;
  for (const std::string& spelling : spellings) {
    auto rows = connection->Query(
        fmt::format("SELECT pg_catalog.to_regclass({})::pg_catalog.oid", QuoteLiteral(spelling)));
    if (rows.ok() && (*rows)[0][0]) return (*rows)[0][0];
    // A name that is no SQL name is only an unknown table.
    if (IsErrorCode(rows.status(), "postgres.connection_lost")) return rows.status();
    if (IsErrorCode(rows.status(), "postgres.permission_denied")) denied = rows.status();
  }
  if (!denied.ok()) return SchemaDenied(connection, denied);
  return std::optional<std::string>();
}

}  // namespace

Result<Relation> FindTable(Connection* connection, const std::string& table) {
  ARROW_ASSIGN_OR_RAISE(auto oid, Resolve(connection, table));
  if (!oid) return UnknownTable(connection, table);
  ARROW_ASSIGN_OR_RAISE(auto rows, connection->QueryCatalog(fmt::format(
                                       "SELECT n.nspname, c.relname, c.relkind, "
                                       "pg_catalog.has_table_privilege(c.oid, 'SELECT') "
                                       "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
                                       "ON n.oid = c.relnamespace WHERE c.oid = {} AND {}",
                                       *oid, kSelectable)));
  if (rows.empty()) return NotATable(connection, table, *oid);
  Relation relation;
  const std::string& digits = *oid;
  std::from_chars(digits.data(), digits.data() + digits.size(), relation.oid);
  relation.name = rows[0][1].value_or("");
  relation.display_name = rows[0][0].value_or("") + "." + relation.name;
  relation.qualified_name =
      QuoteIdentifier(rows[0][0].value_or("")) + "." + QuoteIdentifier(relation.name);
  relation.kind = rows[0][2].value_or("r")[0];
  relation.may_lock = rows[0][3] == "t";
  return relation;
}

}  // namespace weir::postgres
