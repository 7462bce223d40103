// DuckDB's error messages as ours.
#pragma once

#include <string_view>

#include "base/status.h"

namespace weir::duckdb {

// The message of a failed statement or fetch. The code follows from DuckDB's own prefix ("Parser
// Error: ..."); a full disk becomes "io.no_space". Positions in the statement are left out: it is
// not the one the user wrote.
Status StatementError(std::string_view message);

// The message of a failed open of the database file at `path`.
Status OpenError(std::string_view path, std::string_view message);

}  // namespace weir::duckdb
