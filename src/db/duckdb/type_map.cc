#include "db/duckdb/type_map.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "db/duckdb/sql_text.h"

namespace weir::duckdb {
namespace {

// How one type, or one level of a nested type, is delivered.
struct Mapping {
  DuckType delivered;
  std::shared_ptr<arrow::DataType> type;
  ValueKind kind = ValueKind::kPlain;
  bool cast = false;     // `delivered` is not the type the column has
  bool as_text = false;  // it, or something inside it, becomes text
};

Mapping Plain(const DuckType& type, std::shared_ptr<arrow::DataType> arrow_type,
              ValueKind kind = ValueKind::kPlain) {
  return {type, std::move(arrow_type), kind, false, false};
}

Mapping AsText(ValueKind kind = ValueKind::kPlain) {
  return {MakeDuckType(DUCKDB_TYPE_VARCHAR), arrow::utf8(), kind, true, true};
}

// Typed dates and times cannot hold infinity and 24:00:00; as text they can.
bool SpecialsAsText(const ReadForm& form) {
  return !form.exact_text && form.special_values == SpecialValues::kString;
}

Mapping MapNumber(const DuckType& type, const ReadForm& form) {
  if (form.exact_text) return Plain(type, arrow::utf8(), ValueKind::kNumeric);
  if (type.id == DUCKDB_TYPE_DECIMAL) {
    return Plain(type, arrow::decimal128(type.width, type.scale));
  }
  // 2^128 has 39 digits.
  return Plain(type, arrow::decimal256(39, 0));
}

Mapping MapTimestamp(const DuckType& type, bool zoned, const ReadForm& form) {
  if (SpecialsAsText(form)) return AsText();
  if (form.exact_text) {
    return Plain(type, arrow::int64(),
                 zoned ? ValueKind::kTimestampTz2000 : ValueKind::kTimestamp2000);
  }
  return Plain(type, zoned ? arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")
                           : arrow::timestamp(arrow::TimeUnit::MICRO));
}

// Nanoseconds have no form with infinity, so text formats get them as text.
Mapping MapNanoseconds(const DuckType& type, const ReadForm& form) {
  if (form.exact_text || SpecialsAsText(form)) return AsText();
  if (type.id == DUCKDB_TYPE_TIME_NS) return Plain(type, arrow::time64(arrow::TimeUnit::NANO));
  return Plain(type, arrow::timestamp(arrow::TimeUnit::NANO));
}

Mapping MapScalar(const DuckType& type, const ReadForm& form) {
  switch (type.id) {
    case DUCKDB_TYPE_BOOLEAN:
      return Plain(type, arrow::boolean());
    case DUCKDB_TYPE_TINYINT:
      return Plain(type, arrow::int8());
    case DUCKDB_TYPE_SMALLINT:
      return Plain(type, arrow::int16());
    case DUCKDB_TYPE_INTEGER:
      return Plain(type, arrow::int32());
    case DUCKDB_TYPE_BIGINT:
      return Plain(type, arrow::int64());
    case DUCKDB_TYPE_UTINYINT:
      return Plain(type, arrow::uint8());
    case DUCKDB_TYPE_USMALLINT:
      return Plain(type, arrow::uint16());
    case DUCKDB_TYPE_UINTEGER:
      return Plain(type, arrow::uint32());
    case DUCKDB_TYPE_UBIGINT:
      return Plain(type, arrow::uint64());
    case DUCKDB_TYPE_FLOAT:
      return Plain(type, arrow::float32());
    case DUCKDB_TYPE_DOUBLE:
      return Plain(type, arrow::float64());
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_DECIMAL:
      return MapNumber(type, form);
    case DUCKDB_TYPE_BIGNUM:
      return AsText(form.exact_text ? ValueKind::kNumeric : ValueKind::kPlain);
    case DUCKDB_TYPE_VARCHAR:
      return Plain(type, arrow::utf8(), type.is_json() ? ValueKind::kJson : ValueKind::kPlain);
    case DUCKDB_TYPE_BLOB:
      return Plain(type, arrow::binary());
    case DUCKDB_TYPE_UUID:
      return Plain(type, arrow::fixed_size_binary(16), ValueKind::kUuid);
    case DUCKDB_TYPE_DATE:
      return SpecialsAsText(form) ? AsText() : Plain(type, arrow::date32());
    case DUCKDB_TYPE_TIME:
      return SpecialsAsText(form) ? AsText() : Plain(type, arrow::time64(arrow::TimeUnit::MICRO));
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return MapTimestamp(type, false, form);
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return MapTimestamp(type, true, form);
    case DUCKDB_TYPE_TIME_NS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return MapNanoseconds(type, form);
    default:
      return AsText();
  }
}

Mapping MapTyped(const DuckType& type, const ReadForm& form);

// Arrays of fixed length travel as lists: fewer readers know the other layout.
Mapping MapList(const DuckType& type, const ReadForm& form) {
  Mapping element = MapTyped(type.children[0], form);
  Mapping list;
  list.delivered = MakeDuckType(DUCKDB_TYPE_LIST);
  list.type = arrow::list(MakeField("element", element.type, element.kind));
  list.cast = element.cast || type.id == DUCKDB_TYPE_ARRAY;
  list.as_text = element.as_text;
  list.delivered.children.push_back(std::move(element.delivered));
  return list;
}

Mapping MapMap(const DuckType& type, const ReadForm& form) {
  Mapping key = MapTyped(type.children[0], form);
  Mapping value = MapTyped(type.children[1], form);
  Mapping map;
  map.delivered = MakeDuckType(DUCKDB_TYPE_MAP);
  map.type = std::make_shared<arrow::MapType>(MakeField("key", key.type, key.kind, false),
                                              MakeField("value", value.type, value.kind));
  map.cast = key.cast || value.cast;
  map.as_text = key.as_text || value.as_text;
  map.delivered.children = {std::move(key.delivered), std::move(value.delivered)};
  return map;
}

Mapping MapStruct(const DuckType& type, const ReadForm& form) {
  Mapping result;
  result.delivered = MakeDuckType(DUCKDB_TYPE_STRUCT);
  result.delivered.child_names = type.child_names;
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (size_t i = 0; i < type.children.size(); ++i) {
    Mapping member = MapTyped(type.children[i], form);
    fields.push_back(MakeField(type.child_names[i], member.type, member.kind));
    result.cast = result.cast || member.cast;
    result.as_text = result.as_text || member.as_text;
    result.delivered.children.push_back(std::move(member.delivered));
  }
  result.type = arrow::struct_(fields);
  return result;
}

Mapping MapTyped(const DuckType& type, const ReadForm& form) {
  switch (type.id) {
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_ARRAY:
      return MapList(type, form);
    case DUCKDB_TYPE_MAP:
      return MapMap(type, form);
    case DUCKDB_TYPE_STRUCT:
      return MapStruct(type, form);
    default:
      return MapScalar(type, form);
  }
}

// Whether `predicate` holds for the type or one inside it.
template <typename Predicate>
bool AnyInside(const DuckType& type, Predicate predicate) {
  return predicate(type) ||
         std::any_of(type.children.begin(), type.children.end(),
                     [&](const DuckType& child) { return AnyInside(child, predicate); });
}

bool IsUnnamedStruct(const DuckType& type) {
  return type.id == DUCKDB_TYPE_STRUCT &&
         std::any_of(type.child_names.begin(), type.child_names.end(),
                     [](const std::string& name) { return name.empty(); });
}

// DuckDB's text of these does not say of which type the value is.
bool NeedsJson(const DuckType& type) {
  return type.id == DUCKDB_TYPE_UNION || type.id == kVariantTypeId;
}

bool HasNoArrowForm(const DuckType& type) {
  return NeedsJson(type) || IsUnnamedStruct(type);
}

// to_json reads JSON inside other types again and rounds its numbers, so that must become a string.
bool BecomesString(const DuckType& type) {
  return type.is_json() || type.id == kGeometryTypeId;
}

// to_json writes narrower decimals as doubles, without the zeros at the end.
constexpr int kExactDecimalWidth = 16;

bool IsSpoiltByToJson(const DuckType& type) {
  bool narrow = type.id == DUCKDB_TYPE_DECIMAL && type.width < kExactDecimalWidth;
  return narrow || BecomesString(type);
}

DuckType SpareFromToJson(const DuckType& type) {
  if (BecomesString(type)) return MakeDuckType(DUCKDB_TYPE_VARCHAR);
  DuckType spared = type;
  if (type.id == DUCKDB_TYPE_ARRAY) spared.id = DUCKDB_TYPE_LIST;
  if (type.id == DUCKDB_TYPE_DECIMAL) spared.width = std::max(type.width, kExactDecimalWidth);
  for (DuckType& child : spared.children) child = SpareFromToJson(child);
  return spared;
}

// What the typed forms of these types have no room for.
std::string SpecialsOf(const DuckType& delivered, const ReadForm& form) {
  if (form.exact_text) return "";
  const bool infinity = AnyInside(delivered, [](const DuckType& type) {
    switch (type.id) {
      case DUCKDB_TYPE_DATE:
      case DUCKDB_TYPE_TIMESTAMP:
      case DUCKDB_TYPE_TIMESTAMP_S:
      case DUCKDB_TYPE_TIMESTAMP_MS:
      case DUCKDB_TYPE_TIMESTAMP_NS:
      case DUCKDB_TYPE_TIMESTAMP_TZ:
        return true;
      default:
        return false;
    }
  });
  const bool midnight = AnyInside(delivered, [](const DuckType& type) {
    return type.id == DUCKDB_TYPE_TIME || type.id == DUCKDB_TYPE_TIME_NS;
  });
  if (!infinity) return midnight ? "24:00:00" : "";
  return midnight ? "infinity or 24:00:00" : "infinity";
}

ColumnMapping TextColumn(const std::string& quoted_name) {
  ColumnMapping mapping;
  mapping.delivered = MakeDuckType(DUCKDB_TYPE_VARCHAR);
  mapping.expression = fmt::format("CAST({} AS VARCHAR)", quoted_name);
  mapping.column.note = "as DuckDB's text";
  return mapping;
}

// Nothing where even JSON has no exact form.
std::optional<ColumnMapping> JsonColumn(const DuckType& type, const std::string& quoted_name) {
  bool cast = AnyInside(type, IsSpoiltByToJson);
  if (cast && AnyInside(type, IsUnnamedStruct)) return std::nullopt;
  ColumnMapping mapping;
  mapping.delivered = MakeDuckType(DUCKDB_TYPE_VARCHAR);
  std::string value =
      cast ? fmt::format("CAST({} AS {})", quoted_name, SqlName(SpareFromToJson(type)))
           : quoted_name;
  mapping.expression = type.id == kVariantTypeId
                           ? fmt::format("CAST(CAST({} AS JSON) AS VARCHAR)", value)
                           : fmt::format("CAST(to_json({}) AS VARCHAR)", value);
  mapping.column.note =
      AnyInside(type, BecomesString) ? "as JSON, with JSON inside it as strings" : "as JSON";
  mapping.is_to_json = true;
  return mapping;
}

struct Form {
  ColumnMapping mapping;
  std::shared_ptr<arrow::DataType> type;
  ValueKind kind = ValueKind::kPlain;
};

Form TypedColumn(const DescribedColumn& source, const std::string& quoted_name,
                 const ReadForm& form) {
  Mapping typed = MapTyped(source.type, form);
  Form result;
  result.type = typed.type;
  result.kind = typed.kind;
  if (!typed.cast) {
    result.mapping.expression = quoted_name;
  } else if (typed.delivered.is_nested()) {
    result.mapping.expression =
        fmt::format("CAST({} AS {})", quoted_name, SqlName(typed.delivered));
    if (typed.as_text) result.mapping.column.note = "partly as DuckDB's text";
  } else {
    result.mapping = TextColumn(quoted_name);
    if (typed.kind == ValueKind::kNumeric) result.mapping.column.note = "as exact decimal text";
  }
  // ISO 8601 wants a T; there are no years outside 1677 to 2262 in nanoseconds.
  if (source.type.id == DUCKDB_TYPE_TIMESTAMP_NS && form.exact_text &&
      form.dialect == Dialect::kIso) {
    result.mapping.expression = fmt::format("replace({}, ' ', 'T')", result.mapping.expression);
  }
  result.mapping.column.specials = SpecialsOf(typed.delivered, form);
  result.mapping.delivered = std::move(typed.delivered);
  return result;
}

Form ChooseForm(const DescribedColumn& source, const ReadForm& form) {
  std::string name = QuoteIdentifier(source.name);
  bool composite = source.type.is_nested() || HasNoArrowForm(source.type);
  if (!composite) return TypedColumn(source, name, form);
  if (form.arrays == NestedForm::kString && !AnyInside(source.type, NeedsJson)) {
    return {TextColumn(name), arrow::utf8()};
  }
  // Text formats write nested Arrow values as JSON themselves, each number and time as elsewhere.
  bool as_json = form.arrays == NestedForm::kJson && !form.exact_text;
  if (!as_json && !AnyInside(source.type, HasNoArrowForm)) return TypedColumn(source, name, form);
  if (auto json = JsonColumn(source.type, name)) {
    return {std::move(*json), arrow::utf8(), ValueKind::kJson};
  }
  return {TextColumn(name), arrow::utf8()};
}

// An enum's declaration may list thousands of values.
std::string Shorten(const std::string& type_name) {
  constexpr size_t kLengthMax = 200;
  if (type_name.size() <= kLengthMax) return type_name;
  return type_name.substr(0, kLengthMax - 3) + "...";
}

}  // namespace

ColumnMapping MapColumn(const DescribedColumn& source, const std::string& target_name,
                        const ReadForm& form) {
  Form chosen = ChooseForm(source, form);
  ColumnMapping mapping = std::move(chosen.mapping);
  mapping.column.name = target_name;
  mapping.column.source_type = Shorten(source.type_name);
  // A special value may become NULL.
  bool nullable = source.nullable || form.special_values == SpecialValues::kNull;
  mapping.column.field = MakeField(target_name, chosen.type, chosen.kind, nullable);
  return mapping;
}

}  // namespace weir::duckdb
