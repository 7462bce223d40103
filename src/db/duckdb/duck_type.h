// A DuckDB type as a value: what the C API hands out in handles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "db/duckdb/library.h"

namespace weir::duckdb {

// Types of DuckDB 1.5 that the header of 1.4 does not list.
inline constexpr int kGeometryTypeId = 40;
inline constexpr int kVariantTypeId = 41;

struct DuckType {
  int id = DUCKDB_TYPE_INVALID;  // a duckdb_type, or a number our header does not know yet
  std::string alias;             // JSON, or the name of a user's type; may be empty
  int width = 0;                 // DECIMAL
  int scale = 0;
  // LIST and ARRAY: the element; MAP: key and value; STRUCT and UNION: the members, by name.
  std::vector<DuckType> children;
  std::vector<std::string> child_names;  // STRUCT and UNION; empty names in an unnamed struct

  bool is_json() const { return id == DUCKDB_TYPE_VARCHAR && alias == "JSON"; }
  bool is_nested() const;  // LIST, ARRAY, STRUCT, MAP
};

DuckType MakeDuckType(int id);

// Describes `handle`, which stays the caller's.
DuckType DescribeType(const Library& library, duckdb_logical_type handle);

// The type in SQL, for a cast; VARCHAR for types that have no name here. REQUIRES: no unnamed
// struct at any depth.
std::string SqlName(const DuckType& type);

}  // namespace weir::duckdb
