#include "format/xml/row_encoder.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "format/json/json_cell.h"
#include "format/json/json_string.h"
#include "format/text/cell.h"
#include "format/xml/json_to_xml.h"
#include "format/xml/xml_name.h"
#include "format/xml/xml_text.h"

namespace weir {
namespace {

// How a column's values become elements.
enum class Form {
  kVerbatim,    // never holds what must be escaped
  kText,        // text to escape
  kJson,        // JSON text to take apart
  kNested,      // Arrow values, by way of JSON
  kNestedText,  // Arrow values, as JSON text to escape
};

struct XmlColumn {
  std::string label;  // for messages
  Form form = Form::kText;
  std::unique_ptr<Cell> cell;
  std::unique_ptr<JsonCell> json_cell;  // kNested, kNestedText
  std::string name;                     // as an XML name
  std::string start;                    // <name
  std::string open;                     // <name>
  std::string close;                    // </name>
  std::string null;                     // <name xsi:nil="true"/>
};

// NaN, Infinity, -Infinity of numbers; infinity, -infinity of dates. No other value begins so.
bool IsSpecialValue(std::string_view value) {
  if (value.empty()) return false;
  if (value[0] == '-') value.remove_prefix(1);
  return !value.empty() && (value[0] == 'N' || value[0] == 'I' || value[0] == 'i');
}

Status InvalidUtf8(const XmlColumn& column, std::string_view text) {
  return Error("format.invalid_utf8",
               fmt::format("column {}: a value of {} bytes is not UTF-8 at its byte {}",
                           column.label, text.size(), FirstInvalidUtf8(text) + 1),
               "correct it in the source, or read the column as bytes");
}

class XmlRowEncoder final : public SliceEncoder {
 public:
  XmlRowEncoder(std::vector<XmlColumn> columns, SpecialValues special, int64_t value_bytes_max)
      : columns_(std::move(columns)), special_(special), json_to_xml_(value_bytes_max) {}

  Status Encode(const arrow::RecordBatch& batch, ByteBuffer* out) override {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const arrow::Array& values = *batch.column(static_cast<int>(i));
      columns_[i].cell->Bind(values);
      if (columns_[i].json_cell != nullptr) columns_[i].json_cell->Bind(values);
    }
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      out->Append("<record>");
      for (XmlColumn& column : columns_) {
        const Status appended = AppendElement(column, row, out);
        if (!appended.ok()) return WithBatchRow(appended, row);
      }
      out->Append("</record>\n");
    }
    return Status::OK();
  }

 private:
  Status AppendElement(XmlColumn& column, int64_t row, ByteBuffer* out) {
    if (column.cell->IsNull(row)) {
      out->Append(column.null);
      return Status::OK();
    }
    switch (column.form) {
      case Form::kVerbatim:
        return AppendVerbatim(column, row, out);
      case Form::kText:
        return AppendText(column, column.cell->View(row), out);
      case Form::kJson:
        return AppendJson(column, column.cell->View(row), out);
      case Form::kNested:
      case Form::kNestedText:
        return AppendNested(column, row, out);
    }
    return Status::OK();
  }

  Status AppendVerbatim(const XmlColumn& column, int64_t row, ByteBuffer* out) {
    const size_t start = out->size();
    out->Append(column.open);
    const size_t value = out->size();
    column.cell->Append(row, out);
    if (special_ != SpecialValues::kString && IsSpecialValue(out->view().substr(value))) {
      return ReplaceSpecial(column, start, value, out);
    }
    out->Append(column.close);
    return Status::OK();
  }

  Status ReplaceSpecial(const XmlColumn& column, size_t start, size_t value, ByteBuffer* out) {
    if (special_ == SpecialValues::kError) {
      return Error("format.special_value",
                   fmt::format("column {}: {} has no number or date form", column.label,
                               out->view().substr(value)),
                   "use --special-values string or --special-values null");
    }
    out->Truncate(start);
    out->Append(column.null);
    return Status::OK();
  }

