// Columns that format/text knows: numbers stand bare, the rest in quotation marks.
#include <arrow/array.h>
#include <arrow/type.h>

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "format/json/cell_parts.h"
#include "format/json/json_string.h"
#include "format/text/cell.h"

namespace weir {
namespace {

class NullCell final : public JsonCell {
 public:
  NullCell() : JsonCell(/*logical_nulls=*/true) {}

 private:
  void BindValues(const arrow::Array&) override {}
  Status AppendValue(int64_t, ByteBuffer*) override { return Status::OK(); }
  bool IsLogicallyNull(int64_t) const override { return true; }
};

class BooleanCell final : public JsonCell {
 private:
  void BindValues(const arrow::Array& column) override {
    column_ = static_cast<const arrow::BooleanArray*>(&column);
  }
  Status AppendValue(int64_t row, ByteBuffer* out) override {
    out->Append(column_->Value(row) ? std::string_view("true") : std::string_view("false"));
    return Status::OK();
  }

  const arrow::BooleanArray* column_ = nullptr;
};

// Base of those that wrap format/text's cell.
class WrappedCell : public JsonCell {
 public:
  explicit WrappedCell(std::unique_ptr<Cell> cell) : cell_(std::move(cell)) {}

 protected:
  const Cell& cell() const { return *cell_; }

 private:
  void BindValues(const arrow::Array& column) final { cell_->Bind(column); }

  std::unique_ptr<Cell> cell_;
};

class BareCell final : public WrappedCell {
 public:
  using WrappedCell::WrappedCell;

 private:
  Status AppendValue(int64_t row, ByteBuffer* out) override {
    cell().Append(row, out);
    return Status::OK();
  }
};

// Appends the cell's value between quotation marks.
void AppendQuoted(const Cell& cell, int64_t row, ByteBuffer* out) {
  size_t bytes_max = cell.write_bytes_max();
  if (bytes_max == 0) {
    out->Append('"');
    cell.Append(row, out);
    out->Append('"');
    return;
  }
  char* start = out->Reserve(bytes_max + 2);
  *start = '"';
  char* end = cell.Write(row, start + 1);
  *end++ = '"';
  out->Commit(static_cast<size_t>(end - start));
}

class QuotedCell final : public WrappedCell {
 public:
  using WrappedCell::WrappedCell;

 private:
  Status AppendValue(int64_t row, ByteBuffer* out) override {
    AppendQuoted(cell(), row, out);
    return Status::OK();
  }
};

// Text that holds a backslash, as hexadecimal bytes do, or anything else.
class EscapedCell final : public WrappedCell {
 public:
  using WrappedCell::WrappedCell;

 private:
  Status AppendValue(int64_t row, ByteBuffer* out) override {
    scratch_.Clear();
    cell().Append(row, &scratch_);
    AppendJsonString(scratch_.view(), out);
    return Status::OK();
  }

  ByteBuffer scratch_;
};

// Takes back what was appended since `start` and writes it as a special value.
Status RewriteSpecial(size_t start, const JsonCellContext& context, ByteBuffer* out) {
  std::string value(out->view().substr(start));
  out->Truncate(start);
  return AppendSpecial(value, context, out);
}

class FloatCell final : public WrappedCell {
 public:
  FloatCell(std::unique_ptr<Cell> cell, JsonCellContext context)
      : WrappedCell(std::move(cell)), context_(std::move(context)) {}

 private:
  Status AppendValue(int64_t row, ByteBuffer* out) override {
    size_t start = out->size();
    cell().Append(row, out);
    char last = out->view().back();
    bool special = last == 'N' || last == 'y';  // NaN, Infinity
    return special ? RewriteSpecial(start, context_, out) : Status::OK();
  }

  const JsonCellContext context_;
};

enum class DateForm { kAsItIs, kPostgresTimestamp, kPostgresTimestampTz };

// Dates and timestamps, which may be infinite. PostgreSQL's JsonEncodeDateTime writes them with
// USE_XSD_DATES whatever DateStyle is: 'T' for the blank, minutes in every zone, BC last.
class DateCell final : public WrappedCell {
 public:
  DateCell(std::unique_ptr<Cell> cell, JsonCellContext context, DateForm form)
      : WrappedCell(std::move(cell)), context_(std::move(context)), form_(form) {}

