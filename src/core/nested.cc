#include "core/nested.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "core/field.h"

namespace weir {
namespace {

// Calls `present` with each value's text and `null` for NULLs.
template <typename Present, typename Null>
Status ForEachText(const arrow::Array& array, Present present, Null null) {
  const auto& text = static_cast<const arrow::StringArray&>(array);
  for (int64_t row = 0; row < text.length(); ++row) {
    ARROW_RETURN_NOT_OK(text.IsNull(row) ? null() : present(text.GetView(row)));
  }
  return Status::OK();
}

}  // namespace

NestedColumns::NestedColumns(const NestedSupport* support, std::shared_ptr<arrow::Schema> schema)
    : support_(support), schema_(std::move(schema)) {
  for (int i = 0; i < schema_->num_fields(); ++i) {
    const arrow::Field& field = *schema_->field(i);
    bool text = field.type()->id() == arrow::Type::STRING;
    if (text && KindOf(field) == ValueKind::kJson) json_columns_.push_back(i);
  }
}

std::function<Status(const arrow::RecordBatch&)> NestedColumns::MakeObserver() {
  auto inferences = std::make_shared<Inferences>();
  for (size_t i = 0; i < json_columns_.size(); ++i) {
    inferences->push_back(support_->make_inference());
  }
  {
    std::lock_guard lock(mutex_);
    observed_.push_back(inferences);
  }
  return [inferences](const arrow::RecordBatch& batch) -> Status {
    for (int i = 0; i < batch.num_columns(); ++i) {
      TypeInference* inference = (*inferences)[i].get();
      ARROW_RETURN_NOT_OK(ForEachText(
          *batch.column(i), [&](std::string_view json) { return inference->Observe(json); },
          [] { return Status::OK(); }));
    }
    return Status::OK();
  };
}

void NestedColumns::DecideTypes() {
  std::vector<std::shared_ptr<arrow::Field>> fields = schema_->fields();
  for (size_t i = 0; i < json_columns_.size(); ++i) {
    std::unique_ptr<TypeInference> all = support_->make_inference();
    for (const auto& inferences : observed_) all->Merge(*(*inferences)[i]);
    auto& field = fields[json_columns_[i]];
    field = all->Finish(*field);
  }
  schema_ = arrow::schema(std::move(fields), schema_->metadata());
  observed_.clear();
}

Result<std::function<Result<NestedColumns::Batch>(NestedColumns::Batch)>>
NestedColumns::MakeConverter() const {
  auto converters = std::make_shared<std::vector<std::unique_ptr<NestedConverter>>>();
  for (int column : json_columns_) {
    ARROW_ASSIGN_OR_RAISE(auto converter, support_->make_converter(*schema_->field(column)));
    converters->push_back(std::move(converter));
  }
  return [this, converters](const Batch& batch) -> Result<Batch> {
    auto columns = batch->columns();
    for (size_t i = 0; i < json_columns_.size(); ++i) {
      auto& column = columns[json_columns_[i]];
      NestedConverter* converter = (*converters)[i].get();
      ARROW_RETURN_NOT_OK(ForEachText(
          *column, [&](std::string_view json) { return converter->Append(json); },
          [&] { return converter->AppendNull(); }));
      ARROW_ASSIGN_OR_RAISE(column, converter->Finish());
    }
    return arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns));
  };
}

}  // namespace weir
