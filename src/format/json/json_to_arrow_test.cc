#include "format/json/json_to_arrow.h"

#include <arrow/array.h>
#include <arrow/memory_pool.h>
#include <arrow/type.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "format/json/json_testing.h"
#include "format/json/struct_inference.h"

namespace weir {
namespace {

using json_testing::Cells;
using json_testing::RandomJson;
using json_testing::Strings;

std::shared_ptr<arrow::Field> Inferred(const Strings& rows) {
  JsonSchemaInference inference;
  for (const std::string& row : rows) EXPECT_TRUE(inference.Observe(row).ok()) << row;
  return inference.Finish("c");
}

std::unique_ptr<JsonToArrow> ConverterTo(const arrow::Field& field) {
  return *JsonToArrow::Make(field, arrow::default_memory_pool());
}

std::shared_ptr<arrow::Array> Convert(const arrow::Field& field, const Strings& rows) {
  auto converter = ConverterTo(field);
  for (const std::string& row : rows) {
    Status status = converter->Append(row);
    EXPECT_TRUE(status.ok()) << row << ": " << status.ToString();
  }
  auto array = converter->Finish();
  EXPECT_TRUE(array.ok()) << array.status().ToString();
  return *array;
}

// Infers, converts, and writes as JSON again.
Strings RoundTrip(const Strings& rows) {
  auto field = Inferred(rows);
  auto array = Convert(*field, rows);
  EXPECT_TRUE(array->ValidateFull().ok()) << array->ValidateFull().ToString();
  EXPECT_TRUE(array->type()->Equals(*field->type(), /*check_metadata=*/true));
  return Cells(*field, *array);
}

TEST(JsonToArrow, Scalars) {
  EXPECT_EQ(RoundTrip({"1", "null", "-9223372036854775808"}),
            (Strings{"1", "null", "-9223372036854775808"}));
  EXPECT_EQ(RoundTrip({"1.5", "2", "-0.0", "1e-7"}), (Strings{"1.5", "2", "-0", "1e-07"}));
  EXPECT_EQ(RoundTrip({"1.50", "-0.1", "123"}), (Strings{"1.50", "-0.10", "123.00"}));
  EXPECT_EQ(RoundTrip({"18446744073709551615", "-1"}), (Strings{"18446744073709551615", "-1"}));
  EXPECT_EQ(RoundTrip({"true", "false"}), (Strings{"true", "false"}));
  EXPECT_EQ(RoundTrip({R"("\u00e9\n\u0000\/")"}), (Strings{"\"é\\n\\u0000/\""}));
  EXPECT_EQ(RoundTrip({" 1e400 ", "\"x\"", "null"}), (Strings{"1e400", "\"x\"", "null"}));
}

TEST(JsonToArrow, AllDigitsOfADecimal) {
  Strings rows{"12345678901234567890123456789012345678", "-1"};
  EXPECT_EQ(RoundTrip(rows), rows);
  rows = {"0.12345678901234567890123456789012345678", "-0.00000000000000000000000000000000000010"};
  EXPECT_EQ(RoundTrip(rows), rows);
}

TEST(JsonToArrow, Structs) {
  EXPECT_EQ(RoundTrip({R"({"b": {"x": [1, 2]}, "a": "s"})", R"({"a": null})", "null", "{}",
                       R"({"b": {}})"}),
            (Strings{R"({"a":"s","b":{"x":[1,2]}})", R"({"a":null,"b":null})", "null",
                     R"({"a":null,"b":null})", R"({"a":null,"b":{"x":null}})"}));
  EXPECT_EQ(RoundTrip({R"({"a": 1, "A": 2, "": 3})"}), (Strings{R"({"":3,"A":2,"a":1})"}));
}

TEST(JsonToArrow, TextKeepsTheValueAsItStands) {
  Strings rows{R"({"a": {"x": 1,  "x": 2}})",
               R"({"a": [1 , "\ud800"] })",
               R"({"a": 1.0})",
               R"({"a": "s" })",
               R"({"a": null})",
               R"({"b": 1})"};
  EXPECT_EQ(RoundTrip(rows),
            (Strings{R"({"a":{"x": 1,  "x": 2},"b":null})", R"({"a":[1 , "\ud800"],"b":null})",
                     R"({"a":1.0,"b":null})", R"({"a":"s","b":null})", R"({"a":null,"b":null})",
                     R"({"a":null,"b":1})"}));
  auto field = Inferred(rows);
  auto structs = std::static_pointer_cast<arrow::StructArray>(Convert(*field, rows));
  const auto& texts = static_cast<const arrow::StringArray&>(*structs->field(0));
  EXPECT_EQ(texts.GetView(4), "null");  // a JSON null is text,
  EXPECT_TRUE(texts.IsNull(5));         // a missing key is not
}

TEST(JsonToArrow, Lists) {
  EXPECT_EQ(RoundTrip({"[]", "[[1], null, []]", "null"}), (Strings{"[]", "[[1],null,[]]", "null"}));
  EXPECT_EQ(RoundTrip({R"([{"a": 1}, {"b": 2}, null])"}),
            (Strings{R"([{"a":1,"b":null},{"a":null,"b":2},null])"}));
  EXPECT_EQ(RoundTrip({"[]", "[null]", "[{}]"}), (Strings{"[]", "[null]", "[{}]"}));
}

TEST(JsonToArrow, NullRowsAndSeveralBatches) {
  auto field = Inferred({R"({"a": 1})"});
  auto converter = ConverterTo(*field);
  ASSERT_TRUE(converter->Append(R"({"a": 1})").ok());
  ASSERT_TRUE(converter->AppendNull().ok());
  EXPECT_EQ(Cells(*field, **converter->Finish()), (Strings{R"({"a":1})", "null"}));
  ASSERT_TRUE(converter->Append("{}").ok());
  EXPECT_EQ(Cells(*field, **converter->Finish()), (Strings{R"({"a":null})"}));
  EXPECT_EQ((*converter->Finish())->length(), 0);
}

std::string DriftOf(const Strings& inferred_from, const std::string& row) {
  auto field = Inferred(inferred_from);
  Status status = ConverterTo(*field)->Append(row);
  EXPECT_TRUE(IsErrorCode(status, "json.schema_drift")) << row << ": " << status.ToString();
  return status.message();
}

TEST(JsonToArrow, Drift) {
  EXPECT_EQ(DriftOf({R"({"a": [{"n": 1}]})"}, R"({"a": [{"n": 1.5}]})"),
            "column \"c\".a[].n: expected a 64-bit integer, found 1.5");
  EXPECT_EQ(DriftOf({"1"}, "9223372036854775808"),
            "column \"c\": expected a 64-bit integer, found 9223372036854775808");
  EXPECT_EQ(DriftOf({"1"}, "-0"), "column \"c\": expected a 64-bit integer, found -0");
  EXPECT_EQ(DriftOf({"1.5"}, "1.10"),
            "column \"c\": expected a number that a double holds, found 1.10");
  EXPECT_EQ(DriftOf({"1.50"}, "10.5"), "column \"c\": expected a number of 1+2 digits, found 10.5");
  EXPECT_EQ(DriftOf({"1.50"}, "1.555"),
            "column \"c\": expected a number of 1+2 digits, found 1.555");
  EXPECT_EQ(DriftOf({"true"}, "1"), "column \"c\": expected a boolean, found 1");
  EXPECT_EQ(DriftOf({"\"s\""}, "[]"), "column \"c\": expected a string, found [");
  EXPECT_EQ(DriftOf({"[1]"}, "1"), "column \"c\": expected an array, found 1");
  EXPECT_EQ(DriftOf({R"({"a": 1})"}, "[]"), "column \"c\": expected an object, found [");
  EXPECT_EQ(DriftOf({R"({"a": 1})"}, R"({"b": 1})"), "column \"c\": new key \"b\"");
  EXPECT_EQ(DriftOf({R"({"a": 1})"}, R"({"a": 1, "a": 1})"), "column \"c\": key \"a\" twice");
  EXPECT_EQ(DriftOf({"\"s\""}, R"("\ud800")"),
            "column \"c\": expected a string of whole characters, found \"\\ud800\"");
  EXPECT_EQ(DriftOf({R"({"a": 1})"}, R"({"\ud800": 1})"),
            "column \"c\": a key is not of whole characters");
}

TEST(JsonToArrow, InvalidJson) {
  auto converter = ConverterTo(*Inferred({"[1]"}));
  EXPECT_TRUE(IsErrorCode(converter->Append("[1"), "json.invalid"));
}

TEST(JsonToArrow, OtherTypesAreNotTargets) {
  auto made = JsonToArrow::Make(*arrow::field("c", arrow::date32()), arrow::default_memory_pool());
  EXPECT_TRUE(IsErrorCode(made.status(), "format.unsupported_type"));
}

// Without members that are null, which a struct writes for keys that were missing.
nlohmann::json WithoutNulls(nlohmann::json json) {
  if (json.is_object()) {
    nlohmann::json kept = nlohmann::json::object();
    for (auto& [key, value] : json.items()) {
      if (!value.is_null()) kept[key] = WithoutNulls(value);
    }
    return kept;
  }
  for (auto& item : json) {
    if (json.is_array()) item = WithoutNulls(item);
  }
  return json;
}

TEST(JsonToArrow, RandomRowsKeepTheirValues) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    RandomJson json(seed);
    Strings rows;
    bool any_type = seed % 3 == 0;
    for (int i = 0; i < 15; ++i) rows.push_back(any_type ? json.Value(0) : json.Object(0));
    Strings written = RoundTrip(rows);
    ASSERT_EQ(written.size(), rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      ASSERT_EQ(WithoutNulls(nlohmann::json::parse(written[i])),
                WithoutNulls(nlohmann::json::parse(rows[i])))
          << rows[i];
    }
  }
}

