// Converts a JSON column to the type that JsonSchemaInference found for it.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string_view>

#include "base/status.h"

namespace weir {

// Not thread-safe. After a failed Append only destruction is allowed.
class JsonToArrow {
 public:
  // `field` as JsonSchemaInference::Finish gave it: structs, lists, bool, int64, double,
  // decimal128, utf8, and JSON text where a field's kind says so. "format.unsupported_type" for any
  // other type.
  static Result<std::unique_ptr<JsonToArrow>> Make(const arrow::Field& field,
                                                   arrow::MemoryPool* pool);
  ~JsonToArrow();
  JsonToArrow(const JsonToArrow&) = delete;
  JsonToArrow& operator=(const JsonToArrow&) = delete;

  // Appends one row. Fails with "json.schema_drift", naming the path, when the value is not of the
  // type (the rows have changed since they were inferred), and with "json.invalid".
  Status Append(std::string_view json);
  Status AppendNull();

  // The rows so far, of exactly the field's type; starts over.
  Result<std::shared_ptr<arrow::Array>> Finish();

  class Impl;

 private:
  explicit JsonToArrow(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
