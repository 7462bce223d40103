// JSON values of any bytes, one a line, as `--nested struct` takes them: a type is inferred over
// all and each is converted to it. XML walks them in its own way.
//
// What was inferred holds every value it was inferred from, without a change: converted and written
// as JSON again it says the same. Neither order nor the number of workers matters.
#include <arrow/array.h>
#include <arrow/type.h>

#include <nlohmann/json.hpp>

#include "format/json/json_cell.h"
#include "format/json/json_to_arrow.h"
#include "format/json/struct_inference.h"
#include "format/xml/json_to_xml.h"
#include "fuzz/fuzzing.h"

namespace weir {
namespace {

using fuzzing::Input;
using fuzzing::Require;
using Json = nlohmann::json;

// nullopt for what is not JSON to nlohmann: a second opinion.
std::optional<Json> Parse(std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

// A struct has every key that one of the rows has: a key that is missing is a null.
bool IsSame(const Json& before, const Json& after) {
  if (before.is_number() && after.is_number()) return before == after;
  if (before.type() != after.type()) return false;
  if (before.is_array()) {
    return std::equal(before.begin(), before.end(), after.begin(), after.end(), IsSame);
  }
  if (!before.is_object()) return before == after;
  for (const auto& [key, value] : before.items()) {
    if (!after.contains(key) || !IsSame(value, after[key])) return false;
  }
  for (const auto& [key, value] : after.items()) {
    if (!before.contains(key) && !value.is_null()) return false;
  }
  return true;
}

std::vector<std::string_view> Documents(Input input) {
  std::vector<std::string_view> documents;
  while (!input.empty()) documents.push_back(input.Line());
  return documents;
}

void CheckOrder(const std::vector<std::string_view>& documents, const arrow::Field& expected) {
  JsonSchemaInference backwards, odd, even;
  for (size_t i = documents.size(); i-- > 0;) {
    Require(backwards.Observe(documents[i]), "a value is JSON in every order");
    Require((i % 2 == 0 ? even : odd).Observe(documents[i]), "and for every worker");
  }
  odd.Merge(even);
  Require(backwards.Finish("v")->Equals(expected, true), "the order does not matter",
          expected.ToString(true));
  Require(odd.Finish("v")->Equals(expected, true), "the workers do not matter",
          expected.ToString(true));
}

void CheckConversion(const std::vector<std::string_view>& documents, const arrow::Field& field) {
  auto converter = JsonToArrow::Make(field, arrow::default_memory_pool());
  Require(converter.status(), "what was inferred can be converted to");
  for (const std::string_view document : documents) {
    Require((*converter)->Append(document), "the type holds what it was inferred from");
  }
  auto column = (*converter)->Finish();
  Require(column.status(), "the values make a column");
  Require((*column)->ValidateFull(), "the column is valid");
  auto cell = JsonCell::Make(field, Dialect::kIso, SpecialValues::kError).ValueOrDie();
  cell->Bind(**column);
  for (size_t row = 0; row < documents.size(); ++row) {
    ByteBuffer text;
    Require(cell->Append(static_cast<int64_t>(row), &text), "a converted value is written");
    const auto before = Parse(documents[row]);
    if (!before) continue;
    const auto after = Parse(text.view());
    Require(after.has_value(), "what is written is JSON", text.view());
    Require(IsSame(*before, *after), "the value is the same",
            std::string(documents[row]) + " -> " + std::string(text.view()));
  }
}

void CheckStructs(const std::vector<std::string_view>& documents) {
  JsonSchemaInference inference;
  std::vector<std::string_view> good;
  for (const std::string_view document : documents) {
    if (inference.Observe(document).ok()) good.push_back(document);
  }
  const auto field = inference.Finish("v");
  CheckConversion(good, *field);
  if (good.size() == documents.size()) CheckOrder(good, *field);
}

void CheckXml(const std::vector<std::string_view>& documents) {
  JsonToXml to_xml;
  for (const std::string_view document : documents) {
    ByteBuffer xml;
    const Status status = to_xml.Append("v", document, &xml);
    if (!status.ok()) continue;
    Require(xml.view().starts_with("<v") && xml.view().ends_with('>'), "XML is an element",
            xml.view());
  }
}

}  // namespace
}  // namespace weir

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto documents = weir::Documents(weir::fuzzing::Input(bytes, size));
  weir::CheckStructs(documents);
  weir::CheckXml(documents);
  return 0;
}
