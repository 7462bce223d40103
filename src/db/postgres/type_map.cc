#include "db/postgres/type_map.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include "core/field.h"

namespace weir::postgres {
namespace {

// Fixed by src/include/catalog/pg_type.dat.
enum Oid : uint32_t {
  kBoolOid = 16,
  kByteaOid = 17,
  kNameOid = 19,
  kInt8Oid = 20,
  kInt2Oid = 21,
  kInt2VectorOid = 22,
  kInt4Oid = 23,
  kTextOid = 25,
  kOidOid = 26,
  kOidVectorOid = 30,
  kJsonOid = 114,
  kFloat4Oid = 700,
  kFloat8Oid = 701,
  kUnknownOid = 705,
  kBpcharOid = 1042,
  kVarcharOid = 1043,
  kDateOid = 1082,
  kTimeOid = 1083,
  kTimestampOid = 1114,
  kTimestamptzOid = 1184,
  kNumericOid = 1700,
  kRefcursorOid = 1790,
  kRecordOid = 2249,
  kAnyArrayOid = 2277,  // of columns of pg_statistic: each value is an array of its own type
  kRecordArrayOid = 2287,
  kUuidOid = 2950,
  kJsonbOid = 3802,
};

// A column's type with its domains taken off.
struct BaseType {
  uint32_t oid = 0;
  int32_t typmod = -1;
  const TypeInfo* info = nullptr;
};

BaseType Unwrap(uint32_t oid, int32_t typmod, const TypeCatalog& types) {
  BaseType base{oid, typmod, nullptr};
  auto found = types.find(oid);
  while (found != types.end()) {
    base.info = &found->second;
    if (base.info->kind != 'd') break;
    base.oid = base.info->base_oid;
    base.typmod = base.info->base_typmod;
    found = types.find(base.oid);
  }
  return base;
}

WireType Simple(Wire wire, std::shared_ptr<arrow::DataType> type,
                ValueKind kind = ValueKind::kPlain) {
  WireType result;
  result.wire = wire;
  result.type = std::move(type);
  result.kind = kind;
  return result;
}

WireType MapNumeric(int32_t typmod, const ReadForm& form) {
  WireType text = Simple(Wire::kNumericText, arrow::utf8(), ValueKind::kNumeric);
  if (form.exact_text || form.special_values == SpecialValues::kString || typmod < 4) return text;
  // numeric_typmod_precision and _scale of numeric.c; the scale is signed since version 15.
  int precision = ((typmod - 4) >> 16) & 0xffff;
  int scale = (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
  if (scale < 0) {
    precision -= scale;
    scale = 0;
  }
  precision = std::max(precision, scale);
  if (precision > 76) return text;
  bool narrow = precision <= 38;
  WireType decimal =
      Simple(narrow ? Wire::kNumericDecimal128 : Wire::kNumericDecimal256,
             narrow ? arrow::decimal128(precision, scale) : arrow::decimal256(precision, scale));
  decimal.scale = scale;
  return decimal;
}

// Typed dates and times cannot hold infinity; as text they can.
bool SpecialsAsText(const ReadForm& form) {
  return !form.exact_text && form.special_values == SpecialValues::kString;
}

WireType MapTimestamp(bool zoned, const ReadForm& form) {
  if (form.exact_text) {
    return Simple(Wire::kTimestamp2000, arrow::int64(),
                  zoned ? ValueKind::kTimestampTz2000 : ValueKind::kTimestamp2000);
  }
  return Simple(Wire::kTimestamp, zoned ? arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")
                                        : arrow::timestamp(arrow::TimeUnit::MICRO));
}

// Types whose binary form is decoded; wire stays kText with a null `type` for all others.
WireType MapScalar(const BaseType& base, const ReadForm& form) {
  switch (base.oid) {
    case kBoolOid:
      return Simple(Wire::kBool, arrow::boolean());
    case kInt2Oid:
      return Simple(Wire::kInt16, arrow::int16());
    case kInt4Oid:
      return Simple(Wire::kInt32, arrow::int32());
    case kInt8Oid:
      return Simple(Wire::kInt64, arrow::int64());
    case kOidOid:
      return Simple(Wire::kOid, arrow::uint32());
    case kFloat4Oid:
      return Simple(Wire::kFloat32, arrow::float32());
    case kFloat8Oid:
      return Simple(Wire::kFloat64, arrow::float64());
    case kNumericOid:
      return MapNumeric(base.typmod, form);
    case kTextOid:
    case kVarcharOid:
    case kBpcharOid:
    case kNameOid:
    case kRefcursorOid:  // its output and send functions are text's
    case kUnknownOid:
      return Simple(Wire::kText, arrow::utf8());
    case kJsonOid:
      return Simple(Wire::kText, arrow::utf8(), ValueKind::kJson);
    case kJsonbOid:
      return Simple(Wire::kJsonb, arrow::utf8(), ValueKind::kJson);
    case kByteaOid:
      return Simple(Wire::kBytea, arrow::binary());
    case kUuidOid:
      return Simple(Wire::kUuid, arrow::fixed_size_binary(16), ValueKind::kUuid);
    case kDateOid:
      if (SpecialsAsText(form)) break;
      return Simple(Wire::kDate, arrow::date32());
    case kTimeOid:
      if (SpecialsAsText(form)) break;
      return Simple(Wire::kTime, arrow::time64(arrow::TimeUnit::MICRO));
    case kTimestampOid:
    case kTimestamptzOid:
      if (SpecialsAsText(form)) break;
      return MapTimestamp(base.oid == kTimestamptzOid, form);
    default:
      break;
  }
  if (base.info != nullptr && base.info->kind == 'e') return Simple(Wire::kText, arrow::utf8());
  return Simple(Wire::kText, nullptr);
}

// int2vector and oidvector always begin at 0.
bool IsVector(const BaseType& base) {
  return base.oid == kInt2VectorOid || base.oid == kOidVectorOid;
}

// Elements without a typed form are PostgreSQL's text (TextElements). Not a list: what text[] would
// not read as an array of the same elements.
WireType MapList(const BaseType& base, const TypeCatalog& types, const ReadForm& form) {
  BaseType element = Unwrap(base.info->element_oid, base.typmod, types);
  WireType inner = MapScalar(element, form);
  const bool as_text = inner.type == nullptr;
  if (as_text && base.info->delimiter != ',') return inner;
  if (as_text) inner = Simple(Wire::kText, arrow::utf8());
  WireType list = Simple(Wire::kList, arrow::list(MakeField("element", inner.type, inner.kind)));
  list.element = std::make_shared<WireType>(std::move(inner));
  list.element_oid = as_text ? kTextOid : base.info->element_oid;
  list.lower_bound = IsVector(base) ? 0 : 1;
  return list;
}

// An array whose elements are the text that their own output function makes of them.
std::string TextElements(const TypeInfo& info, const std::string& array) {
  return fmt::format("pg_catalog.textin({}({}))::pg_catalog.text[]", info.output_function, array);
}

// JSON arrays have no lower bounds, so an array with others than 1 becomes a JSON string.
std::string JsonOfArray(const std::string& array) {
  std::string other_bounds;
  constexpr int kDimensionsMax = 6;  // MAXDIM of c.h
  for (int i = 1; i <= kDimensionsMax; ++i) {
    other_bounds += fmt::format("{}pg_catalog.array_lower({},{}) OPERATOR(pg_catalog.<>) 1",
                                i == 1 ? "" : " OR ", array, i);
  }
  return fmt::format(
      "CASE WHEN {0} THEN pg_catalog.to_json({1}::pg_catalog.text) "
      "ELSE pg_catalog.to_json({1}) END::pg_catalog.text",
      other_bounds, array);
}

bool IsNested(const TypeInfo& info) {
  return info.element_oid != 0 || info.kind == 'c';
}

bool MayHaveOtherBounds(const BaseType& base) {
  return base.info != nullptr && base.info->element_oid != 0 && !IsVector(base);
}

// Whether row_to_json would write the type as JSON of its own rather than as a string.
bool IsJsonInRowToJson(const BaseType& base) {
  if (base.oid == kRecordOid || base.oid == kRecordArrayOid || base.oid == kAnyArrayOid)
    return true;
  return base.info != nullptr && (IsNested(*base.info) || base.info->has_json_cast);
}

// Values that the types' typed forms cannot hold.
std::string_view SpecialsOf(Wire wire) {
  switch (wire) {
    case Wire::kNumericDecimal128:
    case Wire::kNumericDecimal256:
      return "NaN";
    case Wire::kDate:
      return "infinity";
    case Wire::kTimestamp:
      return "infinity or a year after 294246";
    case Wire::kTime:
      return "24:00:00";
    default:
      return "";
  }
}

// Of the type or its elements, in typed forms.
std::string_view SpecialsInside(const WireType& wire) {
  if (wire.wire == Wire::kList) return wire.element ? SpecialsInside(*wire.element) : "";
  return SpecialsOf(wire.wire);
}

}  // namespace

ColumnMapping MapColumn(const RawColumn& raw, const std::string& type_name,
                        const std::string& source_expression, const std::string& target_name,
                        const TypeCatalog& types, const ReadForm& form) {
  BaseType base = Unwrap(raw.type_oid, raw.typmod, types);
  ColumnMapping mapping;
  mapping.expression = source_expression;
  mapping.wire = MapScalar(base, form);
  std::string note;
  if (base.oid == kNumericOid && !form.exact_text && mapping.wire.wire == Wire::kNumericText) {
    note = "as exact decimal text";
  }
  if (mapping.wire.type == nullptr && form.arrays == NestedForm::kJson && IsJsonInRowToJson(base)) {
    mapping.wire = Simple(Wire::kText, arrow::utf8(), ValueKind::kJson);
    mapping.expression = fmt::format("pg_catalog.to_json({})::pg_catalog.text", source_expression);
    note = "as JSON";
    if (MayHaveOtherBounds(base) && form.dialect == Dialect::kIso) {
      mapping.expression = JsonOfArray(source_expression);
      note = "as JSON; an array whose lower bound is not 1 as PostgreSQL's text";
    }
  }
  if (mapping.wire.type == nullptr && form.arrays == NestedForm::kStruct && base.info != nullptr &&
      base.info->element_oid != 0) {
    mapping.wire = MapList(base, types, form);
    if (mapping.wire.element_oid == kTextOid && base.info->element_oid != kTextOid) {
      mapping.expression = TextElements(*base.info, source_expression);
      note = "elements as PostgreSQL's text";
    }
  }
  if (mapping.wire.type == nullptr) {
    mapping.wire = Simple(Wire::kText, arrow::utf8());
    mapping.expression = base.info == nullptr
                             ? fmt::format("{}::pg_catalog.text", source_expression)
                             : fmt::format("pg_catalog.textin({}({}))", base.info->output_function,
                                           source_expression);
    note = "as PostgreSQL's text";
  }
  // A vector is a list with the lower bound 0, of one dimension.
  if (mapping.wire.wire == Wire::kList && mapping.wire.lower_bound == 1) {
    note += note.empty() ? "" : "; ";
    note += "an array of several dimensions or with another lower bound than 1 ends the copy";
  }
  if (!form.exact_text) mapping.column.specials = SpecialsInside(mapping.wire);
  mapping.column.name = target_name;
  mapping.column.source_type = type_name;
  mapping.column.field = MakeField(target_name, mapping.wire.type, mapping.wire.kind);
  mapping.column.note = std::move(note);
  return mapping;
}

}  // namespace weir::postgres
