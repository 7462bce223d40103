// Lists, structs and maps. The children are bound once per batch; a row is then a loop over them.
#include <arrow/array.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "format/json/cell_parts.h"
#include "format/json/json_string.h"

namespace weir {
namespace {

template <typename ArrayType>
class ListCell final : public JsonCell {
 public:
  explicit ListCell(std::unique_ptr<JsonCell> item) : item_(std::move(item)) {}

 private:
  void BindValues(const arrow::Array& column) override {
    column_ = static_cast<const ArrayType*>(&column);
    values_ = column_->values();
    item_->Bind(*values_);
  }

  Status AppendValue(int64_t row, ByteBuffer* out) override {
    int64_t begin = column_->value_offset(row);
    int64_t end = begin + column_->value_length(row);
    out->Append('[');
    for (int64_t i = begin; i < end; ++i) {
      if (i != begin) out->Append(',');
      ARROW_RETURN_NOT_OK(item_->Append(i, out));
    }
    out->Append(']');
    return Status::OK();
  }

  std::unique_ptr<JsonCell> item_;
  const ArrayType* column_ = nullptr;
  std::shared_ptr<arrow::Array> values_;
};

class StructCell final : public JsonCell {
 public:
  struct Member {
    std::string key;  // with what stands before it: {"a": or ,"b":
    std::unique_ptr<JsonCell> cell;
    std::shared_ptr<arrow::Array> values;
  };

  explicit StructCell(std::vector<Member> members) : members_(std::move(members)) {}

 private:
  void BindValues(const arrow::Array& column) override {
    const auto& structs = static_cast<const arrow::StructArray&>(column);
    for (size_t i = 0; i < members_.size(); ++i) {
      members_[i].values = structs.field(static_cast<int>(i));
      members_[i].cell->Bind(*members_[i].values);
    }
  }

  Status AppendValue(int64_t row, ByteBuffer* out) override {
    if (members_.empty()) out->Append('{');
    for (Member& member : members_) {
      out->Append(member.key);
      ARROW_RETURN_NOT_OK(member.cell->Append(row, out));
    }
    out->Append('}');
    return Status::OK();
  }

  std::vector<Member> members_;
};

class MapCell final : public JsonCell {
 public:
  MapCell(std::unique_ptr<JsonCell> key, std::unique_ptr<JsonCell> item, bool as_object,
          JsonCellContext context)
      : key_(std::move(key)),
        item_(std::move(item)),
        as_object_(as_object),
        context_(std::move(context)) {}

 private:
  void BindValues(const arrow::Array& column) override {
    column_ = static_cast<const arrow::MapArray*>(&column);
    key_->Bind(*column_->keys());
    item_->Bind(*column_->items());
  }

  Status AppendValue(int64_t row, ByteBuffer* out) override {
    int64_t begin = column_->value_offset(row);
    int64_t end = begin + column_->value_length(row);
    out->Append(as_object_ ? '{' : '[');
    for (int64_t i = begin; i < end; ++i) {
      if (i != begin) out->Append(',');
      ARROW_RETURN_NOT_OK(as_object_ ? AppendMember(i, out) : AppendPair(i, out));
    }
    out->Append(as_object_ ? '}' : ']');
    return Status::OK();
  }

  Status AppendMember(int64_t entry, ByteBuffer* out) {
    if (key_->IsNull(entry)) {
      return Error("format.null_map_key",
                   fmt::format("column \"{}\": a map has a null key", context_.path));
    }
    ARROW_RETURN_NOT_OK(key_->Append(entry, out));
    out->Append(':');
    return item_->Append(entry, out);
  }

  Status AppendPair(int64_t entry, ByteBuffer* out) {
    out->Append("{\"key\":");
    ARROW_RETURN_NOT_OK(key_->Append(entry, out));
    out->Append(",\"value\":");
    ARROW_RETURN_NOT_OK(item_->Append(entry, out));
    out->Append('}');
    return Status::OK();
  }

  std::unique_ptr<JsonCell> key_;
  std::unique_ptr<JsonCell> item_;
  const bool as_object_;
  const JsonCellContext context_;
  const arrow::MapArray* column_ = nullptr;
};

template <typename ArrayType>
Result<std::unique_ptr<JsonCell>> MakeListCell(const arrow::DataType& type,
                                               const JsonCellContext& context) {
  const arrow::Field& field = *type.field(0);
  ARROW_ASSIGN_OR_RAISE(auto item, MakeJsonCell(field, Inside(context, field.name())));
  return std::make_unique<ListCell<ArrayType>>(std::move(item));
}

Result<std::unique_ptr<JsonCell>> MakeStructCell(const arrow::DataType& type,
                                                 const JsonCellContext& context) {
  std::vector<StructCell::Member> members;
  for (const auto& field : type.fields()) {
    if (!IsValidUtf8(field->name())) {
      return Error("format.invalid_utf8",
                   fmt::format("column \"{}\": the name of a field is not UTF-8", context.path));
    }
    ARROW_ASSIGN_OR_RAISE(auto cell, MakeJsonCell(*field, Inside(context, field->name())));
    ByteBuffer key;
    key.Append(members.empty() ? '{' : ',');
    AppendJsonString(field->name(), &key);
    key.Append(':');
    members.push_back({std::string(key.view()), std::move(cell), nullptr});
  }
  return std::make_unique<StructCell>(std::move(members));
}

// Whether every value of the field is written as a JSON string whatever it is.
bool IsAlwaysString(const arrow::Field& field) {
  ValueKind kind = KindOf(field);
  if (kind == ValueKind::kJson || kind == ValueKind::kNumeric) return false;
  arrow::Type::type id = field.type()->id();
  if (id == arrow::Type::DICTIONARY) {
    id = static_cast<const arrow::DictionaryType&>(*field.type()).value_type()->id();
  }
  return id == arrow::Type::STRING || id == arrow::Type::LARGE_STRING ||
         id == arrow::Type::STRING_VIEW;
}

Result<std::unique_ptr<JsonCell>> MakeMapCell(const arrow::MapType& type,
                                              const JsonCellContext& context) {
  const arrow::Field& key_field = *type.key_field();
  ARROW_ASSIGN_OR_RAISE(auto key, MakeJsonCell(key_field, Inside(context, "key")));
  ARROW_ASSIGN_OR_RAISE(auto item, MakeJsonCell(*type.item_field(), Inside(context, "value")));
  return std::make_unique<MapCell>(std::move(key), std::move(item), IsAlwaysString(key_field),
                                   context);
}

}  // namespace

Result<std::unique_ptr<JsonCell>> MakeNestedJsonCell(const arrow::Field& field,
                                                     const JsonCellContext& context) {
  const arrow::DataType& type = *field.type();
  switch (type.id()) {
    case arrow::Type::LIST:
      return MakeListCell<arrow::ListArray>(type, context);
    case arrow::Type::LARGE_LIST:
      return MakeListCell<arrow::LargeListArray>(type, context);
    case arrow::Type::LIST_VIEW:
      return MakeListCell<arrow::ListViewArray>(type, context);
    case arrow::Type::LARGE_LIST_VIEW:
      return MakeListCell<arrow::LargeListViewArray>(type, context);
    case arrow::Type::FIXED_SIZE_LIST:
      return MakeListCell<arrow::FixedSizeListArray>(type, context);
    case arrow::Type::STRUCT:
      return MakeStructCell(type, context);
    case arrow::Type::MAP:
      return MakeMapCell(static_cast<const arrow::MapType&>(type), context);
    default:
      return nullptr;
  }
}

}  // namespace weir
