// One column's values as text, for the text formats: the digits of numbers, ISO 8601 or PostgreSQL
// dates, hexadecimal bytes. A Cell is chosen once per column; the loop over rows then has no
// decisions about types left. Escaping and quoting are the format's.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/status.h"
#include "core/format_options.h"

namespace weir {

// What an encoder must know to quote a value.
enum class CellClass {
  kNumber,   // integers, floats, decimals; may be NaN, Infinity, -Infinity (first byte tells)
  kBoolean,  // true/false (kIso), t/f (kPostgres CSV; JSON always writes true/false)
  kPlain,    // dates, times, UUIDs, hexadecimal: never holds a character any format escapes
  kString,   // any text: use View and escape
  kJson,     // one JSON value as text: use View
  kNested,   // lists, structs, maps: only format/json knows how (AppendJson)
};

// Not thread-safe; Bind to one batch's column at a time, which must outlive the calls after it.
class Cell {
 public:
  // Fails with "format.unsupported_type" for a type no text format can write.
  static Result<std::unique_ptr<Cell>> Make(const arrow::Field& field, Dialect dialect);
  virtual ~Cell() = default;

  CellClass cell_class() const { return class_; }

  virtual void Bind(const arrow::Array& column);
  bool IsNull(int64_t row) const;

  // Appends the value, unescaped. REQUIRES: not null, and class is not kNested.
  virtual void Append(int64_t row, ByteBuffer* out) const = 0;
  // The value's bytes without a copy. REQUIRES: not null, and class is kString or kJson.
  virtual std::string_view View(int64_t row) const;

 protected:
  explicit Cell(CellClass cell_class) : class_(cell_class) {}

  const CellClass class_;
  const arrow::Array* column_ = nullptr;  // bound
  const uint8_t* validity_ = nullptr;     // null: no nulls
  int64_t offset_ = 0;                    // of the bound array, for validity_
};

}  // namespace weir
