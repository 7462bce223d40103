// DuckDB database files, and DuckDB's SQL over local files, as a source.
#pragma once

#include "core/registry.h"

namespace weir {

// Handles PATH.duckdb and duckdb:PATH (--table or --query), and `duckdb:` alone: an empty in-memory
// database, for --query over Parquet, CSV and JSON files. libduckdb is opened on first use.
//
// The file is opened read-only and stays locked against writers, so all slices see the same rows.
// A table is read in slices of its row numbers; views, queries, --order-by and --limit are one
// slice. Errors: io.not_found, duckdb.* (docs/sources/duckdb.md), memory.value_too_large.
SourceKind DuckdbSource();

}  // namespace weir
