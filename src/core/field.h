// What a column's values mean beyond their Arrow type. A batch is plain Arrow; where Arrow's type
// alone does not say how a value is to be written (exact decimal text, JSON text, a UUID), the
// field's metadata does, under the key "weir.kind". Every encoder honours every kind.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <string_view>

namespace weir {

enum class ValueKind {
  // The Arrow type says it all.
  kPlain,
  // utf8: the exact decimal text of a number of any size, or NaN, Infinity, -Infinity.
  kNumeric,
  // utf8: one JSON value (RFC 8259), already valid; never re-parsed for JSON output.
  kJson,
  // fixed_size_binary(16), RFC 9562 byte order.
  kUuid,
  // int64 microseconds since 2000-01-01 00:00:00; INT64_MAX is infinity, INT64_MIN -infinity. Used
  // only for text formats: it spans 4713 BC to 294276 AD, which microseconds since 1970 do not.
  kTimestamp2000,
  kTimestampTz2000,  // the same, an instant in UTC
};

// Text values beyond these have no form in Arrow; text encoders must write them:
//   date32:      INT32_MAX is infinity, INT32_MIN -infinity; years up to 5874897 and BC
//   time64[us]:  86 400 000 000 is 24:00:00
inline constexpr int64_t kTimestampInfinity = INT64_MAX;
inline constexpr int64_t kTimestampMinusInfinity = INT64_MIN;
inline constexpr int32_t kDateInfinity = INT32_MAX;
inline constexpr int32_t kDateMinusInfinity = INT32_MIN;

std::string_view ToString(ValueKind kind);
ValueKind KindOf(const arrow::Field& field);

// A field with its kind in the metadata (none for kPlain).
std::shared_ptr<arrow::Field> MakeField(std::string name, std::shared_ptr<arrow::DataType> type,
                                        ValueKind kind = ValueKind::kPlain, bool nullable = true);

}  // namespace weir
