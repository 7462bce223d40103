// Arrow types as columns of a DuckDB table.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "core/format.h"

namespace weir::duckdb {

// How a column of this field is stored; kRefused for types that have no exact form.
FormatVerdict CheckField(const arrow::Field& field);

// CREATE TABLE for the schema. REQUIRES: no field is refused.
std::string CreateTable(const std::string& qualified_name, const arrow::Schema& schema);

// The schema under which arrays are handed to DuckDB: extension names say what is JSON and what is
// a UUID.
std::shared_ptr<arrow::Schema> ExportSchema(const arrow::Schema& schema);

// The batch's columns as ExportSchema has them. Fails with "duckdb.value_out_of_range", naming
// column and row, for what DuckDB would take as something else: the timestamp it means infinity by.
Result<std::shared_ptr<arrow::RecordBatch>> PrepareBatch(
    const arrow::RecordBatch& batch, const std::shared_ptr<arrow::Schema>& export_schema);

}  // namespace weir::duckdb
