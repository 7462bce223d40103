// What is read: a table or view of the database, or the rows of a query.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
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

// Fails with "duckdb.syntax", "duckdb.unknown_name" or "duckdb.invalid_query".
Result<Relation> DescribeQuery(Connection* connection, const std::string& query);

}  // namespace weir::duckdb
