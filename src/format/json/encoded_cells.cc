// Layouts that stand between a row and its value: dictionaries, runs, unions, extension types. JSON
// has the value alone.
#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/ree_util.h>

#include <optional>
#include <utility>
#include <vector>

#include "format/json/cell_parts.h"

namespace weir {
namespace {

class DictionaryCell final : public JsonCell {
 public:
  explicit DictionaryCell(std::unique_ptr<JsonCell> value)
      : JsonCell(/*logical_nulls=*/true), value_(std::move(value)) {}

 private:
  void BindValues(const arrow::Array& column) override {
    column_ = static_cast<const arrow::DictionaryArray*>(&column);
    dictionary_ = column_->dictionary();
    value_->Bind(*dictionary_);
  }
  Status AppendValue(int64_t row, ByteBuffer* out) override {
    return value_->Append(column_->GetValueIndex(row), out);
  }
  bool IsLogicallyNull(int64_t row) const override {
    return value_->IsNull(column_->GetValueIndex(row));
  }

  std::unique_ptr<JsonCell> value_;
  const arrow::DictionaryArray* column_ = nullptr;
  std::shared_ptr<arrow::Array> dictionary_;
};

class RunEndCell final : public JsonCell {
 public:
  explicit RunEndCell(std::unique_ptr<JsonCell> value)
      : JsonCell(/*logical_nulls=*/true), value_(std::move(value)) {}

 private:
  void BindValues(const arrow::Array& column) override {
    span_.emplace(*column.data());
    values_ = static_cast<const arrow::RunEndEncodedArray&>(column).values();
    value_->Bind(*values_);
  }
  Status AppendValue(int64_t row, ByteBuffer* out) override {
    return value_->Append(PhysicalIndex(row), out);
  }
  bool IsLogicallyNull(int64_t row) const override { return value_->IsNull(PhysicalIndex(row)); }

  int64_t PhysicalIndex(int64_t row) const {
    return arrow::ree_util::FindPhysicalIndex(*span_, row, span_->offset);
  }

  std::unique_ptr<JsonCell> value_;
  std::optional<arrow::ArraySpan> span_;
  std::shared_ptr<arrow::Array> values_;
};

class UnionCell final : public JsonCell {
 public:
  explicit UnionCell(std::vector<std::unique_ptr<JsonCell>> children)
      : JsonCell(/*logical_nulls=*/true),
        children_(std::move(children)),
        values_(children_.size()) {}

 private:
  void BindValues(const arrow::Array& column) override {
    column_ = static_cast<const arrow::UnionArray*>(&column);
    offsets_ = column_->mode() == arrow::UnionMode::DENSE
                   ? static_cast<const arrow::DenseUnionArray&>(column).raw_value_offsets()
                   : nullptr;
    for (size_t i = 0; i < children_.size(); ++i) {
      values_[i] = column_->field(static_cast<int>(i));
      children_[i]->Bind(*values_[i]);
    }
  }
  Status AppendValue(int64_t row, ByteBuffer* out) override {
    return children_[column_->child_id(row)]->Append(ChildRow(row), out);
  }
  bool IsLogicallyNull(int64_t row) const override {
    return children_[column_->child_id(row)]->IsNull(ChildRow(row));
  }
  int64_t ChildRow(int64_t row) const { return offsets_ == nullptr ? row : offsets_[row]; }

  std::vector<std::unique_ptr<JsonCell>> children_;
  std::vector<std::shared_ptr<arrow::Array>> values_;
  const arrow::UnionArray* column_ = nullptr;
  const int32_t* offsets_ = nullptr;  // of a dense union
};

class ExtensionCell final : public JsonCell {
 public:
  explicit ExtensionCell(std::unique_ptr<JsonCell> storage)
      : JsonCell(/*logical_nulls=*/true), storage_(std::move(storage)) {}

 private:
  void BindValues(const arrow::Array& column) override {
    values_ = static_cast<const arrow::ExtensionArray&>(column).storage();
    storage_->Bind(*values_);
  }
  Status AppendValue(int64_t row, ByteBuffer* out) override { return storage_->Append(row, out); }
  bool IsLogicallyNull(int64_t row) const override { return storage_->IsNull(row); }

  std::unique_ptr<JsonCell> storage_;
  std::shared_ptr<arrow::Array> values_;
};

// The field as it would be without the layout: its kind still says what the values mean.
std::shared_ptr<arrow::Field> Decoded(const arrow::Field& field,
                                      std::shared_ptr<arrow::DataType> type) {
  return MakeField(field.name(), std::move(type), KindOf(field));
}

Result<std::unique_ptr<JsonCell>> MakeUnionCell(const arrow::DataType& type,
                                                const JsonCellContext& context) {
  std::vector<std::unique_ptr<JsonCell>> children;
  for (const auto& field : type.fields()) {
    ARROW_ASSIGN_OR_RAISE(auto child, MakeJsonCell(*field, Inside(context, field->name())));
    children.push_back(std::move(child));
  }
  return std::make_unique<UnionCell>(std::move(children));
}

Result<std::unique_ptr<JsonCell>> MakeExtensionCell(const arrow::Field& field,
                                                    const JsonCellContext& context) {
  const auto& type = static_cast<const arrow::ExtensionType&>(*field.type());
  ValueKind kind = KindOf(field);
  if (type.extension_name() == "arrow.json") kind = ValueKind::kJson;
  if (type.extension_name() == "arrow.uuid") kind = ValueKind::kUuid;
  auto storage_field = MakeField(field.name(), type.storage_type(), kind);
  ARROW_ASSIGN_OR_RAISE(auto storage, MakeJsonCell(*storage_field, context));
  return std::make_unique<ExtensionCell>(std::move(storage));
}

}  // namespace

Result<std::unique_ptr<JsonCell>> MakeEncodedJsonCell(const arrow::Field& field,
                                                      const JsonCellContext& context) {
  const arrow::DataType& type = *field.type();
  switch (type.id()) {
    case arrow::Type::DICTIONARY: {
      auto value_type = static_cast<const arrow::DictionaryType&>(type).value_type();
      ARROW_ASSIGN_OR_RAISE(auto value, MakeJsonCell(*Decoded(field, value_type), context));
      return std::make_unique<DictionaryCell>(std::move(value));
    }
    case arrow::Type::RUN_END_ENCODED: {
      auto value_type = static_cast<const arrow::RunEndEncodedType&>(type).value_type();
      ARROW_ASSIGN_OR_RAISE(auto value, MakeJsonCell(*Decoded(field, value_type), context));
      return std::make_unique<RunEndCell>(std::move(value));
    }
    case arrow::Type::SPARSE_UNION:
    case arrow::Type::DENSE_UNION:
      return MakeUnionCell(type, context);
    case arrow::Type::EXTENSION:
      return MakeExtensionCell(field, context);
    default:
      return nullptr;
  }
}

}  // namespace weir
