// One column's values as JSON, for every Arrow type: what NDJSON and JSON files are made of, and
// how the other text formats write nested values.
//
//   number     integers, floats and decimals of any size, with every digit; a ValueKind::kNumeric
//              text that is not a JSON number is a string, as in PostgreSQL's row_to_json, and so
//              is an oid (uint32) with kPostgres
//   true/false booleans
//   string     text; dates, times and UUIDs as format/text writes them (kPostgres: as row_to_json
//              does, with a T and the zone as +00:00); bytes as "\\x" and hexadecimal digits
//   as it is   ValueKind::kJson and the arrow.json extension, never parsed again
//   array      lists of every layout
//   object     structs, and maps whose keys are strings; other maps are arrays of
//              {"key":...,"value":...}
//   the value  unions, dictionaries and run-end encoded columns
//   null
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>

#include "base/byte_buffer.h"
#include "base/status.h"
#include "core/format_options.h"

namespace weir {

// Not thread-safe. Bind before use; the bound array must outlive the calls after it.
class JsonCell {
 public:
  // Fails with "format.unsupported_type" for a type no text format can write. `special` says what
  // becomes of NaN, infinities and infinite dates: an error, null, or a string such as "NaN".
  static Result<std::unique_ptr<JsonCell>> Make(const arrow::Field& field, Dialect dialect,
                                                SpecialValues special);
  virtual ~JsonCell() = default;
  JsonCell(const JsonCell&) = delete;
  JsonCell& operator=(const JsonCell&) = delete;

  // REQUIRES: the array has the type of the field that the cell was made for.
  void Bind(const arrow::Array& column);

  // Logically null: also a dictionary's null entry, or the null of a union's child.
  bool IsNull(int64_t row) const {
    if (validity_ != nullptr) {
      int64_t bit = offset_ + row;
      if (((validity_[bit >> 3] >> (bit & 7)) & 1) == 0) return true;
    }
    return logical_nulls_ && IsLogicallyNull(row);
  }

  // Appends one JSON value, `null` included. Fails with "format.invalid_utf8" or
  // "format.special_value", naming the column; `out` then holds a part of the value.
  Status Append(int64_t row, ByteBuffer* out) {
    if (IsNull(row)) {
      out->Append("null");
      return Status::OK();
    }
    return AppendValue(row, out);
  }

 protected:
  explicit JsonCell(bool logical_nulls = false) : logical_nulls_(logical_nulls) {}

 private:
  virtual void BindValues(const arrow::Array& column) = 0;
  // REQUIRES: !IsNull(row).
  virtual Status AppendValue(int64_t row, ByteBuffer* out) = 0;
  virtual bool IsLogicallyNull(int64_t /*row*/) const { return false; }

  const bool logical_nulls_;
  const uint8_t* validity_ = nullptr;  // null: no nulls in it
  int64_t offset_ = 0;
};

}  // namespace weir
