#include "format/json/format.h"

#include <arrow/type.h>

#include <utility>

#include "format/json/json_document.h"
#include "format/json/row_encoder.h"

namespace weir {
namespace {

ReadForm JsonReadForm(const FormatOptions& options) {
  ReadForm form;
  form.exact_text = true;
  bool as_string = options.nested == NestedForm::kString;
  form.arrays = as_string ? NestedForm::kString : NestedForm::kJson;
  form.special_values = options.special_values.value_or(SpecialValues::kString);
  form.dialect = options.dialect;
  return form;
}

Status ValidateOptions(const FormatOptions& options, std::string_view format) {
  if (options.delimiter) return OptionNotApplicable("delimiter", format);
  if (options.null_text) return OptionNotApplicable("null-text", format);
  if (options.row_group_bytes) return OptionNotApplicable("row-group-bytes", format);
  if (options.nested == NestedForm::kStruct) return OptionNotApplicable("nested struct", format);
  return Status::OK();
}

Format MakeFormat(const std::string& name, JsonLayout layout, Framing framing) {
  Format format;
  format.name = name;
  format.text = true;
  format.library = SimdjsonVersion;
  format.read_form = JsonReadForm;
  format.validate = [name](const FormatOptions& options) { return ValidateOptions(options, name); };
  format.check = CheckJsonColumn;
  format.make_framing = [framing = std::move(framing)](const EncoderContext&) -> Result<Framing> {
    return framing;
  };
  format.make_slice_encoder = [layout](const EncoderContext& context) {
    return MakeJsonRowEncoder(context, layout);
  };
  return format;
}

}  // namespace

Format NdjsonFormat() {
  Format format = MakeFormat("ndjson", JsonLayout::kLines, Framing{});
  format.description = "one JSON object per line";
  format.extensions = {".ndjson", ".jsonl"};
  format.media_type = "application/x-ndjson";
  return format;
}

Format JsonFormat() {
  Format format = MakeFormat("json", JsonLayout::kArray, Framing{"[\n", ",\n", "\n]\n"});
  format.description = "one JSON array of objects";
  format.extensions = {".json"};
  format.media_type = "application/json";
  return format;
}

}  // namespace weir
