#include "format/xml/format.h"

#include "format/xml/row_encoder.h"

namespace weir {
namespace {

ReadForm XmlReadForm(const FormatOptions& options) {
  ReadForm form;
  form.exact_text = true;
  const bool as_string = options.nested == NestedForm::kString;
  form.arrays = as_string ? NestedForm::kString : NestedForm::kJson;
  form.special_values = options.special_values.value_or(SpecialValues::kString);
  form.dialect = options.dialect;
  return form;
}

Status ValidateXmlOptions(const FormatOptions& options) {
  if (options.delimiter) return OptionNotApplicable("delimiter", "xml");
  if (options.null_text) return OptionNotApplicable("null-text", "xml");
  if (options.row_group_bytes) return OptionNotApplicable("row-group-bytes", "xml");
  if (options.nested == NestedForm::kStruct) return OptionNotApplicable("nested struct", "xml");
  return Status::OK();
}

Result<Framing> MakeXmlFraming(const EncoderContext&) {
  Framing framing;
  framing.prologue =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<records xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n";
  framing.epilogue = "</records>\n";
  return framing;
}

}  // namespace

Format XmlFormat() {
  Format format;
  format.name = "xml";
  format.description = "XML 1.0, one <record> element per row";
  format.extensions = {".xml"};
  format.media_type = "application/xml";
  format.text = true;
  format.read_form = XmlReadForm;
  format.validate = ValidateXmlOptions;
  format.check = CheckXmlColumn;
  format.make_framing = MakeXmlFraming;
  format.make_slice_encoder = MakeXmlRowEncoder;
  return format;
}

}  // namespace weir
