#include "db/postgres/catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/suggest.h"
#include "core/column_match.h"
#include "core/option_values.h"
#include "db/postgres/sql_text.h"

namespace weir::postgres {
namespace {

template <typename T>
T Number(const std::optional<std::string>& text) {
  T value{};
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

bool IsTrue(const std::optional<std::string>& text) {
  return text == "t";
}

Status ReadColumns(Connection* connection, Relation* relation) {
  ARROW_ASSIGN_OR_RAISE(
      auto rows, connection->QueryCatalog(fmt::format(
                     "SELECT attname, atttypid, atttypmod FROM pg_catalog.pg_attribute "
                     "WHERE attrelid = {} AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                     relation->oid)));
  for (const Row& row : rows) {
    relation->columns.push_back(
        {row[0].value_or(""), Number<uint32_t>(row[1]), Number<int32_t>(row[2])});
  }
  return Status::OK();
}

}  // namespace

// Materialised views and foreign tables cannot be named in LOCK TABLE, nor can tables of which the
// role may read some columns only; selecting no rows takes the same lock.
std::string LockStatement(const Relation& relation) {
  const bool can_lock = relation.kind == 'r' || relation.kind == 'p' || relation.kind == 'v';
  if (can_lock && relation.may_lock) {
    return fmt::format("LOCK TABLE {} IN ACCESS SHARE MODE", relation.qualified_name);
  }
  return fmt::format("SELECT FROM {} LIMIT 0", relation.qualified_name);
}

Status LockTable(Connection* connection, const Relation& relation) {
  return connection->Execute(LockStatement(relation));
}

Status CheckRowSecurity(Connection* connection, const Relation& relation) {
  ARROW_ASSIGN_OR_RAISE(
      auto rows, connection->QueryCatalog(fmt::format(
                     "SELECT pg_catalog.row_security_active({}::pg_catalog.oid)", relation.oid)));
  if (!IsTrue(rows[0][0])) return Status::OK();
  return Error(
      "postgres.row_security",
      fmt::format("table {} has row-level security in force for this role", relation.display_name),
      "rows would be missing silently; use a role with BYPASSRLS or the table's owner");
}

Status CheckLocked(Connection* connection) {
  ARROW_ASSIGN_OR_RAISE(
      auto rows,
      connection->QueryCatalog(
          "SELECT l.relation::pg_catalog.regclass FROM pg_catalog.pg_locks l "
          "LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation "
          "WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' "
          "AND l.database = (SELECT oid FROM pg_catalog.pg_database "
          "WHERE datname = pg_catalog.current_database()) "
          "AND (c.oid IS NULL OR c.relkind IN ('r','m','t') AND c.relfilenode <> 0 "
          "AND c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid)) LIMIT 1"));
  if (rows.empty()) return Status::OK();
  return Error("postgres.schema_changed",
               fmt::format("{} was rewritten or replaced after the copy began",
                           rows[0][0].value_or("a relation")),
               "run the copy again");
}

Status ReadStorage(Connection* connection, Relation* relation) {
  ARROW_RETURN_NOT_OK(ReadColumns(connection, relation));
  // The table itself and everything that inherits from it, a partitioned parent holding no rows.
  ARROW_ASSIGN_OR_RAISE(
      auto rows,
      connection->QueryCatalog(fmt::format(
          "WITH RECURSIVE tree(oid) AS (SELECT {}::pg_catalog.oid UNION "
          "SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid) "
          "SELECT n.nspname, c.relname, c.relkind, am.amname, "
          "pg_catalog.has_table_privilege(c.oid, 'SELECT') "
          "AND (c.oid = {} OR NOT pg_catalog.row_security_active(c.oid)), "
          "CASE WHEN c.relkind IN ('r','m') THEN pg_catalog.pg_relation_size(c.oid) / "
          "pg_catalog.current_setting('block_size')::pg_catalog.int8 ELSE 0 END, "
          "c.relpages, c.reltuples::pg_catalog.int8 "
          "FROM tree JOIN pg_catalog.pg_class c ON c.oid = tree.oid "
          "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
          "LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam "
          "ORDER BY c.oid <> {}, n.nspname, c.relname",
          relation->oid, relation->oid, relation->oid)));
  // The root comes first.
  if (rows.empty() ||
      QuoteIdentifier(rows[0][0].value_or("")) + "." + QuoteIdentifier(rows[0][1].value_or("")) !=
          relation->qualified_name) {
    return Error("postgres.schema_changed",
                 fmt::format("table {} was replaced while the copy began", relation->display_name),
                 "run the copy again");
  }
  bool readable = true, known = true;
  double estimate = 0;
  for (const Row& row : rows) {
    char kind = row[2].value_or("r")[0];
    if (kind == 'p') continue;
    Leaf leaf;
    leaf.qualified_name =
        QuoteIdentifier(row[0].value_or("")) + "." + QuoteIdentifier(row[1].value_or(""));
    leaf.ctid_ranges =
        (kind == 'r' || kind == 'm') && row[3] == "heap" && connection->server_version() >= 140000;
    leaf.only = kind == 'r';
    leaf.pages = leaf.ctid_ranges ? Number<int64_t>(row[5]) : 0;
    readable = readable && IsTrue(row[4]);
    auto pages_then = Number<int64_t>(row[6]);
    auto tuples_then = Number<int64_t>(row[7]);
    known = known && tuples_then >= 0 && (kind == 'r' || kind == 'm');
    if (pages_then > 0) {
      estimate += static_cast<double>(tuples_then) / static_cast<double>(pages_then) *
                  static_cast<double>(Number<int64_t>(row[5]));
    }
    relation->leaves.push_back(std::move(leaf));
  }
  if (known) relation->rows_estimate = static_cast<int64_t>(estimate);
  bool tables = relation->kind == 'r' || relation->kind == 'p' || relation->kind == 'm';
  // A role may have rights on the parent only, or on some columns, which those of the system are
  // not among; and policies of partitions do not count for those who read the parent. Then it is
  // read as one stream.
  if (!readable || !tables) relation->leaves.clear();
  return Status::OK();
}

Result<size_t> FindColumn(const std::vector<RawColumn>& columns, const std::string& name,
                          std::string_view option) {
  std::vector<std::string> names;
  for (const RawColumn& column : columns) names.push_back(column.name);
  const std::optional<size_t> found = MatchColumn(names, name);
  if (!found) {
    return Error("postgres.unknown_column",
                 fmt::format("{}: there is no column {}{}", option, InQuotes(ListEntry(name)),
                             DidYouMeanColumn(name, names)),
                 ColumnsHint(name, names));
  }
  if (std::count(names.begin(), names.end(), names[*found]) > 1) {
    return Error("postgres.ambiguous_column",
                 fmt::format("{}: several columns are named {}", option, InQuotes(ListEntry(name))),
                 "name them apart with AS in the query");
  }
  return *found;
}

Result<TypeCatalog> ReadTypes(Connection* connection, const std::vector<RawColumn>& columns) {
  TypeCatalog catalog;
  std::set<uint32_t> wanted;
  for (const RawColumn& column : columns) wanted.insert(column.type_oid);
  while (!wanted.empty()) {
    ARROW_ASSIGN_OR_RAISE(
        auto rows,
        connection->QueryCatalog(fmt::format(
            "SELECT t.oid, t.typtype, t.typbasetype, t.typtypmod, "
            "CASE WHEN t.typlen = -1 AND t.typcategory = 'A' THEN t.typelem ELSE 0 END, "
            "pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname), "
            "t.oid >= 16384 AND EXISTS (SELECT FROM pg_catalog.pg_cast k WHERE "
            "k.castsource = t.oid AND k.casttarget = 114 AND k.castmethod = 'f'), t.typdelim "
            "FROM pg_catalog.pg_type t JOIN pg_catalog.pg_proc p ON p.oid = t.typoutput "
            "JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE t.oid IN ({})",
            fmt::join(wanted, ","))));
    wanted.clear();
    for (const Row& row : rows) {
      TypeInfo type;
      type.oid = Number<uint32_t>(row[0]);
      type.kind = row[1].value_or("b")[0];
      type.base_oid = Number<uint32_t>(row[2]);
      type.base_typmod = Number<int32_t>(row[3]);
      type.element_oid = Number<uint32_t>(row[4]);
      type.output_function = row[5].value_or("");
      type.has_json_cast = IsTrue(row[6]);
      type.delimiter = row[7].value_or(",")[0];
      for (uint32_t next : {type.base_oid, type.element_oid}) {
        if (next != 0 && !catalog.contains(next)) wanted.insert(next);
      }
      catalog[type.oid] = std::move(type);
    }
    std::erase_if(wanted, [&](uint32_t oid) { return catalog.contains(oid); });
  }
  return catalog;
}

Result<std::vector<std::string>> FormatTypes(Connection* connection,
                                             const std::vector<RawColumn>& columns) {
  std::vector<std::string> names;
  if (columns.empty()) return names;
  std::vector<std::string> calls;
  for (const RawColumn& column : columns) {
    calls.push_back(fmt::format("({},pg_catalog.format_type({},{}))", calls.size(), column.type_oid,
                                column.typmod));
  }
  ARROW_ASSIGN_OR_RAISE(auto rows,
                        connection->Query(fmt::format("SELECT f FROM (VALUES {}) v(i,f) ORDER BY i",
                                                      fmt::join(calls, ","))));
  for (const Row& row : rows) names.push_back(row[0].value_or("unknown"));
  return names;
}

}  // namespace weir::postgres
