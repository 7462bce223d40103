// What the tests of cells share: the text of one value of a column given as Arrow's JSON.
#pragma once

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/field.h"
#include "format/text/cell.h"

namespace weir {

// Every row of the column, NULL for nulls; each written by every way a cell offers, which must
// agree.
inline std::vector<std::string> TextsOf(const arrow::Field& field, const arrow::Array& column,
                                        Dialect dialect = Dialect::kIso) {
  std::unique_ptr<Cell> cell = Cell::Make(field, dialect).ValueOrDie();
  cell->Bind(column);
  std::vector<std::string> texts;
  for (int64_t row = 0; row < column.length(); ++row) {
    if (cell->IsNull(row)) {
      texts.push_back("NULL");
      continue;
    }
    ByteBuffer out;
    cell->Append(row, &out);
    texts.emplace_back(out.view());
    if (cell->has_view()) {
      EXPECT_EQ(cell->View(row), out.view());
    }
    if (cell->write_bytes_max() > 0) {
      // Not one byte past the bound may be touched.
      std::string room(cell->write_bytes_max(), '#');
      room += "guard";
      char* end = cell->Write(row, room.data());
      EXPECT_EQ(std::string_view(room.data(), static_cast<size_t>(end - room.data())), out.view());
      EXPECT_TRUE(room.ends_with("guard"));
    }
  }
  return texts;
}

inline std::vector<std::string> TextsOf(std::shared_ptr<arrow::DataType> type,
                                        const std::string& json, ValueKind kind = ValueKind::kPlain,
                                        Dialect dialect = Dialect::kIso) {
  auto column = arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
  return TextsOf(*MakeField("v", type, kind), *column, dialect);
}

using Texts = std::vector<std::string>;

}  // namespace weir
