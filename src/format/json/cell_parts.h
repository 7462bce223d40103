// The pieces JsonCell::Make chooses from; only this room includes it.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>

#include "core/field.h"
#include "format/json/json_cell.h"

namespace weir {

// What every cell of one column was made with.
struct JsonCellContext {
  std::string path;  // for messages: the column, and the way down into it
  Dialect dialect = Dialect::kIso;
  SpecialValues special = SpecialValues::kString;
};

// One level down.
JsonCellContext Inside(const JsonCellContext& context, const std::string& child);

// Writes a value that JSON has no number for, or an infinite date, as `special` says.
Status AppendSpecial(std::string_view value, const JsonCellContext& context, ByteBuffer* out);

// Any type at all.
Result<std::unique_ptr<JsonCell>> MakeJsonCell(const arrow::Field& field,
                                               const JsonCellContext& context);

// By the kind of value: nullptr when the type is none of theirs.
Result<std::unique_ptr<JsonCell>> MakeTextJsonCell(const arrow::Field& field,
                                                   const JsonCellContext& context);
Result<std::unique_ptr<JsonCell>> MakeNestedJsonCell(const arrow::Field& field,
                                                     const JsonCellContext& context);
Result<std::unique_ptr<JsonCell>> MakeEncodedJsonCell(const arrow::Field& field,
                                                      const JsonCellContext& context);
// Everything format/text knows.
Result<std::unique_ptr<JsonCell>> MakeScalarJsonCell(const arrow::Field& field,
                                                     const JsonCellContext& context);

}  // namespace weir
