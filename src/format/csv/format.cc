#include "format/csv/format.h"

#include <fmt/format.h>

#include <utility>

#include "format/csv/row_encoder.h"

namespace weir {
namespace {

constexpr char kComma = ',';
constexpr char kTab = '\t';

ReadForm CsvReadForm(const FormatOptions& options) {
  ReadForm form;
  form.exact_text = true;
  bool as_json = options.nested == NestedForm::kJson;
  form.arrays = as_json ? NestedForm::kJson : NestedForm::kString;
  form.special_values = options.special_values.value_or(SpecialValues::kString);
  form.dialect = options.dialect;
  return form;
}

bool IsReserved(char byte) {
  return byte == '"' || byte == '\r' || byte == '\n';
}

Status ValidateDelimiter(char delimiter) {
  constexpr unsigned char kAsciiMax = 0x7f;
  if (!IsReserved(delimiter) && static_cast<unsigned char>(delimiter) <= kAsciiMax) {
    return Status::OK();
  }
  return Error("usage.delimiter",
               fmt::format("the byte 0x{:02x} cannot stand between fields",
                           static_cast<unsigned char>(delimiter)),
               "--delimiter takes any ASCII character except the quote, CR and LF");
}

// NULL is written without quotes, so its text must not need any.
Status ValidateNullText(std::string_view text, char delimiter) {
  for (char byte : text) {
    if (!IsReserved(byte) && byte != delimiter) continue;
    return Error("usage.null_text",
                 "the text for NULL holds the delimiter, a quote, CR or LF and could not be told "
                 "from a value",
                 "choose a --null-text without them");
  }
  return Status::OK();
}

Status ValidateOptions(const FormatOptions& options, char delimiter, std::string_view format) {
  if (options.row_group_bytes) return OptionNotApplicable("row-group-bytes", format);
  if (options.nested == NestedForm::kStruct) return OptionNotApplicable("nested struct", format);
  delimiter = options.delimiter.value_or(delimiter);
  ARROW_RETURN_NOT_OK(ValidateDelimiter(delimiter));
  return ValidateNullText(options.null_text.value_or(""), delimiter);
}

Format MakeFormat(const std::string& name, char delimiter) {
  Format format;
  format.name = name;
  format.text = true;
  format.read_form = CsvReadForm;
  format.validate = [name, delimiter](const FormatOptions& options) {
    return ValidateOptions(options, delimiter, name);
  };
  format.check = CheckCsvColumn;
  format.make_framing = [delimiter](const EncoderContext& context) -> Result<Framing> {
    Framing framing;
    if (context.options.header) framing.prologue = CsvHeader(context, delimiter);
    return framing;
  };
  format.make_slice_encoder = [delimiter](const EncoderContext& context) {
    return MakeCsvRowEncoder(context, delimiter);
  };
  return format;
}

}  // namespace

Format CsvFormat() {
  Format format = MakeFormat("csv", kComma);
  format.description = "comma-separated values, RFC 4180";
  format.extensions = {".csv"};
  format.media_type = "text/csv";
  return format;
}

Format TsvFormat() {
  Format format = MakeFormat("tsv", kTab);
  format.description = "tab-separated values, quoted as in CSV";
  format.extensions = {".tsv"};
  format.media_type = "text/tab-separated-values";
  return format;
}

}  // namespace weir
