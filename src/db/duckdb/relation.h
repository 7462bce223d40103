// What is read: a table or view of the database, or the rows of a query.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "core/copy_spec.h"
#include "db/duckdb/connection.h"

namespace weir::duckdb {

struct Relation {
  std::string from;     // for FROM: "main"."records", or the query in parentheses with an alias
  std::string display;  // main.records, or query
  std::string name;     // records, or query
  // A base table, whose rows have numbers that a range can select.
  bool has_rowids = false;
  // The same statement on the same file gives the same rows.
  bool reproducible = false;
  std::vector<DescribedColumn> columns;
};

// `table` is a name as in SQL: name, schema.name, "Quoted".name. Case does not count, as in DuckDB.
// Fails with "duckdb.unknown_table", which names the nearest.
Result<Relation> FindTable(Connection* connection, const std::string& table);

// "usage.empty_value" when --query or --where holds nothing but spaces and comments.
Status CheckHoldsSql(const SourceSpec& spec);

// The columns of --query. Fails with "duckdb.syntax", "duckdb.unknown_name",
// "duckdb.invalid_query", or "duckdb.not_a_query" for a statement that cannot be read from.
Result<Relation> DescribeQuery(Connection* connection, const SourceSpec& spec);

// Fails as DescribeQuery does, naming --where.
Status CheckWhere(Connection* connection, const std::string& from, const std::string& where);

}  // namespace weir::duckdb
