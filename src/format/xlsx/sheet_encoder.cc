#include "format/xlsx/sheet_encoder.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "format/xlsx/sheet_column.h"
#include "format/xlsx/workbook.h"
#include "format/xlsx/zip_writer.h"

namespace weir {
namespace {

constexpr size_t kBlockBytes = 128 * 1024;  // of rows, compressed at once

class SheetEncoder final : public FileEncoder {
 public:
  SheetEncoder(std::vector<std::unique_ptr<SheetColumn>> columns, std::unique_ptr<ZipWriter> zip)
      : columns_(std::move(columns)), zip_(std::move(zip)) {}

  // Writes everything that stands before the first row.
  Status Start(Workbook workbook) {
    for (const auto& column : columns_) {
      column->SetStyles({workbook.bold_style, workbook.integer_style, workbook.date_style});
    }
    for (const ZipMember& member : workbook.members) ARROW_RETURN_NOT_OK(zip_->Add(member));
    ARROW_RETURN_NOT_OK(zip_->Begin(workbook.sheet_name));
    sheet_tail_ = std::move(workbook.sheet_tail);
    block_.Append(workbook.sheet_head);
    const SheetRow names{1, "1"};
    OpenRow(names);
    for (const auto& column : columns_) ARROW_RETURN_NOT_OK(column->AppendName(names, &block_));
    block_.Append("</row>");
    return Status::OK();
  }

  Status Write(const arrow::RecordBatch& batch) override {
    if (rows_ + batch.num_rows() > kSheetRowsMax) {
      return Error("xlsx.too_many_rows",
                   fmt::format("the source has more rows than the {} that a sheet holds below the "
                               "names of the columns",
                               kSheetRowsMax),
                   kSheetRowsHint);
    }
    for (size_t i = 0; i < columns_.size(); ++i) {
      columns_[i]->Bind(*batch.column(static_cast<int>(i)));
    }
    for (int64_t row = 0; row < batch.num_rows(); ++row) ARROW_RETURN_NOT_OK(WriteRow(row));
    return Status::OK();
  }

  Status Finish() override {
    block_.Append(sheet_tail_);
    ARROW_RETURN_NOT_OK(CompressBlock());
    ARROW_RETURN_NOT_OK(zip_->End());
    ARROW_RETURN_NOT_OK(zip_->Finish());
    rows_in_sink_ = rows_;
    return Status::OK();
  }

  FileEncoderPosition position() const override {
    return {zip_->bytes_written(), zip_->bytes_buffered(), rows_in_sink_};
  }

 private:
  Status WriteRow(int64_t row) {
    const fmt::format_int digits(rows_ + 2);
    const SheetRow sheet_row{rows_ + 2, {digits.data(), digits.size()}};
    OpenRow(sheet_row);
    for (const auto& column : columns_) {
      const size_t before = block_.size();
      ARROW_RETURN_NOT_OK(column->Append(row, sheet_row, &block_));
      // A last cell without a value makes the row as long as the others for every reader.
      if (block_.size() == before && column == columns_.back()) {
        column->AppendEmpty(sheet_row, &block_);
      }
      if (block_.size() >= kBlockBytes) ARROW_RETURN_NOT_OK(CompressBlock());
    }
    block_.Append("</row>");
    ++rows_;
    return Status::OK();
  }

  void OpenRow(const SheetRow& sheet_row) {
    block_.Append(R"(<row r=")");
    block_.Append(sheet_row.digits);
    block_.Append(R"(">)");
  }

  Status CompressBlock() {
    const int64_t written = zip_->bytes_written();
    ARROW_RETURN_NOT_OK(zip_->Write(block_.view()));
    block_.Clear();
    if (zip_->bytes_written() == written) return Status::OK();
    // zlib holds back the rows of one block of its own, which is smaller than one piece for the
    // sink: what it had at the last piece has gone out with this one.
    rows_in_sink_ = rows_at_last_piece_;
    rows_at_last_piece_ = rows_;
    return Status::OK();
  }

  const std::vector<std::unique_ptr<SheetColumn>> columns_;
  const std::unique_ptr<ZipWriter> zip_;
  std::string sheet_tail_;
  ByteBuffer block_;  // rows that are not compressed yet
  int64_t rows_ = 0;
  int64_t rows_at_last_piece_ = 0;
  int64_t rows_in_sink_ = 0;
};

}  // namespace

Result<std::unique_ptr<FileEncoder>> MakeSheetEncoder(const EncoderContext& context,
                                                      ByteSink* sink) {
  if (context.schema->num_fields() > kSheetColumnsMax) {
    return Error(
        "xlsx.too_many_columns",
        fmt::format("{} columns; a sheet holds {}", context.schema->num_fields(), kSheetColumnsMax),
        "choose fewer with --columns, or write CSV or Parquet");
  }
  std::vector<std::unique_ptr<SheetColumn>> columns;
  std::vector<double> widths;
  for (const auto& field : context.schema->fields()) {
    const int index = static_cast<int>(columns.size());
    ARROW_ASSIGN_OR_RAISE(auto column, SheetColumn::Make(*field, index, context.options));
    widths.push_back(column->width());
    columns.push_back(std::move(column));
  }
  ARROW_ASSIGN_OR_RAISE(Workbook workbook, MakeWorkbook(widths));
  ARROW_ASSIGN_OR_RAISE(auto zip,
                        ZipWriter::Make(sink, context.options.level.value_or(kXlsxLevelDefault)));
  auto encoder = std::make_unique<SheetEncoder>(std::move(columns), std::move(zip));
  ARROW_RETURN_NOT_OK(encoder->Start(std::move(workbook)));
  return encoder;
}

}  // namespace weir
