// What this room's tests share: whole files encoded from Arrow's JSON, and a reader of RFC 4180
// that was written from the RFC alone.
#pragma once

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/field.h"
#include "format/csv/format.h"

namespace weir {

inline std::shared_ptr<arrow::RecordBatch> MakeBatch(
    const std::vector<std::pair<std::shared_ptr<arrow::Field>, std::string>>& columns,
    int64_t rows = -1) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (auto& [field, json] : columns) {
    fields.push_back(field);
    arrays.push_back(arrow::json::ArrayFromJSONString(field->type(), json).ValueOrDie());
  }
  if (rows < 0) rows = arrays[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, arrays);
}

inline Result<std::string> EncodeFile(const Format& format, const arrow::RecordBatch& batch,
                                      const FormatOptions& options = {}) {
  ARROW_RETURN_NOT_OK(format.validate(options));
  EncoderContext context{batch.schema(), options, 0};
  ARROW_ASSIGN_OR_RAISE(Framing framing, format.make_framing(context));
  ARROW_ASSIGN_OR_RAISE(auto encoder, format.make_slice_encoder(context));
  ByteBuffer out;
  ARROW_RETURN_NOT_OK(encoder->Encode(batch, &out));
  EXPECT_EQ(framing.separator, "");
  return framing.prologue + std::string(out.view()) + framing.epilogue;
}

inline std::string Csv(const arrow::RecordBatch& batch, const FormatOptions& options = {}) {
  return EncodeFile(CsvFormat(), batch, options).ValueOrDie();
}

// The rows alone.
inline std::string Rows(const arrow::RecordBatch& batch, FormatOptions options = {}) {
  options.header = false;
  return Csv(batch, options);
}

inline FormatOptions Postgres() {
  FormatOptions options;
  options.dialect = Dialect::kPostgres;
  return options;
}

struct ParsedField {
  std::string text;
  bool quoted = false;
  bool operator==(const ParsedField&) const = default;
};
using ParsedFile = std::vector<std::vector<ParsedField>>;

// Fails the test on anything RFC 4180, section 2, does not allow, except that lines end with LF.
class Rfc4180Reader {
 public:
  Rfc4180Reader(std::string text, char delimiter) : text_(std::move(text)), delimiter_(delimiter) {}

  ParsedFile Read() {
    ParsedFile file;
    while (at_ < text_.size()) {
      file.emplace_back();
      while (true) {
        file.back().push_back(text_[at_] == '"' ? ReadQuoted() : ReadBare());
        if (at_ >= text_.size()) {
          ADD_FAILURE() << "the last line does not end";
          return file;
        }
        char end = text_[at_++];
        if (end == '\n') break;
        EXPECT_EQ(end, delimiter_) << "at byte " << at_;
        if (end != delimiter_) return file;
      }
    }
    return file;
  }

 private:
  ParsedField ReadQuoted() {
    ParsedField field{"", true};
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          ++at_;
        } else {
          ++at_;
          return field;
        }
      }
      field.text += text_[at_];
    }
    ADD_FAILURE() << "a quote is not closed";
    return field;
  }
  ParsedField ReadBare() {
    ParsedField field;
    for (; at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n'; ++at_) {
      EXPECT_NE(text_[at_], '"') << "a quote inside a bare field, at byte " << at_;
      EXPECT_NE(text_[at_], '\r') << "a CR inside a bare field, at byte " << at_;
      field.text += text_[at_];
    }
    return field;
  }

  const std::string text_;
  const char delimiter_;
  size_t at_ = 0;
};

}  // namespace weir
