#include "format/csv/row_encoder.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "format/csv/quoting.h"
#include "format/json/json_cell.h"
#include "format/text/cell.h"

namespace weir {
namespace {

using csv_internal::QuotedBytesMax;
using csv_internal::Quoting;

// How a column's values get into their fields.
enum class Way {
  kBare,     // straight into the line: of bounded length, and nothing in it can need quotes
  kView,     // text that lies in the batch, quoted where needed
  kScratch,  // written aside first, then as text
  kJson,     // the same, by format/json
};

struct ColumnWriter {
  std::string name;
  Way way = Way::kScratch;
  bool may_be_special = false;     // and the options do not want such values as text
  std::unique_ptr<Cell> cell;      // unless kJson
  std::unique_ptr<JsonCell> json;  // kJson
};

SpecialValues SpecialOf(const FormatOptions& options) {
  return options.special_values.value_or(SpecialValues::kString);
}

Quoting MakeQuoting(const EncoderContext& context, char delimiter) {
  return Quoting(context.options.dialect, context.options.delimiter.value_or(delimiter),
                 context.options.null_text.value_or(""), context.schema->num_fields() == 1);
}

// Numbers, dates, booleans, UUIDs and bytes are made of these.
bool IsPlainByte(char byte) {
  bool digit = byte >= '0' && byte <= '9';
  bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
  return digit || letter || std::string_view("+-.: \\").find(byte) != std::string_view::npos;
}

// Whether a number or a date could hold the delimiter or be taken for NULL.
bool PlainMayNeedQuotes(const FormatOptions& options, char delimiter) {
  if (options.null_text && !options.null_text->empty()) return true;
  return IsPlainByte(options.delimiter.value_or(delimiter));
}

Result<ColumnWriter> MakeColumn(const arrow::Field& field, const FormatOptions& options,
                                char delimiter) {
  ColumnWriter column;
  column.name = field.name();
  ARROW_ASSIGN_OR_RAISE(column.cell, Cell::Make(field, options.dialect));
  CellClass cell_class = column.cell->cell_class();
  if (cell_class == CellClass::kNested) {
    column.way = Way::kJson;
    column.cell = nullptr;
    ARROW_ASSIGN_OR_RAISE(column.json, JsonCell::Make(field, options.dialect, SpecialOf(options)));
    return column;
  }
  bool plain = cell_class == CellClass::kNumber || cell_class == CellClass::kPlain;
  column.may_be_special = plain && SpecialOf(options) != SpecialValues::kString;
  if (column.cell->has_view()) {
    column.way = Way::kView;
  } else if (column.cell->write_bytes_max() > 0 && !column.may_be_special &&
             !PlainMayNeedQuotes(options, delimiter)) {
    column.way = Way::kBare;
  }
  return column;
}

// NaN, Infinity, -Infinity, infinity, -infinity. No other number, date, UUID, duration or byte
// string begins like one of them.
bool IsSpecial(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.starts_with('N') || text.starts_with('I') || text.starts_with('i');
}

// Where a line is being written: a position in the buffer with room ahead of it.
class LineCursor {
 public:
  explicit LineCursor(ByteBuffer* out) : out_(out) { Open(0); }

  // Room for `bytes` more.
  void Ensure(size_t bytes) {
    if (static_cast<size_t>(limit_ - at) >= bytes) return;
    Close();
    Open(bytes);
  }
  // Hands what was written to the buffer.
  void Close() { out_->Commit(static_cast<size_t>(at - begin_)); }

  char* at;

 private:
  void Open(size_t bytes) {
    begin_ = at = out_->Reserve(bytes);
    limit_ = out_->data() + out_->capacity();
  }

  ByteBuffer* const out_;
  char* begin_;
  char* limit_;
};

class CsvRowEncoder final : public SliceEncoder {
 public:
  CsvRowEncoder(std::vector<ColumnWriter> columns, Quoting quoting, char delimiter,
                SpecialValues special_values)
      : columns_(std::move(columns)),
        quoting_(std::move(quoting)),
        null_text_(quoting_.null_text()),
        delimiter_(delimiter),
        special_values_(special_values) {
    line_bytes_ = 1;
    for (const ColumnWriter& column : columns_) {
      size_t bare = column.way == Way::kBare ? column.cell->write_bytes_max() : 0;
      line_bytes_ += std::max(bare, null_text_.size()) + 1;
    }
  }