 private:
  Status AppendValue(int64_t row, ByteBuffer* out) override {
    size_t start = out->size();
    AppendQuoted(cell(), row, out);
    if (out->data()[out->size() - 2] == 'y') {  // infinity, -infinity
      std::string value(out->view().substr(start + 1, out->size() - start - 2));
      out->Truncate(start);
      return AppendSpecial(value, context_, out);
    }
    if (form_ != DateForm::kAsItIs) ToXsd(start, out);
    return Status::OK();
  }

  // "2024-01-02 03:04:05+00 BC" -> "2024-01-02T03:04:05+00:00 BC"
  void ToXsd(size_t start, ByteBuffer* out) const {
    char* text = out->data() + start;
    size_t size = out->size() - start;
    char* blank = static_cast<char*>(std::memchr(text, ' ', size));
    if (blank == nullptr) return;
    *blank = 'T';
    if (form_ != DateForm::kPostgresTimestampTz) return;
    std::string_view end = std::string_view(text, size).ends_with(" BC\"") ? " BC\"" : "\"";
    std::string_view before_end(text, size - end.size());
    size_t sign = before_end.find_last_of("+-");
    if (before_end.find(':', sign) != std::string_view::npos) return;
    out->Truncate(out->size() - end.size());
    out->Append(":00");
    out->Append(end);
  }

  const JsonCellContext context_;
  const DateForm form_;
};

bool IsFloat(arrow::Type::type id) {
  return id == arrow::Type::HALF_FLOAT || id == arrow::Type::FLOAT || id == arrow::Type::DOUBLE;
}

DateForm DateFormOf(const arrow::Field& field, Dialect dialect) {
  if (dialect != Dialect::kPostgres) return DateForm::kAsItIs;
  switch (KindOf(field)) {
    case ValueKind::kTimestamp2000:
      return DateForm::kPostgresTimestamp;
    case ValueKind::kTimestampTz2000:
      return DateForm::kPostgresTimestampTz;
    default:
      break;
  }
  if (field.type()->id() != arrow::Type::TIMESTAMP) return DateForm::kAsItIs;
  const auto& type = static_cast<const arrow::TimestampType&>(*field.type());
  return type.timezone().empty() ? DateForm::kPostgresTimestamp : DateForm::kPostgresTimestampTz;
}

bool IsDateOrTimestamp(const arrow::Field& field) {
  ValueKind kind = KindOf(field);
  if (kind == ValueKind::kTimestamp2000 || kind == ValueKind::kTimestampTz2000) return true;
  arrow::Type::type id = field.type()->id();
  return id == arrow::Type::DATE32 || id == arrow::Type::DATE64 || id == arrow::Type::TIMESTAMP;
}

// PostgreSQL's one unsigned type is oid, which row_to_json does not take for a number.
bool IsPostgresOid(const arrow::Field& field, Dialect dialect) {
  return dialect == Dialect::kPostgres && field.type()->id() == arrow::Type::UINT32;
}

bool IsBytes(const arrow::Field& field) {
  switch (field.type()->id()) {
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
      return true;
    case arrow::Type::FIXED_SIZE_BINARY:
      return KindOf(field) != ValueKind::kUuid;
    default:
      return false;
  }
}

}  // namespace

Result<std::unique_ptr<JsonCell>> MakeScalarJsonCell(const arrow::Field& field,
                                                     const JsonCellContext& context) {
  if (field.type()->id() == arrow::Type::NA) return std::make_unique<NullCell>();
  if (field.type()->id() == arrow::Type::BOOL) return std::make_unique<BooleanCell>();
  ARROW_ASSIGN_OR_RAISE(auto cell, Cell::Make(field, context.dialect));
  if (IsDateOrTimestamp(field)) {
    DateForm form = DateFormOf(field, context.dialect);
    return std::make_unique<DateCell>(std::move(cell), context, form);
  }
  if (IsFloat(field.type()->id())) return std::make_unique<FloatCell>(std::move(cell), context);
  if (IsBytes(field)) return std::make_unique<EscapedCell>(std::move(cell));
  if (IsPostgresOid(field, context.dialect)) return std::make_unique<QuotedCell>(std::move(cell));
  switch (cell->cell_class()) {
    case CellClass::kNumber:
      return std::make_unique<BareCell>(std::move(cell));
    case CellClass::kPlain:
      return std::make_unique<QuotedCell>(std::move(cell));
    default:
      return std::make_unique<EscapedCell>(std::move(cell));
  }
}

}  // namespace weir
