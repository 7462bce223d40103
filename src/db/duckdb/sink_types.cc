#include "db/duckdb/sink_types.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/field.h"
#include "db/duckdb/sql_text.h"

namespace weir::duckdb {
namespace {

constexpr int kDecimalDigitsMax = 38;
constexpr int kHugeintDigits = 39;
// Run lengths and constants do not tell -0 from 0.
constexpr char kSignOfZero[] = "DuckDB may store -0 as 0";

// How DuckDB stores a type; an empty name: it has no form.
struct Stored {
  std::string sql_type;
  Fidelity fidelity = Fidelity::kExact;
  std::string note;
};

Stored Refused(std::string note) {
  return {"", Fidelity::kRefused, std::move(note)};
}

bool IsHugeint(const arrow::DataType& type) {
  if (type.id() != arrow::Type::DECIMAL256) return false;
  const auto& decimal = static_cast<const arrow::DecimalType&>(type);
  return decimal.precision() == kHugeintDigits && decimal.scale() == 0;
}

// Whether it must become another array before DuckDB takes it.
bool IsWideDecimal(const arrow::DataType& type) {
  return type.id() == arrow::Type::DECIMAL256;
}

Stored StoreDecimal(const arrow::DataType& type) {
  const auto& decimal = static_cast<const arrow::DecimalType&>(type);
  if (decimal.scale() < 0 || decimal.scale() > decimal.precision()) {
    return Refused(fmt::format("DuckDB has no {}", type.ToString()));
  }
  if (decimal.precision() <= kDecimalDigitsMax) {
    return {fmt::format("DECIMAL({},{})", decimal.precision(), decimal.scale())};
  }
  if (IsHugeint(type)) return {"HUGEINT"};
  return {"VARCHAR", Fidelity::kWidened, "as exact decimal text: DECIMAL has 38 digits at most"};
}

Stored StoreTimestamp(const arrow::TimestampType& type) {
  bool zoned = !type.timezone().empty();
  switch (type.unit()) {
    case arrow::TimeUnit::SECOND:
      return {zoned ? "TIMESTAMP WITH TIME ZONE" : "TIMESTAMP_S"};
    case arrow::TimeUnit::MILLI:
      return {zoned ? "TIMESTAMP WITH TIME ZONE" : "TIMESTAMP_MS"};
    case arrow::TimeUnit::MICRO:
      return {zoned ? "TIMESTAMP WITH TIME ZONE" : "TIMESTAMP"};
    case arrow::TimeUnit::NANO:
      break;
  }
  if (!zoned) return {"TIMESTAMP_NS"};
  return {"TIMESTAMP WITH TIME ZONE", Fidelity::kLossy, "microseconds: nanoseconds are cut off"};
}

Stored StoreDuration(const arrow::DurationType& type) {
  if (type.unit() != arrow::TimeUnit::NANO) return {"INTERVAL"};
  return {"INTERVAL", Fidelity::kLossy, "microseconds: nanoseconds are cut off"};
}

Stored Store(const arrow::Field& field);

// What is inside a nested type must go as it is.
Stored StoreInside(const arrow::Field& field) {
  if (IsWideDecimal(*field.type())) {
    return Refused(fmt::format("DuckDB has no {} inside a nested type", field.type()->ToString()));
  }
  return Store(field);
}

Stored StoreMembers(const arrow::DataType& type, std::string_view keyword) {
  Stored result;
  for (const auto& member : type.fields()) {
    Stored inside = StoreInside(*member);
    if (inside.sql_type.empty()) return inside;
    result.fidelity = std::max(result.fidelity, inside.fidelity);
    if (result.note.empty()) result.note = inside.note;
    if (!result.sql_type.empty()) result.sql_type += ", ";
    if (keyword == "STRUCT") result.sql_type += QuoteIdentifier(member->name()) + " ";
    result.sql_type += inside.sql_type;
  }
  if (result.sql_type.empty()) return Refused("DuckDB has no structs without members");
  result.sql_type = fmt::format("{}({})", keyword, result.sql_type);
  return result;
}

Stored StoreList(const arrow::DataType& type, const std::string& suffix) {
  Stored element = StoreInside(*type.field(0));
  if (!element.sql_type.empty()) element.sql_type += suffix;
  return element;
}

Stored StoreText(const arrow::Field& field) {
  switch (KindOf(field)) {
    case ValueKind::kJson:
      return {"JSON"};
    case ValueKind::kNumeric:
      return {"VARCHAR", Fidelity::kWidened, "as exact decimal text"};
    default:
      return {"VARCHAR"};
  }
}

Stored StoreByType(const arrow::Field& field) {
  const arrow::DataType& type = *field.type();
  switch (type.id()) {
    case arrow::Type::BOOL:
      return {"BOOLEAN"};
    case arrow::Type::INT8:
      return {"TINYINT"};
    case arrow::Type::INT16:
      return {"SMALLINT"};
    case arrow::Type::INT32:
    case arrow::Type::NA:
      return {"INTEGER"};
    case arrow::Type::INT64:
      return {"BIGINT"};
    case arrow::Type::UINT8:
      return {"UTINYINT"};
    case arrow::Type::UINT16:
      return {"USMALLINT"};
    case arrow::Type::UINT32:
      return {"UINTEGER"};
    case arrow::Type::UINT64:
      return {"UBIGINT"};
    case arrow::Type::FLOAT:
      return {"FLOAT", Fidelity::kExact, kSignOfZero};
    case arrow::Type::DOUBLE:
      return {"DOUBLE", Fidelity::kExact, kSignOfZero};
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return StoreDecimal(type);
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return StoreText(field);
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
      return {"BLOB"};
    case arrow::Type::FIXED_SIZE_BINARY:
      return {KindOf(field) == ValueKind::kUuid ? "UUID" : "BLOB"};
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      return {"DATE"};
    case arrow::Type::TIME32:
      return {"TIME"};
    case arrow::Type::TIME64: {
      bool nanos = static_cast<const arrow::TimeType&>(type).unit() == arrow::TimeUnit::NANO;
      return {nanos ? "TIME_NS" : "TIME"};
    }
    case arrow::Type::TIMESTAMP:
      return StoreTimestamp(static_cast<const arrow::TimestampType&>(type));
    case arrow::Type::DURATION:
      return StoreDuration(static_cast<const arrow::DurationType&>(type));
    case arrow::Type::INTERVAL_MONTHS:
      return {"INTERVAL"};
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
      return {"INTERVAL", Fidelity::kLossy, "microseconds: nanoseconds are cut off"};
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
      return StoreList(type, "[]");
    case arrow::Type::FIXED_SIZE_LIST:
      return StoreList(
          type,
          fmt::format("[{}]", static_cast<const arrow::FixedSizeListType&>(type).list_size()));
    case arrow::Type::STRUCT:
      return StoreMembers(type, "STRUCT");
    case arrow::Type::MAP:
      return StoreMembers(*type.field(0)->type(), "MAP");
    case arrow::Type::DICTIONARY:
      return StoreInside(
          *field.WithType(static_cast<const arrow::DictionaryType&>(type).value_type()));
    default:
      return Refused(fmt::format("DuckDB has no {}", type.ToString()));
  }
}

Stored Store(const arrow::Field& field) {
  ValueKind kind = KindOf(field);
  if (kind == ValueKind::kTimestamp2000 || kind == ValueKind::kTimestampTz2000) {
    return Refused("timestamps of text formats have no form in DuckDB");
  }
  return StoreByType(field);
}

// https://arrow.apache.org/docs/format/CanonicalExtensions.html
std::shared_ptr<arrow::Field> WithExtension(const arrow::Field& field, const char* name,
                                            const char* metadata = "") {
  return field.WithMetadata(arrow::key_value_metadata(
      {"ARROW:extension:name", "ARROW:extension:metadata"}, {name, metadata}));
}

std::shared_ptr<arrow::Field> ExportField(const arrow::Field& field);

std::shared_ptr<arrow::DataType> ExportInside(const std::shared_ptr<arrow::DataType>& type) {
  arrow::FieldVector fields;
  for (const auto& member : type->fields()) fields.push_back(ExportField(*member));
  switch (type->id()) {
    case arrow::Type::LIST:
      return arrow::list(fields[0]);
    case arrow::Type::LARGE_LIST:
      return arrow::large_list(fields[0]);
    case arrow::Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          fields[0], static_cast<const arrow::FixedSizeListType&>(*type).list_size());
    case arrow::Type::STRUCT:
      return arrow::struct_(fields);
    case arrow::Type::MAP:
      return std::make_shared<arrow::MapType>(fields[0]->type()->field(0),
                                              fields[0]->type()->field(1));
    default:
      return type;
  }
}

std::shared_ptr<arrow::Field> ExportField(const arrow::Field& field) {
  ValueKind kind = KindOf(field);
  if (kind == ValueKind::kJson) return WithExtension(field, "arrow.json");
  if (kind == ValueKind::kUuid) return WithExtension(field, "arrow.uuid");
  if (IsHugeint(*field.type())) {
    return WithExtension(*field.WithType(arrow::fixed_size_binary(16)), "arrow.opaque",
                         R"({"type_name": "hugeint", "vendor_name": "DuckDB"})");
  }
  if (IsWideDecimal(*field.type())) {
    const auto& decimal = static_cast<const arrow::DecimalType&>(*field.type());
    if (decimal.precision() > kDecimalDigitsMax) return field.WithType(arrow::utf8());
    return field.WithType(arrow::decimal128(decimal.precision(), decimal.scale()));
  }
  return field.WithType(ExportInside(field.type()))->RemoveMetadata();
}

Status OutOfRange(const arrow::Field& field, int64_t row, std::string_view reason) {
  return Error("duckdb.value_out_of_range",
               fmt::format("column \"{}\", row {} of a batch: {}", field.name(), row + 1, reason),
               "--special-values string writes the column of a PostgreSQL table as text");
}

// Whether `is` holds for the type or one inside it.
template <typename Predicate>
bool Holds(const arrow::DataType& type, Predicate is) {
  if (type.id() == arrow::Type::DICTIONARY) {
    return Holds(*static_cast<const arrow::DictionaryType&>(type).value_type(), is);
  }
  return is(type) || std::any_of(type.fields().begin(), type.fields().end(),
                                 [&](const auto& field) { return Holds(*field->type(), is); });
}

// DuckDB has an infinity among these.
bool IsTime(const arrow::DataType& type) {
  return type.id() == arrow::Type::TIMESTAMP || type.id() == arrow::Type::DATE32;
}

template <typename ListArray>
arrow::ArrayVector ItemsOf(const arrow::Array& array) {
  const auto& list = static_cast<const ListArray&>(array);
  const int64_t begin = list.value_offset(0);
  return {list.values()->Slice(begin, list.value_offset(list.length()) - begin)};
}

// What the rows of a nested array are made of; those that are null may have some, too.
arrow::ArrayVector Inside(const arrow::Array& array) {
  switch (array.type_id()) {
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return ItemsOf<arrow::ListArray>(array);
    case arrow::Type::LARGE_LIST:
      return ItemsOf<arrow::LargeListArray>(array);
    case arrow::Type::FIXED_SIZE_LIST:
      return ItemsOf<arrow::FixedSizeListArray>(array);
    case arrow::Type::STRUCT:
      return static_cast<const arrow::StructArray&>(array).fields();
    case arrow::Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      if (array.length() != 1) return {coded.dictionary()};
      return {coded.dictionary()->Slice(coded.GetValueIndex(0), 1)};
    }
    default:
      return {};
  }
}

