#include "format/json/json_cell.h"

#include <arrow/array.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <utility>

#include "format/json/cell_parts.h"
#include "format/json/json_string.h"

namespace weir {

void JsonCell::Bind(const arrow::Array& column) {
  validity_ = column.null_bitmap_data();
  offset_ = column.offset();
  BindValues(column);
}

Result<std::unique_ptr<JsonCell>> JsonCell::Make(const arrow::Field& field, Dialect dialect,
                                                 SpecialValues special) {
  return MakeJsonCell(field, JsonCellContext{field.name(), dialect, special});
}

JsonCellContext Inside(const JsonCellContext& context, const std::string& child) {
  return JsonCellContext{context.path + "." + child, context.dialect, context.special};
}

Status AppendSpecial(std::string_view value, const JsonCellContext& context, ByteBuffer* out) {
  switch (context.special) {
    case SpecialValues::kString:
      AppendJsonString(value, out);
      return Status::OK();
    case SpecialValues::kNull:
      out->Append("null");
      return Status::OK();
    case SpecialValues::kError:
      break;
  }
  return Error("format.special_value",
               fmt::format("column \"{}\": {} has no form in JSON", context.path, value),
               "use --special-values string or --special-values null");
}

Result<std::unique_ptr<JsonCell>> MakeJsonCell(const arrow::Field& field,
                                               const JsonCellContext& context) {
  for (auto make : {MakeTextJsonCell, MakeNestedJsonCell, MakeEncodedJsonCell}) {
    ARROW_ASSIGN_OR_RAISE(auto cell, make(field, context));
    if (cell != nullptr) return cell;
  }
  return MakeScalarJsonCell(field, context);
}

}  // namespace weir