// A document with a few bytes changed, removed or repeated.
std::string Mutated(std::string text, RandomJson* random) {
  static constexpr char kBytes[] = "{}[]\",:\\u0 19-+.eEtnf\x01\x1f\n\xc3\xff";
  for (int i = 1 + random->Pick(3); i > 0 && !text.empty(); --i) {
    size_t at = random->Pick(static_cast<int>(text.size()));
    switch (random->Pick(3)) {
      case 0:
        text[at] = kBytes[random->Pick(sizeof kBytes - 1)];
        break;
      case 1:
        text.erase(at, 1 + random->Pick(3));
        break;
      default:
        text.insert(at, text.substr(at, random->Pick(8)));
    }
  }
  return text;
}

// What the other parser refuses though it may be JSON: escapes of half a character, which stay text
// and are not looked into, and numbers beyond a double.
bool MayBeRefused(const std::string& json) {
  static const std::regex kRefused(R"(\\|[eE]\+?[0-9]{3})");
  return std::regex_search(json, kRefused);
}

// Whatever the first pass lets through, the second converts; and the first lets through what
// another parser does, and nothing else.
TEST(JsonToArrow, MutatedDocuments) {
  int valid = 0;
  for (unsigned seed = 0; seed < 20000; ++seed) {
    RandomJson random(seed);
    std::string json = Mutated(random.Value(0), &random);
    JsonSchemaInference inference;
    Status observed = inference.Observe(json);
    bool accepted = nlohmann::json::accept(json);
    ASSERT_TRUE(observed.ok() == accepted || (observed.ok() && MayBeRefused(json))) << json;
    if (!observed.ok()) {
      ASSERT_TRUE(IsErrorCode(observed, "json.invalid")) << json;
      continue;
    }
    ++valid;
    auto field = inference.Finish("c");
    auto array = Convert(*field, {json});
    ASSERT_TRUE(array->ValidateFull().ok()) << json;
    if (!accepted) continue;
    ASSERT_EQ(WithoutNulls(nlohmann::json::parse(Cells(*field, *array)[0])),
              WithoutNulls(nlohmann::json::parse(json)))
        << json;
  }
  EXPECT_GT(valid, 1000);
}

}  // namespace
}  // namespace weir
