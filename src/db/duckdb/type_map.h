// In which form each DuckDB type travels.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>

#include "core/field.h"
#include "core/source.h"
#include "db/duckdb/connection.h"
#include "db/duckdb/duck_type.h"

namespace weir::duckdb {

struct ColumnMapping {
  Column column;
  std::string expression;   // what to select
  DuckType delivered;       // the type of the expression
  bool is_to_json = false;  // the expression is to_json of something: see json_repair.h
};

// docs/sources/duckdb.md has the table. Types that Arrow cannot carry exactly are cast to text.
ColumnMapping MapColumn(const DescribedColumn& source, const std::string& target_name,
                        const ReadForm& form);

}  // namespace weir::duckdb