// DuckDB means infinity by the largest value and by its negative; the smallest is none.
template <typename T>
int64_t FirstInfinity(const arrow::Array& array) {
  constexpr T kLargest = std::numeric_limits<T>::max();
  const T* values = array.data()->GetValues<T>(1);
  for (int64_t i = 0; i < array.length(); ++i) {
    if (values[i] != kLargest && values[i] > -kLargest) continue;
    if (array.IsValid(i)) return i;
  }
  return -1;
}

// The first row that has a time which DuckDB would take for infinity, -1 when there is none.
int64_t FirstRowWithInfinity(const arrow::Array& array) {
  if (array.length() == array.null_count()) return -1;  // without rows there may be no offsets
  if (array.type_id() == arrow::Type::TIMESTAMP) return FirstInfinity<int64_t>(array);
  if (array.type_id() == arrow::Type::DATE32) return FirstInfinity<int32_t>(array);
  const arrow::ArrayVector inside = Inside(array);
  const bool is_possible = std::any_of(inside.begin(), inside.end(), [](const auto& inner) {
    return Holds(*inner->type(), IsTime) && FirstRowWithInfinity(*inner) >= 0;
  });
  if (!is_possible) return -1;
  if (array.length() == 1) return 0;
  for (int64_t i = 0; i < array.length(); ++i) {
    if (FirstRowWithInfinity(*array.Slice(i, 1)) >= 0) return i;
  }
  return -1;
}

