// What the server says about tables and types.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "db/postgres/connection.h"

namespace weir::postgres {

// A column as the server describes it, before weir decides how it travels.
struct RawColumn {
  std::string name;
  uint32_t type_oid = 0;
  int32_t typmod = -1;
};

struct TypeInfo {
  uint32_t oid = 0;
  char kind = 'b';        // pg_type.typtype: b base, c composite, d domain, e enum, r/m range
  uint32_t base_oid = 0;  // of a domain, else 0
  int32_t base_typmod = -1;
  uint32_t element_oid = 0;     // of a true array, else 0
  char delimiter = ',';         // between elements in an array's text
  std::string output_function;  // qualified and quoted
  bool has_json_cast = false;   // an extension's cast to json, which row_to_json uses
};
using TypeCatalog = std::map<uint32_t, TypeInfo>;

// One heap (or something that is only readable as a whole) that a table's rows lie in.
struct Leaf {
  std::string qualified_name;  // quoted
  int64_t pages = 0;           // 0 with ctid_ranges false
  bool ctid_ranges = true;     // a heap: page ranges are cheap
  bool only = true;            // read with ONLY
};

struct Relation {
  uint32_t oid = 0;
  std::string qualified_name;  // quoted
  std::string display_name;    // schema.name
  std::string name;
  char kind = 'r';       // pg_class.relkind
  bool may_lock = true;  // LOCK TABLE asks for rights on the whole table, not on columns
  std::vector<RawColumn> columns;
  std::vector<Leaf> leaves;  // in a fixed order; empty: read the relation as one stream
  int64_t rows_estimate = -1;
};

// Locks the table with ACCESS SHARE, its partitions with it: the first statement of the reading
// transaction, because a TRUNCATE or rewrite between snapshot and lock would make the snapshot see
// nothing.
Status LockTable(Connection* connection, const Relation& relation);
// What does it.
std::string LockStatement(const Relation& relation);

// Columns, pages, leaves and the row estimate; after the snapshot was taken.
// "postgres.schema_changed" when the table is no longer the one that was found.
Status ReadStorage(Connection* connection, Relation* relation);

// "postgres.schema_changed" when one of the relations that this transaction has locked was
// truncated, rewritten or made after its snapshot was taken, which shows nothing of it then. A
// query locks as it is planned, after the snapshot; so do views.
Status CheckLocked(Connection* connection);

// "postgres.row_security" when policies would hide rows: reading partitions directly would not
// notice them.
Status CheckRowSecurity(Connection* connection, const Relation& relation);

// The index of the column that `option` names; case counts only where names differ in nothing else.
// "postgres.unknown_column" names the nearest; "postgres.ambiguous_column" when several have the
// name, as a query's may.
Result<size_t> FindColumn(const std::vector<RawColumn>& columns, const std::string& name,
                          std::string_view option);

// Everything about the types of `columns`, the bases of domains and the elements of arrays.
Result<TypeCatalog> ReadTypes(Connection* connection, const std::vector<RawColumn>& columns);

// The server's names of the columns' types: numeric(18,4), timestamp with time zone.
Result<std::vector<std::string>> FormatTypes(Connection* connection,
                                             const std::vector<RawColumn>& columns);

}  // namespace weir::postgres