  Status AppendText(const XmlColumn& column, std::string_view text, ByteBuffer* out) {
    const XmlTextNeeds needs = InspectXmlText(text);
    if (needs.none()) {
      out->Append(column.open);
      out->Append(text);
    } else {
      if (needs.utf8_check && !IsValidUtf8(text)) return InvalidUtf8(column, text);
      out->Append(column.start);
      AppendXmlContent(text, needs, out);
    }
    out->Append(column.close);
    return Status::OK();
  }

  Status AppendJson(const XmlColumn& column, std::string_view json, ByteBuffer* out) {
    Status status = json_to_xml_.Append(column.name, json, out);
    return status.ok() ? status : WithContext(status, "column " + column.label);
  }

  Status AppendNested(const XmlColumn& column, int64_t row, ByteBuffer* out) {
    scratch_.Clear();
    ARROW_RETURN_NOT_OK(column.json_cell->Append(row, &scratch_));
    if (column.form == Form::kNestedText) return AppendText(column, scratch_.view(), out);
    return AppendJson(column, scratch_.view(), out);
  }

  std::vector<XmlColumn> columns_;
  const SpecialValues special_;
  JsonToXml json_to_xml_;
  ByteBuffer scratch_;  // a nested value as JSON
};

Form FormOf(CellClass cell_class, const FormatOptions& options) {
  const bool as_text = options.nested == NestedForm::kString;
  switch (cell_class) {
    case CellClass::kNumber:
    case CellClass::kBoolean:
    case CellClass::kPlain:
      return Form::kVerbatim;
    case CellClass::kString:
      return Form::kText;
    case CellClass::kJson:
      return as_text ? Form::kText : Form::kJson;
    case CellClass::kNested:
      return as_text ? Form::kNestedText : Form::kNested;
  }
  return Form::kText;
}

Status NameColumn(const std::string& name, XmlColumn* column) {
  if (!IsValidUtf8(name)) {
    return Error("format.invalid_utf8", "the name of a column is not UTF-8",
                 "rename it with --columns");
  }
  ByteBuffer encoded;
  AppendXmlName(name, &encoded);
  column->label = fmt::format("\"{}\"", name);
  column->name = encoded.view();
  column->start = fmt::format("<{}", column->name);
  column->open = fmt::format("<{}>", column->name);
  column->close = fmt::format("</{}>", column->name);
  column->null = fmt::format(R"(<{} xsi:nil="true"/>)", column->name);
  return Status::OK();
}

Result<XmlColumn> MakeColumn(const arrow::Field& field, const FormatOptions& options) {
  XmlColumn column;
  ARROW_RETURN_NOT_OK(NameColumn(field.name(), &column));
  ARROW_ASSIGN_OR_RAISE(column.cell, Cell::Make(field, options.dialect));
  column.form = FormOf(column.cell->cell_class(), options);
  if (column.form == Form::kNested || column.form == Form::kNestedText) {
    const SpecialValues special = options.special_values.value_or(SpecialValues::kString);
    ARROW_ASSIGN_OR_RAISE(column.json_cell, JsonCell::Make(field, options.dialect, special));
  }
  return column;
}

}  // namespace

Result<std::unique_ptr<SliceEncoder>> MakeXmlRowEncoder(const EncoderContext& context) {
  std::vector<XmlColumn> columns;
  for (const auto& field : context.schema->fields()) {
    ARROW_ASSIGN_OR_RAISE(auto column, MakeColumn(*field, context.options));
    columns.push_back(std::move(column));
  }
  return std::make_unique<XmlRowEncoder>(
      std::move(columns), context.options.special_values.value_or(SpecialValues::kString),
      context.value_bytes_max);
}

FormatVerdict CheckXmlColumn(const arrow::Field& field, const FormatOptions& options) {
  FormatVerdict verdict;
  const auto column = MakeColumn(field, options);
  if (!column.ok()) {
    verdict.fidelity = Fidelity::kRefused;
    verdict.note = column.status().message();
    return verdict;
  }
  const bool nested = column->form == Form::kJson || column->form == Form::kNested;
  verdict.target_type = nested ? "nested elements" : "text";
  if (column->name != field.name()) {
    verdict.note = fmt::format("the element's name is {}", column->name);
  }
  return verdict;
}

}  // namespace weir
