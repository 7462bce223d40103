#include "format/json/nested.h"

#include <arrow/memory_pool.h>
#include <arrow/type.h>

#include "format/json/json_to_arrow.h"
#include "format/json/struct_inference.h"

namespace weir {
namespace {

class JsonInference final : public TypeInference {
 public:
  Status Observe(std::string_view json) override { return inference_.Observe(json); }
  void Merge(const TypeInference& other) override {
    inference_.Merge(static_cast<const JsonInference&>(other).inference_);
  }
  std::shared_ptr<arrow::Field> Finish(const arrow::Field& json_field) override {
    return inference_.Finish(json_field.name());
  }

 private:
  JsonSchemaInference inference_;
};

class JsonConverter final : public NestedConverter {
 public:
  explicit JsonConverter(std::unique_ptr<JsonToArrow> converter)
      : converter_(std::move(converter)) {}
  Status Append(std::string_view json) override { return converter_->Append(json); }
  Status AppendNull() override { return converter_->AppendNull(); }
  Result<std::shared_ptr<arrow::Array>> Finish() override { return converter_->Finish(); }

 private:
  const std::unique_ptr<JsonToArrow> converter_;
};

}  // namespace

NestedSupport JsonNestedSupport() {
  NestedSupport support;
  support.make_inference = [] { return std::make_unique<JsonInference>(); };
  support.make_converter =
      [](const arrow::Field& field) -> Result<std::unique_ptr<NestedConverter>> {
    ARROW_ASSIGN_OR_RAISE(auto converter, JsonToArrow::Make(field, arrow::default_memory_pool()));
    return std::make_unique<JsonConverter>(std::move(converter));
  };
  return support;
}

}  // namespace weir
