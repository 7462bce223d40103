// A DuckDB database file as a sink.
#pragma once

#include "core/registry.h"

namespace weir {

// Writes PATH.duckdb: a new database with the one table SinkSpec::table ("records" by default;
// name, schema.name, "Quoted".name). It is built under a temporary name and appears when it is
// complete; a file that exists is replaced as a whole. Memory does not depend on the number of
// rows; it grows with 2048 times the width of a row, which DuckDB keeps together. Errors:
// io.exists, duckdb.* (docs/sources/duckdb.md).
TableSinkKind DuckdbSink();

}  // namespace weir
