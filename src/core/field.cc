#include "core/field.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

namespace weir {
namespace {

constexpr char kKindKey[] = "weir.kind";

constexpr ValueKind kMarkedKinds[] = {ValueKind::kNumeric, ValueKind::kJson, ValueKind::kUuid,
                                      ValueKind::kTimestamp2000, ValueKind::kTimestampTz2000};

}  // namespace

std::string_view ToString(ValueKind kind) {
  switch (kind) {
    case ValueKind::kPlain:
      return "plain";
    case ValueKind::kNumeric:
      return "numeric";
    case ValueKind::kJson:
      return "json";
    case ValueKind::kUuid:
      return "uuid";
    case ValueKind::kTimestamp2000:
      return "timestamp2000";
    case ValueKind::kTimestampTz2000:
      return "timestamptz2000";
  }
  return "plain";
}

ValueKind KindOf(const arrow::Field& field) {
  if (field.metadata() == nullptr) return ValueKind::kPlain;
  int index = field.metadata()->FindKey(kKindKey);
  if (index < 0) return ValueKind::kPlain;
  const std::string& name = field.metadata()->value(index);
  for (ValueKind kind : kMarkedKinds) {
    if (ToString(kind) == name) return kind;
  }
  return ValueKind::kPlain;
}

std::shared_ptr<arrow::Field> MakeField(std::string name, std::shared_ptr<arrow::DataType> type,
                                        ValueKind kind, bool nullable) {
  std::shared_ptr<const arrow::KeyValueMetadata> metadata;
  if (kind != ValueKind::kPlain) {
    metadata = arrow::key_value_metadata({kKindKey}, {std::string(ToString(kind))});
  }
  return arrow::field(std::move(name), std::move(type), nullable, std::move(metadata));
}

}  // namespace weir
