// From what DuckDB exports to what the column's field promises: exact text of numbers, our epoch
// and infinities, UUIDs, one layout for lists.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "core/format_options.h"
#include "core/source.h"
#include "db/duckdb/duck_type.h"

namespace weir::duckdb {

struct ConvertOptions {
  bool exact_text = false;
  SpecialValues special_values = SpecialValues::kError;
  int64_t value_bytes_max = 0;
  // What to do about a value of that size.
  std::function<std::string(int64_t bytes)> memory_hint = [](int64_t) { return "raise --memory"; };
};

// Converts whole arrays. Thread-safe.
class Converter {
 public:
  using Data = std::shared_ptr<arrow::ArrayData>;

  // For values of DuckDB's type `delivered` that are to have the type and kind of `field`.
  static Result<std::unique_ptr<Converter>> Make(const DuckType& delivered,
                                                 const arrow::Field& field,
                                                 const ConvertOptions& options);
  virtual ~Converter() = default;

  // Fails with "duckdb.special_value", "duckdb.value_out_of_range" or "memory.value_too_large";
  // `*row` is then the index of the row to blame.
  virtual Result<Data> Convert(const Data& in, int64_t* row) const = 0;
};

// For the strings of to_json, which are not always JSON (see json_repair.h).
Result<std::unique_ptr<Converter>> MakeJsonConverter(const ConvertOptions& options);

}  // namespace weir::duckdb
