// What the tests of this room share: a sink that keeps the bytes, and a workbook's sheet.
#pragma once

#include <arrow/api.h>
#include <arrow/json/from_string.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/field.h"
#include "format/xlsx/format.h"
#include "format/xlsx/zip_archive.h"

namespace weir {

class StringSink final : public ByteSink {
 public:
  Status Write(std::string_view bytes) override {
    if (writes_left == 0) return Error("io.no_space", "the sink is full");
    --writes_left;
    largest = std::max(largest, bytes.size());
    content.append(bytes);
    return Status::OK();
  }
  Status Finish() override { return Status::OK(); }

  std::string content;
  size_t largest = 0;
  int writes_left = -1;  // -1: no end
};

struct TestColumn {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  std::string json;
  ValueKind kind = ValueKind::kPlain;
};

inline std::shared_ptr<arrow::RecordBatch> MakeBatch(const std::vector<TestColumn>& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const TestColumn& column : columns) {
    fields.push_back(MakeField(column.name, column.type, column.kind));
    arrays.push_back(arrow::json::ArrayFromJSONString(column.type, column.json).ValueOrDie());
  }
  const int64_t rows = arrays.empty() ? 1 : arrays[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, arrays);
}

// Writes the batches as one workbook.
inline Status WriteWorkbook(const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
                            StringSink* sink, const FormatOptions& options = {}) {
  EncoderContext context{batches.at(0)->schema(), options};
  ARROW_ASSIGN_OR_RAISE(auto encoder, XlsxFormat().make_file_encoder(context, sink));
  for (const auto& batch : batches) ARROW_RETURN_NOT_OK(encoder->Write(*batch));
  return encoder->Finish();
}

// The content of a member of the archive; empty when there is none.
inline std::string MemberOf(std::string_view archive, std::string_view name) {
  for (const ZipMember& member : ReadZip(archive).ValueOrDie()) {
    if (member.name == name) return Inflate(member).ValueOrDie();
  }
  return "";
}

inline std::string SheetOf(std::string_view archive) {
  return MemberOf(archive, "xl/worksheets/sheet1.xml");
}

}  // namespace weir