Status CheckRange(const arrow::Field& field, const arrow::Array& array) {
  if (!Holds(*field.type(), IsTime)) return Status::OK();
  const int64_t row = FirstRowWithInfinity(array);
  return row < 0 ? Status::OK()
                 : OutOfRange(field, row, "DuckDB would take the value for infinity");
}

Result<std::shared_ptr<arrow::Array>> ToHugeint(const arrow::Field& field,
                                                const arrow::Decimal256Array& array) {
  arrow::FixedSizeBinaryBuilder builder(arrow::fixed_size_binary(16));
  ARROW_RETURN_NOT_OK(builder.Reserve(array.length()));
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) {
      builder.UnsafeAppendNull();
      continue;
    }
    const uint8_t* value = array.GetValue(i);
    uint8_t sign = (value[15] & 0x80) != 0 ? 0xff : 0;
    bool fits = std::all_of(value + 16, value + 32, [&](uint8_t byte) { return byte == sign; });
    if (!fits) return OutOfRange(field, i, "the number is larger than HUGEINT");
    builder.UnsafeAppend(value);
  }
  return builder.Finish();
}

Result<std::shared_ptr<arrow::Array>> ToDecimal128(const arrow::Decimal256Array& array,
                                                   const std::shared_ptr<arrow::DataType>& type) {
  arrow::Decimal128Builder builder(type);
  ARROW_RETURN_NOT_OK(builder.Reserve(array.length()));
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(arrow::Decimal128(array.GetValue(i)));  // 38 digits need 128 bits
    }
  }
  return builder.Finish();
}