  Status Encode(const arrow::RecordBatch& batch, ByteBuffer* out) override {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const arrow::Array& array = *batch.column(static_cast<int>(i));
      columns_[i].way == Way::kJson ? columns_[i].json->Bind(array) : columns_[i].cell->Bind(array);
    }
    LineCursor line(out);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      line.Ensure(line_bytes_);
      const Status written = WriteLine(row, &line);
      if (!written.ok()) return WithBatchRow(written, row);
    }
    line.Close();
    return Status::OK();
  }

 private:
  Status WriteLine(int64_t row, LineCursor* line) {
    if (columns_.empty()) *line->at++ = '\n';
    for (ColumnWriter& column : columns_) {
      if (column.way == Way::kBare) {
        line->at =
            column.cell->IsNull(row) ? WriteNull(line->at) : column.cell->Write(row, line->at);
      } else if (column.way == Way::kView && !column.may_be_special) {
        if (column.cell->IsNull(row)) {
          line->at = WriteNull(line->at);
        } else {
          WriteText(column.cell->View(row), line);
        }
      } else {
        ARROW_RETURN_NOT_OK(WriteAside(column, row, line));
      }
      *line->at++ = delimiter_;
    }
    line->at[-1] = '\n';
    return Status::OK();
  }

  char* WriteNull(char* out) const {
    std::memcpy(out, null_text_.data(), null_text_.size());
    return out + null_text_.size();
  }

  // Keeps the room the rest of the line's bare values count on.
  void WriteText(std::string_view text, LineCursor* line) const {
    line->Ensure(QuotedBytesMax(text.size()) + line_bytes_);
    line->at = quoting_.Write(text, line->at);
  }

  Status WriteAside(ColumnWriter& column, int64_t row, LineCursor* line) {
    bool null = column.json ? column.json->IsNull(row) : column.cell->IsNull(row);
    if (!null) {
      ARROW_ASSIGN_OR_RAISE(std::string_view text, TextOf(column, row));
      if (!column.may_be_special || !IsSpecial(text)) {
        WriteText(text, line);
        return Status::OK();
      }
      if (special_values_ == SpecialValues::kError) return SpecialValue(column.name, text);
    }
    line->at = WriteNull(line->at);
    return Status::OK();
  }

  // Valid until the next call.
  Result<std::string_view> TextOf(ColumnWriter& column, int64_t row) {
    if (column.way == Way::kView) return column.cell->View(row);
    scratch_.Clear();
    if (column.json) {
      ARROW_RETURN_NOT_OK(column.json->Append(row, &scratch_));
    } else {
      column.cell->Append(row, &scratch_);
    }
    return scratch_.view();
  }

  static Status SpecialValue(std::string_view column, std::string_view text) {
    return Error("format.special_value",
                 fmt::format("column \"{}\": {} has no number or date form", column, text),
                 "use --special-values string or --special-values null");
  }

  std::vector<ColumnWriter> columns_;
  const Quoting quoting_;
  const std::string_view null_text_;
  const char delimiter_;
  const SpecialValues special_values_;
  size_t line_bytes_;  // of a line's delimiters, bare values and NULLs
  ByteBuffer scratch_;
};

}  // namespace

Result<std::unique_ptr<SliceEncoder>> MakeCsvRowEncoder(const EncoderContext& context,
                                                        char delimiter) {
  std::vector<ColumnWriter> columns;
  for (const auto& field : context.schema->fields()) {
    ARROW_ASSIGN_OR_RAISE(ColumnWriter column, MakeColumn(*field, context.options, delimiter));
    columns.push_back(std::move(column));
  }
  return std::make_unique<CsvRowEncoder>(std::move(columns), MakeQuoting(context, delimiter),
                                         context.options.delimiter.value_or(delimiter),
                                         SpecialOf(context.options));
}

std::string CsvHeader(const EncoderContext& context, char delimiter) {
  Quoting quoting = MakeQuoting(context, delimiter);
  std::string line;
  for (int i = 0; i < context.schema->num_fields(); ++i) {
    if (i > 0) line += context.options.delimiter.value_or(delimiter);
    const std::string& name = context.schema->field(i)->name();
    std::string field(QuotedBytesMax(name.size()), 0);
    line.append(field.data(), quoting.Write(name, field.data()));
  }
  return line + "\n";
}

FormatVerdict CheckCsvColumn(const arrow::Field& field, const FormatOptions& options) {
  FormatVerdict verdict;
  verdict.target_type = "text";
  Result<ColumnWriter> column = MakeColumn(field, options, ',');
  if (!column.ok()) {
    verdict.fidelity = Fidelity::kRefused;
    verdict.note = column.status().message();
    return verdict;
  }
  bool json = column->json || column->cell->cell_class() == CellClass::kJson;
  if (json) verdict.target_type = "JSON text";
  return verdict;
}

}  // namespace weir
