// From what --table says to a relation, or to an explanation of why there is none.
#pragma once

#include <string>

#include "base/status.h"
#include "db/postgres/catalog.h"
#include "db/postgres/connection.h"

namespace weir::postgres {

// Finds a table as the user wrote it (name, schema.name, "Quoted"."Name"); columns and leaves are
// not filled in. To be called before the reading transaction begins. Fails with
// "postgres.unknown_table", which names the nearest tables that the role may read,
// "postgres.not_a_table" for an index or a sequence, and "postgres.permission_denied" for a schema
// that the role may not use.
Result<Relation> FindTable(Connection* connection, const std::string& table);

}  // namespace weir::postgres
