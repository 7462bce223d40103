// One column's values as text, for the text formats: the digits of numbers, ISO 8601 or PostgreSQL
// dates, hexadecimal bytes. A Cell is chosen once per column; the loop over rows then has no
// decisions about types left. Escaping and quoting are the format's.
//
//   floats       the shortest digits that give the same value back, laid out as PostgreSQL does:
//                1e+15, 1e-05, 100000, -0, NaN, Infinity, -Infinity
//   decimals     exactly as many fraction digits as the type's scale
//   binary       \x and lower-case hexadecimal, as PostgreSQL's bytea_output = hex
//   UUIDs        lower case with hyphens (RFC 9562, section 4)
//   dates        2024-01-02
//   times        03:04:05.123456; the fraction loses trailing zeros and goes when it is zero
//   timestamps   kIso 2024-01-02T03:04:05.5 and, for instants, 2024-01-02T03:04:05.5Z;
//                kPostgres 2024-01-02 03:04:05.5 and 2024-01-02 03:04:05.5+00
//   durations    ISO 8601 as PostgreSQL's IntervalStyle = iso_8601: P1Y2M3DT4H5M6.7S, PT-36H, PT0S
//   infinity     infinity and -infinity, in both dialects
//
// Years before 1 and after 9999: kPostgres writes 0044-03-15 BC and 294276-12-31, as the server
// does. kIso writes ISO 8601's expanded form: astronomical years (44 BC is year -43, 1 BC is year
// 0) with a sign and four digits at least, -0043-03-15 and 0000-12-31, and +294276-12-31;
// java.time, Spark and JavaScript (six digits) read it, and no reader can take it for another date.
#pragma once

#include <arrow/type_fwd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "base/status.h"
#include "core/format_options.h"

namespace weir {

// What an encoder must know to quote a value.
enum class CellClass {
  kNumber,   // integers, floats, decimals; may be NaN, Infinity, -Infinity (the first byte that is
             // not '-' tells)
  kBoolean,  // true/false (kIso), t/f (kPostgres CSV; JSON always writes true/false)
  kPlain,    // dates, times, UUIDs, hexadecimal, durations: never holds a control character, a
             // quote, a delimiter of CSV, or a character JSON or XML escapes, save the backslash
             // of \x
  kString,   // any text: use View and escape
  kJson,     // one JSON value as text: use View
  kNested,   // lists, structs, maps, unions: only format/json knows how (JsonCell)
};

// Not thread-safe; Bind to one batch's column at a time, which must outlive the calls after it.
class Cell {
 public:
  // Fails with "format.unsupported_type" for a type no text format can write. Dictionaries are
  // written as their values; the extension types arrow.uuid and arrow.json as kUuid and kJson,
  // other extension types as their storage.
  static Result<std::unique_ptr<Cell>> Make(const arrow::Field& field, Dialect dialect);
  virtual ~Cell() = default;
  Cell(const Cell&) = delete;
  Cell& operator=(const Cell&) = delete;

  CellClass cell_class() const { return class_; }

  virtual void Bind(const arrow::Array& column);
  bool IsNull(int64_t row) const {
    if (validity_ == nullptr) return false;
    uint64_t bit = static_cast<uint64_t>(row + offset_);
    return (validity_[bit >> 3] >> (bit & 7) & 1) == 0;
  }

  // Appends the value, unescaped. REQUIRES: not null, and class is not kNested.
  virtual void Append(int64_t row, ByteBuffer* out) const = 0;

  // Whether View works: always for kString and kJson, and for kNumber when the numbers travel as
  // text (ValueKind::kNumeric).
  bool has_view() const { return has_view_; }
  // The value's bytes without a copy, valid until the next Bind. REQUIRES: not null, has_view().
  virtual std::string_view View(int64_t row) const;

  // The bytes that Write may touch, whatever the value; 0 when there is no bound and Write is not
  // to be called. Fixed when the cell is made.
  size_t write_bytes_max() const { return write_bytes_max_; }
  // Writes the value at `out` and returns its end; bytes after it up to write_bytes_max() may be
  // overwritten too. REQUIRES: not null, write_bytes_max() > 0.
  virtual char* Write(int64_t row, char* out) const;

 protected:
  explicit Cell(CellClass cell_class, size_t write_bytes_max = 0)
      : class_(cell_class),
        has_view_(cell_class == CellClass::kString || cell_class == CellClass::kJson),
        write_bytes_max_(write_bytes_max) {}

  const CellClass class_;
  bool has_view_;
  size_t write_bytes_max_;
  const arrow::Array* column_ = nullptr;   // bound
  const uint8_t* validity_ = nullptr;      // null: no nulls
  int64_t offset_ = 0;                     // of the bound array, for validity_
  std::vector<uint8_t> logical_validity_;  // of types without a bitmap of their own
};

}  // namespace weir