Result<std::shared_ptr<arrow::Array>> ToText(const arrow::Decimal256Array& array) {
  arrow::StringBuilder builder;
  for (int64_t i = 0; i < array.length(); ++i) {
    ARROW_RETURN_NOT_OK(array.IsNull(i) ? builder.AppendNull()
                                        : builder.Append(array.FormatValue(i)));
  }
  return builder.Finish();
}

bool IsZonedNanos(const arrow::DataType& type) {
  if (type.id() != arrow::Type::TIMESTAMP) return false;
  const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
  return timestamp.unit() == arrow::TimeUnit::NANO && !timestamp.timezone().empty();
}

// DuckDB cuts nanoseconds off towards 1970, which makes 23:59:59.999999999 of any day before it the
// first moment of the next one. Here they go first.
Result<std::shared_ptr<arrow::ArrayData>> CutNanos(const arrow::ArrayData& data) {
  constexpr int64_t kNanos = 1000;
  auto result = data.Copy();
  for (auto& child : result->child_data) {
    ARROW_ASSIGN_OR_RAISE(child, CutNanos(*child));
  }
  if (data.dictionary != nullptr) {
    ARROW_ASSIGN_OR_RAISE(result->dictionary, CutNanos(*data.dictionary));
  }
  if (!IsZonedNanos(*data.type)) return result;
  const int64_t count = data.offset + data.length;
  ARROW_ASSIGN_OR_RAISE(auto cut,
                        arrow::AllocateBuffer(count * static_cast<int64_t>(sizeof count)));
  const int64_t* values = data.GetValues<int64_t>(1, 0);
  auto* cut_values = cut->mutable_data_as<int64_t>();
  for (int64_t i = 0; i < count; ++i) {
    const int64_t rest = (values[i] % kNanos + kNanos) % kNanos;
    // There is no earlier microsecond before the first of 1677.
    if (__builtin_sub_overflow(values[i], rest, &cut_values[i])) cut_values[i] = values[i];
  }
  result->buffers[1] = std::move(cut);
  return result;
}

Result<std::shared_ptr<arrow::Array>> PrepareColumn(const arrow::Field& field,
                                                    const std::shared_ptr<arrow::Array>& array,
                                                    const arrow::Field& export_field) {
  ARROW_RETURN_NOT_OK(CheckRange(field, *array));
  if (IsWideDecimal(*field.type())) {
    const auto& decimals = static_cast<const arrow::Decimal256Array&>(*array);
    if (IsHugeint(*field.type())) return ToHugeint(field, decimals);
    if (export_field.type()->id() == arrow::Type::STRING) return ToText(decimals);
    return ToDecimal128(decimals, export_field.type());
  }
  const bool cuts = Holds(*field.type(), IsZonedNanos);
  if (!cuts && array->type()->Equals(*export_field.type(), true)) return array;
  auto data = array->data()->Copy();
  if (cuts) {
    ARROW_ASSIGN_OR_RAISE(data, CutNanos(*data));
  }
  data->type = export_field.type();
  return arrow::MakeArray(data);
}

}  // namespace

FormatVerdict CheckField(const arrow::Field& field) {
  Stored stored = Store(field);
  return {stored.fidelity, std::move(stored.sql_type), std::move(stored.note)};
}

std::string CreateTable(const std::string& qualified_name, const arrow::Schema& schema) {
  std::string columns;
  for (const auto& field : schema.fields()) {
    if (!columns.empty()) columns += ", ";
    columns += QuoteIdentifier(field->name()) + " " + Store(*field).sql_type;
    if (!field->nullable()) columns += " NOT NULL";
  }
  return fmt::format("CREATE TABLE {} ({})", qualified_name, columns);
}

std::shared_ptr<arrow::Schema> ExportSchema(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) fields.push_back(ExportField(*field));
  return arrow::schema(std::move(fields));
}

Result<std::shared_ptr<arrow::RecordBatch>> PrepareBatch(
    const arrow::RecordBatch& batch, const std::shared_ptr<arrow::Schema>& export_schema) {
  arrow::ArrayVector columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto column, PrepareColumn(*batch.schema()->field(i), batch.column(i),
                                                     *export_schema->field(i)));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(export_schema, batch.num_rows(), std::move(columns));
}

}  // namespace weir::duckdb
