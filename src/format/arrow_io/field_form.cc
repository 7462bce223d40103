#include "format/arrow_io/field_form.h"

#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>

#include "core/field.h"

namespace weir {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;

bool IsText(const arrow::DataType& type) {
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING;
}

bool IsUuidStorage(const arrow::DataType& type) {
  return type.id() == arrow::Type::FIXED_SIZE_BINARY &&
         static_cast<const arrow::FixedSizeBinaryType&>(type).byte_width() == 16;
}

TypePtr DenseType(const TypePtr& type) {
  if (type->id() != arrow::Type::DICTIONARY) return type;
  return static_cast<const arrow::DictionaryType&>(*type).value_type();
}

TypePtr PlainLayout(const TypePtr& type) {
  switch (type->id()) {
    case arrow::Type::STRING_VIEW:
      return arrow::utf8();
    case arrow::Type::BINARY_VIEW:
      return arrow::binary();
    case arrow::Type::LIST_VIEW:
      return arrow::list(type->field(0));
    case arrow::Type::LARGE_LIST_VIEW:
      return arrow::large_list(type->field(0));
    default:
      return type;
  }
}

ValueKind KindOfExtension(const arrow::ExtensionType& type, ValueKind kind) {
  if (type.extension_name() == "arrow.json" && IsText(*PlainLayout(type.storage_type()))) {
    return ValueKind::kJson;
  }
  if (type.extension_name() == "arrow.uuid") return ValueKind::kUuid;
  return kind;
}

}  // namespace

TypePtr WithFields(const TypePtr& type, FieldFunction convert) {
  auto child = [&](int i) { return convert(*type->field(i)); };
  switch (type->id()) {
    case arrow::Type::LIST:
      return arrow::list(child(0));
    case arrow::Type::LARGE_LIST:
      return arrow::large_list(child(0));
    case arrow::Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          child(0), static_cast<const arrow::FixedSizeListType&>(*type).list_size());
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return std::make_shared<arrow::MapType>(convert(*map.key_field()), convert(*map.item_field()),
                                              map.keys_sorted());
    }
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (int i = 0; i < type->num_fields(); ++i) fields.push_back(child(i));
      return arrow::struct_(fields);
    }
    default:
      return type;
  }
}

std::shared_ptr<arrow::Field> BatchField(const arrow::Field& file_field) {
  TypePtr type = DenseType(file_field.type());
  ValueKind kind = KindOf(file_field);
  while (type->id() == arrow::Type::EXTENSION) {
    const auto& extension = static_cast<const arrow::ExtensionType&>(*type);
    kind = KindOfExtension(extension, kind);
    type = DenseType(extension.storage_type());
  }
  return MakeField(file_field.name(), WithFields(PlainLayout(type), BatchField), kind,
                   file_field.nullable());
}

std::shared_ptr<arrow::Field> FileField(const arrow::Field& batch_field) {
  TypePtr type = WithFields(DenseType(batch_field.type()), FileField);
  ValueKind kind = KindOf(batch_field);
  if (kind == ValueKind::kJson && IsText(*type)) {
    type = arrow::extension::json(type);
    kind = ValueKind::kPlain;
  } else if (kind == ValueKind::kUuid && IsUuidStorage(*type)) {
    type = arrow::extension::uuid();
    kind = ValueKind::kPlain;
  }
  return MakeField(batch_field.name(), std::move(type), kind, batch_field.nullable());
}

}  // namespace weir
