// What the tests of this room share.
#pragma once

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/field.h"
#include "format/json/json_cell.h"

namespace weir::json_testing {

inline std::shared_ptr<arrow::Array> ArrayOf(const std::shared_ptr<arrow::DataType>& type,
                                             const std::string& json) {
  auto array = arrow::json::ArrayFromJSONString(type, json);
  EXPECT_TRUE(array.ok()) << array.status().ToString();
  return array.ok() ? *array : arrow::MakeArrayOfNull(type, 0).ValueOrDie();
}

// Every row through a JsonCell, or the error's message.
inline std::vector<std::string> Cells(const arrow::Field& field, const arrow::Array& array,
                                      Dialect dialect = Dialect::kIso,
                                      SpecialValues special = SpecialValues::kString) {
  auto cell = JsonCell::Make(field, dialect, special);
  if (!cell.ok()) return {cell.status().message()};
  (*cell)->Bind(array);
  std::vector<std::string> cells;
  for (int64_t row = 0; row < array.length(); ++row) {
    ByteBuffer out;
    Status status = (*cell)->Append(row, &out);
    cells.push_back(status.ok() ? std::string(out.view()) : status.message());
    EXPECT_TRUE(!(*cell)->IsNull(row) || cells.back() == "null");
  }
  return cells;
}

inline std::vector<std::string> Cells(const std::shared_ptr<arrow::DataType>& type,
                                      const std::string& json, ValueKind kind = ValueKind::kPlain,
                                      Dialect dialect = Dialect::kIso) {
  return Cells(*MakeField("c", type, kind), *ArrayOf(type, json), dialect);
}

// A column of one kind from text.
inline std::shared_ptr<arrow::Array> Texts(const std::vector<std::string>& values) {
  arrow::StringBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return builder.Finish().ValueOrDie();
}

inline std::vector<std::string> TextCells(const std::vector<std::string>& values,
                                          ValueKind kind = ValueKind::kPlain,
                                          SpecialValues special = SpecialValues::kString,
                                          Dialect dialect = Dialect::kIso) {
  return Cells(*MakeField("c", arrow::utf8(), kind), *Texts(values), dialect, special);
}

using Strings = std::vector<std::string>;

// Random JSON of few keys, so that rows meet, agree and contradict each other.
class RandomJson {
 public:
  explicit RandomJson(unsigned seed) : random_(seed) {}

  std::string Value(int depth) {
    int kind = Pick(depth >= 4 ? 7 : 10);
    static const char* const kScalars[] = {"1", "-2.5", "1.50", "\"s\"", "true", "17e20", "null"};
    if (kind < 7) return kScalars[kind];
    return kind == 7 ? Array(depth) : Object(depth);
  }

  std::string Object(int depth) {
    std::string text = "{";
    for (int i = Pick(4); i > 0; --i) {
      if (text.size() > 1) text += ",";
      text += fmt::format("\"{}\":{}", char('a' + Pick(26)), Value(depth + 1));
    }
    return text + "}";
  }

  int Pick(int below) { return static_cast<int>(random_() % below); }

 private:
  std::string Array(int depth) {
    std::string text = "[";
    for (int i = Pick(3); i > 0; --i) text += Value(depth + 1) + (i > 1 ? "," : "");
    return text + "]";
  }

  std::mt19937 random_;
};

}  // namespace weir::json_testing
