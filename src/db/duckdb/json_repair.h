// DuckDB's to_json writes what RFC 8259 forbids: NaN and Infinity without quotes, and numbers that
// begin with a point.
#pragma once

#include <string>
#include <string_view>

namespace weir::duckdb {

// Whether one of them stands outside the strings of `json`.
bool NeedsJsonRepair(std::string_view json);

// The same text with "NaN", "Infinity" and "-Infinity" as strings, and a 0 before the point.
std::string RepairJson(std::string_view json);

}  // namespace weir::duckdb
