#include "format/json/struct_inference.h"

#include <arrow/type.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/field.h"
#include "format/json/json_testing.h"

namespace weir {
namespace {

using json_testing::RandomJson;
using Rows = std::vector<std::string>;

// The type in short: JSON text as json, structs as {key: type}, lists as [type].
std::string Describe(const arrow::Field& field) {
  const arrow::DataType& type = *field.type();
  if (KindOf(field) == ValueKind::kJson) return "json";
  if (type.id() == arrow::Type::LIST) return "[" + Describe(*type.field(0)) + "]";
  if (type.id() != arrow::Type::STRUCT) return type.ToString();
  std::string text = "{";
  for (const auto& child : type.fields()) {
    if (text.size() > 1) text += ", ";
    text += child->name() + ": " + Describe(*child);
  }
  return text + "}";
}

JsonSchemaInference Observed(const Rows& rows) {
  JsonSchemaInference inference;
  for (const std::string& row : rows) {
    Status status = inference.Observe(row);
    EXPECT_TRUE(status.ok()) << row << ": " << status.ToString();
  }
  return inference;
}

std::string Infer(const Rows& rows) {
  return Describe(*Observed(rows).Finish("c"));
}

TEST(StructInference, Scalars) {
  EXPECT_EQ(Infer({"1", " -2 "}), "int64");
  EXPECT_EQ(Infer({"true", "false", "null"}), "bool");
  EXPECT_EQ(Infer({"\"a\"", "\"\\u0000\""}), "string");
  EXPECT_EQ(Infer({"1.5", "2"}), "double");
  EXPECT_EQ(Infer({"1.50", "-123"}), "decimal128(5, 2)");
  EXPECT_EQ(Infer({"18446744073709551615"}), "decimal128(20, 0)");
  EXPECT_EQ(Infer({"0.0"}), "decimal128(1, 1)");
  EXPECT_EQ(Infer({"9007199254740993", "0.5"}), "decimal128(17, 1)");
  EXPECT_EQ(Infer({"1e400"}), "json");
  EXPECT_EQ(Infer({"1.50", "1e2"}), "json");
  EXPECT_EQ(Infer({"1" + std::string(36, '0') + "1", "0.01"}), "json");  // 38 + 2 digits
}

TEST(StructInference, ObjectsAndArrays) {
  EXPECT_EQ(Infer({R"({"b": 1, "a": "x"})", R"({"c": [true], "a": null})", "null"}),
            "{a: string, b: int64, c: [bool]}");
  EXPECT_EQ(Infer({R"([{"x": 1}, {"y": {"z": [[1.5]]}}])"}), "[{x: int64, y: {z: [[double]]}}]");
  auto field = Observed({R"({"a": 1})"}).Finish("c");
  EXPECT_EQ(field->name(), "c");
  EXPECT_TRUE(field->nullable());
  EXPECT_TRUE(field->type()->field(0)->nullable());
}

TEST(StructInference, KeysAreTakenAsTheyAre) {
  EXPECT_EQ(Infer({R"({"a": 1, "A": "x", "": true, "a.b": 2, "\u00e9": 3})"}),
            "{: bool, A: string, a: int64, a.b: int64, é: int64}");
}

TEST(StructInference, JsonTextWhereNoTypeHoldsEverything) {
  EXPECT_EQ(Infer({"1", "\"1\""}), "json");
  EXPECT_EQ(Infer({"true", "1"}), "json");
  EXPECT_EQ(Infer({"[1]", "{\"a\": 1}"}), "json");
  EXPECT_EQ(Infer({R"({"a": 1})", R"({"a": [1]})"}), "{a: json}");
  EXPECT_EQ(Infer({"[1, \"x\"]"}), "[json]");
}

TEST(StructInference, EmptyAndNull) {
  EXPECT_EQ(Infer({}), "json");
  EXPECT_EQ(Infer({"null"}), "json");
  EXPECT_EQ(Infer({R"({"a": null, "b": {}, "c": [], "d": [null], "e": [{}]})"}),
            "{a: json, b: json, c: [json], d: [json], e: [json]}");
  EXPECT_EQ(Infer({"{}", R"({"a": 1})"}), "{a: int64}");
  EXPECT_EQ(Infer({"[]", "[1]"}), "[int64]");
}

TEST(StructInference, DuplicateKeys) {
  EXPECT_EQ(Infer({R"({"x": {"a": 1, "a": 2}, "y": 1})"}), "{x: json, y: int64}");
  EXPECT_EQ(Infer({R"({"a": 1, "b": 2, "\u0061": 3})"}), "json");
  EXPECT_EQ(Infer({R"([{"a": 1}, {"a": 2}])", R"({"a": 3})"}), "json");  // array and object
  EXPECT_EQ(Infer({R"([{"a": {"a": 1}}, {"a": {"a": 2}}])"}), "[{a: {a: int64}}]");
}

TEST(StructInference, WhatUtf8CannotHold) {
  EXPECT_EQ(Infer({R"({"s": "\ud800", "t": "\ud83d\ude00"})"}), "{s: json, t: string}");
  EXPECT_EQ(Infer({R"({"o": {"\udc00": 1}})"}), "{o: json}");
  EXPECT_EQ(Infer({R"({"o": {"a\u0000b": 1}})"}), "{o: json}");
}

TEST(StructInference, DepthIsBounded) {
  auto nested = [](int depth) {
    std::string open, close;
    for (int i = 0; i < depth; ++i) open += "{\"a\":", close += "}";
    return open + "1" + close;
  };
  std::string expected = "int64";
  for (int i = 0; i < kJsonDepthMax; ++i) expected = fmt::format("{{a: {}}}", expected);
  EXPECT_EQ(Infer({nested(kJsonDepthMax)}), expected);
  expected.replace(expected.find("int64"), 5, "json");
  EXPECT_EQ(Infer({nested(kJsonDepthMax + 1)}), expected);
  EXPECT_EQ(Infer({nested(5000)}), expected);
  EXPECT_EQ(Infer({std::string(100000, '[') + std::string(100000, ']')}).find("json"),
            static_cast<size_t>(kJsonDepthMax));
}

std::string WideObject(int keys, const std::string& value, int first = 0) {
  std::string object = "{";
  for (int i = first; i < first + keys; ++i) {
    if (object.size() > 1) object += ",";
    object += fmt::format("\"k{}\":{}", i, value);
  }
  return object + "}";
}

TEST(StructInference, KeysAreBounded) {
  // The object counts too.
  EXPECT_NE(Infer({WideObject(8191, "1")}), "json");
  EXPECT_EQ(Infer({WideObject(8192, "1")}), "json");
  EXPECT_EQ(Infer({WideObject(4096, "1"), WideObject(4096, "1", 4096)}), "json");
  // A map with a key per row, inside: it alone becomes text.
  Rows rows;
  for (int i = 0; i < 3000; ++i) {
    rows.push_back(fmt::format(R"({{"id": {}, "by_user": {{"u{}": 1}}}})", i, i));
  }
  EXPECT_EQ(Infer(rows), "{by_user: json, id: int64}");
  // Long keys weigh more.
  EXPECT_EQ(Infer({fmt::format("{{\"{}\":1}}", std::string(8192 * 256, 'k'))}), "json");
}

TEST(StructInference, InvalidJson) {
  for (const char* text :
       {"",         " ",        "{",     "[1",  "{\"a\" 1}", "[1,]",  "{\"a\":1,}", "1 2",
        "[1] [2]",  "1],[2",    "tru",   "nul", "-",         "01",    "+1",         "\"a",
        "\"a\nb\"", "\"\xff\"", "{a:1}", "'a'", "NaN",       "[1 2]", "{\"a\":1]",  "\"a\"b"}) {
    JsonSchemaInference inference;
    EXPECT_TRUE(IsErrorCode(inference.Observe(text), "json.invalid")) << text;
  }
}

TEST(StructInference, BytesOfZeroAreNotTheEnd) {
  JsonSchemaInference inference;
  for (const std::string& text : {std::string("1\0", 2), std::string("\0", 1),
                                  std::string("[1]\0 2", 6), std::string("\"a\0b\"", 5)}) {
    EXPECT_TRUE(IsErrorCode(inference.Observe(text), "json.invalid"));
  }
}

TEST(StructInference, AnErrorDoesNotSpoilTheNextRow) {
  JsonSchemaInference inference;
  EXPECT_FALSE(inference.Observe("{\"a\": [").ok());
  EXPECT_TRUE(inference.Observe("{\"b\": 1}").ok());
}

TEST(StructInference, LongDocuments) {
  std::string item = R"({"name": "something", "value": 12.5})";
  std::string json = "[" + item;
  while (json.size() < (3 << 20)) json += ", " + item;
  EXPECT_EQ(Infer({"[]", json + "]", "[]"}), "[{name: string, value: double}]");
}

TEST(StructInference, OrderAndMergingDoNotMatter) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    RandomJson json(seed);
    Rows rows;
    for (int i = 0; i < 20; ++i) rows.push_back(json.Object(0));
    std::string expected = Infer(rows);
    for (int round = 0; round < 5; ++round) {
      std::shuffle(rows.begin(), rows.end(), std::mt19937(seed * 10 + round));
      ASSERT_EQ(Infer(rows), expected);
      JsonSchemaInference merged;
      size_t cut = json.Pick(20);
      for (const Rows& part :
           {Rows(rows.begin(), rows.begin() + cut), Rows(rows.begin() + cut, rows.end())}) {
        merged.Merge(Observed(part));
      }
      ASSERT_EQ(Describe(*merged.Finish("c")), expected);
      // Rows seen after a merge, and parts merged twice.
      for (const std::string& row : rows) ASSERT_TRUE(merged.Observe(row).ok());
      merged.Merge(Observed(rows));
      ASSERT_EQ(Describe(*merged.Finish("c")), expected);
    }
  }
}

TEST(StructInference, OrderDoesNotMatterWhereBoundsAreMet) {
  // Rows with keys of their own at three depths, some of which outgrow their bounds.
  Rows rows;
  for (int i = 0; i < 600; ++i) {
    rows.push_back(fmt::format(
        R"({{"a": {{"b": {{"k{}": 1, "m{}": {{"x": 1, "y{}": [2]}}}}, "c": 1}}, "d{}": 2}})", i, i,
        i % 300, i % 50));
    rows.push_back(fmt::format(R"({{"e": [{{"n{}": {}}}], "f": {{"p{}": 1}}}})", i, i, i % 100));
  }
  std::string expected = Infer(rows);
  EXPECT_NE(expected.find("b: json"), std::string::npos);
  EXPECT_NE(expected.find("p99: int64"), std::string::npos);
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::shuffle(rows.begin(), rows.end(), std::mt19937(seed));
    ASSERT_EQ(Infer(rows), expected);
    JsonSchemaInference merged = Observed(Rows(rows.begin(), rows.begin() + 700));
    merged.Merge(Observed(Rows(rows.begin() + 700, rows.end())));
    ASSERT_EQ(Describe(*merged.Finish("c")), expected);
  }
}

}  // namespace
}  // namespace weir
