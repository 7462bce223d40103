#include "db/duckdb/relation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/suggest.h"
#include "db/duckdb/sql_text.h"

namespace weir::duckdb {
namespace {

constexpr std::string_view kDefaultSchema = "main";
constexpr char kQueryHint[] = "--query takes one SELECT, VALUES, TABLE or WITH ... SELECT";

struct CatalogEntry {
  std::string schema;
  std::string name;
  bool view = false;

  // As the user may write it.
  std::string Written() const { return schema == kDefaultSchema ? name : schema + "." + name; }
};

Result<std::vector<CatalogEntry>> ListTables(Connection* connection) {
  ARROW_ASSIGN_OR_RAISE(
      auto rows,
      connection->Query("SELECT schema_name, table_name, false AS is_view FROM duckdb_tables() "
                        "WHERE database_name = current_database() AND NOT internal UNION ALL "
                        "SELECT schema_name, view_name, true FROM duckdb_views() "
                        "WHERE database_name = current_database() AND NOT internal "
                        "ORDER BY 1, 2"));
  std::vector<CatalogEntry> entries;
  for (const TextRow& row : rows) {
    entries.push_back({row[0].value_or(""), row[1].value_or(""), row[2] == "true"});
  }
  return entries;
}

Status UnknownTable(const std::string& table, const std::vector<CatalogEntry>& entries) {
  constexpr size_t kShownMax = 10;
  std::vector<std::string> names;
  for (const CatalogEntry& entry : entries) names.push_back(entry.Written());
  std::string hint = "the database has no tables; files are read with `duckdb:` and --query";
  if (!names.empty()) hint = "tables: " + NearestFirst(table, names, kShownMax);
  return Error("duckdb.unknown_table",
               fmt::format("there is no table {}{}", InQuotes(table), DidYouMean(table, names)),
               hint);
}

const CatalogEntry* FindEntry(const std::vector<CatalogEntry>& entries, std::string_view schema,
                              std::string_view name) {
  for (const CatalogEntry& entry : entries) {
    if (EqualIgnoringCase(entry.schema, schema) && EqualIgnoringCase(entry.name, name)) {
      return &entry;
    }
  }
  return nullptr;
}

Status MarkRequiredColumns(Connection* connection, const CatalogEntry& table,
                           std::vector<DescribedColumn>* columns) {
  ARROW_ASSIGN_OR_RAISE(
      auto rows, connection->Query(fmt::format(
                     "SELECT column_name FROM duckdb_columns() WHERE NOT is_nullable AND "
                     "database_name = current_database() AND schema_name = {} AND table_name = {}",
                     QuoteLiteral(table.schema), QuoteLiteral(table.name))));
  for (const TextRow& row : rows) {
    for (DescribedColumn& column : *columns) {
      if (column.name == row[0]) column.nullable = false;
    }
  }
  return Status::OK();
}

// A column of that name hides the row numbers.
bool HidesRowid(const std::vector<DescribedColumn>& columns) {
  return std::any_of(columns.begin(), columns.end(), [](const DescribedColumn& column) {
    return EqualIgnoringCase(column.name, "rowid");
  });
}

}  // namespace

Result<Relation> FindTable(Connection* connection, const std::string& table) {
  ARROW_ASSIGN_OR_RAISE(auto entries, ListTables(connection));
  std::vector<std::string> parts = SplitName(table);
  const CatalogEntry* found = nullptr;
  if (parts.size() == 1) found = FindEntry(entries, kDefaultSchema, parts[0]);
  if (parts.size() == 2) found = FindEntry(entries, parts[0], parts[1]);
  // A name that holds a dot may have been given without quotes.
  if (found == nullptr) found = FindEntry(entries, kDefaultSchema, table);
  if (found == nullptr) return UnknownTable(table, entries);

  Relation relation;
  relation.from = QuoteIdentifier(found->schema) + "." + QuoteIdentifier(found->name);
  relation.display = found->schema + "." + found->name;
  relation.name = found->name;
  ARROW_ASSIGN_OR_RAISE(relation.columns,
                        connection->Describe(fmt::format("SELECT * FROM {}", relation.from)));
  if (!found->view) {
    ARROW_RETURN_NOT_OK(MarkRequiredColumns(connection, *found, &relation.columns));
  }
  relation.has_rowids = !found->view && !HidesRowid(relation.columns);
  relation.reproducible = !found->view;
  return relation;
}

Status CheckHoldsSql(const SourceSpec& spec) {
  if (!spec.query.empty() && !HoldsSql(spec.query)) {
    return Error("usage.empty_value", "the query holds nothing but spaces and comments",
                 kQueryHint);
  }
  if (!spec.where.empty() && !HoldsSql(spec.where)) {
    return Error("usage.empty_value", "--where holds nothing but spaces and comments",
                 "give a condition, or leave --where out");
  }
  return Status::OK();
}

Result<Relation> DescribeQuery(Connection* connection, const SourceSpec& spec) {
  const std::string query(WithoutTrailingSemicolon(spec.query));
  Relation relation;
  // On lines of its own, for errors; it may also end in a comment.
  relation.from = fmt::format("(\n{}\n) AS weir_query", query);
  relation.display = "query";
  relation.name = "query";
  const UserLines wrapped = LinesOf("(\n", query, spec.query_file);
  auto columns = connection->Describe(fmt::format("SELECT * FROM {}", relation.from), &wrapped);
  if (columns.ok()) {
    relation.columns = std::move(*columns);
    return relation;
  }
  if (IsErrorCode(columns.status(), "interrupted")) return columns.status();
  // By itself the statement fails for its own mistakes, or it is no query.
  ARROW_RETURN_NOT_OK(connection->Check(spec.query, LinesOf("", spec.query, spec.query_file)));
  if (!IsErrorCode(columns.status(), "duckdb.syntax")) return columns.status();
  return Error("duckdb.not_a_query", fmt::format("{} is no query", FirstWord(query)), kQueryHint);
}

Status CheckWhere(Connection* connection, const std::string& from, const std::string& where) {
  const std::string before = fmt::format("SELECT 1 FROM {} WHERE (\n", from);
  const Status checked = connection->Check(before + where + "\n)", LinesOf(before, where));
  return WithContext(checked, "--where");
}

}  // namespace weir::duckdb
