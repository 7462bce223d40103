#include "format/parquet/stored_form.h"

#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/field.h"
#include "format/arrow_io/field_form.h"

namespace weir::parquet_format {
namespace {

using arrow::Type;
using TypePtr = std::shared_ptr<arrow::DataType>;

TypePtr StoredLeaf(const TypePtr& type) {
  switch (type->id()) {
    case Type::TIMESTAMP:
      return arrow::timestamp(arrow::TimeUnit::MICRO,
                              static_cast<const arrow::TimestampType&>(*type).timezone());
    case Type::TIME32:
      return arrow::time32(arrow::TimeUnit::MILLI);
    case Type::TIME64:
      return arrow::time64(arrow::TimeUnit::MICRO);
    case Type::DATE64:
      return arrow::date32();
    case Type::HALF_FLOAT:
      return arrow::float32();
    case Type::STRING_VIEW:
      return arrow::utf8();
    case Type::BINARY_VIEW:
      return arrow::binary();
    default:
      return type;
  }
}

std::shared_ptr<arrow::Field> StoredLeaves(const arrow::Field& field) {
  return field.WithType(WithFields(StoredLeaf(field.type()), StoredLeaves));
}

std::string IntegerName(const arrow::DataType& type) {
  int bits = type.bit_width();
  const char* physical = bits == 64 ? "INT64" : "INT32";
  bool is_signed = arrow::is_signed_integer(type.id());
  if (is_signed && bits >= 32) return physical;
  return fmt::format("{} INT({}, {})", physical, bits, is_signed ? "signed" : "unsigned");
}

std::string DecimalName(const arrow::DecimalType& type) {
  int precision = type.precision();
  const char* physical = precision <= 9    ? "INT32"
                         : precision <= 18 ? "INT64"
                                           : "FIXED_LEN_BYTE_ARRAY";
  return fmt::format("{} DECIMAL({}, {})", physical, precision, type.scale());
}

std::string LeafName(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::NA:
      return "INT32 UNKNOWN";
    case Type::BOOL:
      return "BOOLEAN";
    case Type::FLOAT:
      return "FLOAT";
    case Type::DOUBLE:
      return "DOUBLE";
    case Type::STRING:
    case Type::LARGE_STRING:
      return "BYTE_ARRAY STRING";
    case Type::BINARY:
    case Type::LARGE_BINARY:
      return "BYTE_ARRAY";
    case Type::FIXED_SIZE_BINARY:
      return fmt::format("FIXED_LEN_BYTE_ARRAY({})",
                         static_cast<const arrow::FixedSizeBinaryType&>(type).byte_width());
    case Type::DATE32:
      return "INT32 DATE";
    case Type::TIME32:
      return "INT32 TIME(ms)";
    case Type::TIME64:
      return "INT64 TIME(us)";
    case Type::TIMESTAMP: {
      bool utc = !static_cast<const arrow::TimestampType&>(type).timezone().empty();
      return utc ? "INT64 TIMESTAMP(us, UTC)" : "INT64 TIMESTAMP(us)";
    }
    case Type::DURATION:
      return "INT64";
    case Type::DECIMAL32:
    case Type::DECIMAL64:
    case Type::DECIMAL128:
    case Type::DECIMAL256:
      return DecimalName(static_cast<const arrow::DecimalType&>(type));
    default:
      return arrow::is_integer(type.id()) ? IntegerName(type) : "";
  }
}

constexpr char kSparkRefuses[] = "Spark 3.5 refuses files with such a column";

FormatVerdict CheckStored(const arrow::Field& stored);

// The verdict on a nested type is that of its worst field.
FormatVerdict CheckNested(const arrow::DataType& type) {
  FormatVerdict verdict;
  std::vector<std::string> names;
  auto add = [&](const arrow::Field& field) {
    FormatVerdict inner = CheckStored(field);
    verdict.fidelity = std::max(verdict.fidelity, inner.fidelity);
    if (!inner.note.empty()) verdict.note = inner.note;
    names.push_back(std::move(inner.target_type));
  };
  if (type.id() == Type::STRUCT) {
    if (type.num_fields() == 0) {
      return {Fidelity::kRefused, "", "Parquet has no struct without fields"};
    }
    for (const auto& field : type.fields()) add(*field);
    verdict.target_type = fmt::format("group of {}", names.size());
  } else if (type.id() == Type::MAP) {
    add(*static_cast<const arrow::MapType&>(type).key_field());
    add(*static_cast<const arrow::MapType&>(type).item_field());
    verdict.target_type = fmt::format("MAP of {} to {}", names[0], names[1]);
  } else {
    add(*type.field(0));
    verdict.target_type = "LIST of " + names[0];
  }
  return verdict;
}

bool IsNestedInParquet(const arrow::DataType& type) {
  return type.id() == Type::STRUCT || type.id() == Type::MAP || type.id() == Type::LIST ||
         type.id() == Type::LARGE_LIST || type.id() == Type::FIXED_SIZE_LIST;
}

std::string_view UnitName(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return "second";
    case arrow::TimeUnit::MILLI:
      return "millisecond";
    case arrow::TimeUnit::MICRO:
      return "microsecond";
    case arrow::TimeUnit::NANO:
      return "nanosecond";
  }
  return "";
}

FormatVerdict CheckStored(const arrow::Field& stored) {
  const arrow::DataType& type = *stored.type();
  if (type.id() == Type::EXTENSION) {
    bool json = static_cast<const arrow::ExtensionType&>(type).extension_name() == "arrow.json";
    if (json) return {Fidelity::kExact, "BYTE_ARRAY JSON", ""};
    return {Fidelity::kExact, "FIXED_LEN_BYTE_ARRAY(16) UUID", kSparkRefuses};
  }
  if (IsNestedInParquet(type)) return CheckNested(type);
  FormatVerdict verdict{Fidelity::kExact, LeafName(type), ""};
  if (verdict.target_type.empty()) {
    return {Fidelity::kRefused, "", fmt::format("Parquet has no {}", type.ToString())};
  }
  if (type.id() == Type::DURATION) {
    verdict = {Fidelity::kWidened, verdict.target_type,
               fmt::format("the number of {}s; only readers of Arrow's schema see a duration",
                           UnitName(static_cast<const arrow::DurationType&>(type).unit()))};
  }
  if (arrow::is_time(type.id())) verdict.note = kSparkRefuses;
  constexpr int kCommonPrecisionMax = 38;
  if (arrow::is_decimal(type.id()) &&
      static_cast<const arrow::DecimalType&>(type).precision() > kCommonPrecisionMax) {
    verdict.note = "more than 38 digits: Arrow reads them, DuckDB, Polars and Spark do not";
  }
  return verdict;
}

// Whether a conversion to microseconds could cut digits off.
bool HoldsNanoseconds(const arrow::DataType& type) {
  if (type.id() == Type::TIMESTAMP) {
    return static_cast<const arrow::TimestampType&>(type).unit() == arrow::TimeUnit::NANO;
  }
  if (type.id() == Type::TIME64) {
    return static_cast<const arrow::Time64Type&>(type).unit() == arrow::TimeUnit::NANO;
  }
  for (const auto& field : type.fields()) {
    if (HoldsNanoseconds(*field->type())) return true;
  }
  return false;
}

bool HoldsHalfFloats(const arrow::DataType& type) {
  if (type.id() == Type::HALF_FLOAT) return true;
  for (const auto& field : type.fields()) {
    if (HoldsHalfFloats(*field->type())) return true;
  }
  return false;
}

void Worsen(FormatVerdict* verdict, Fidelity fidelity, std::string_view note) {
  verdict->fidelity = std::max(verdict->fidelity, fidelity);
  if (!verdict->note.empty()) verdict->note += "; ";
  verdict->note += note;
}

}  // namespace

std::shared_ptr<arrow::Field> StoredField(const arrow::Field& field) {
  return StoredLeaves(*FileField(field));
}

FormatVerdict CheckField(const arrow::Field& field, const FormatOptions& options) {
  ValueKind kind = KindOf(field);
  if (kind == ValueKind::kTimestamp2000 || kind == ValueKind::kTimestampTz2000) {
    return {Fidelity::kRefused, "", "text formats' timestamps have no typed form"};
  }
  std::shared_ptr<arrow::Field> stored = StoredField(field);
  FormatVerdict verdict = CheckStored(*stored);
  if (verdict.fidelity == Fidelity::kRefused) return verdict;
  if (kind == ValueKind::kNumeric) {
    Worsen(&verdict, Fidelity::kWidened, "as exact decimal text");
  }
  if (HoldsHalfFloats(*field.type())) {
    Worsen(&verdict, Fidelity::kWidened, "few readers know half floats");
  }
  if (HoldsNanoseconds(*field.type())) {
    if (options.allow_lossy.contains(field.name())) {
      Worsen(&verdict, Fidelity::kLossy, "digits finer than a microsecond are cut off");
    } else {
      Worsen(&verdict, Fidelity::kExact, "a value finer than a microsecond ends the copy");
    }
  }
  return verdict;
}

}  // namespace weir::parquet_format
