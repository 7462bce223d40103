#include "format/arrow_ipc/format.h"

#include <arrow/type.h>

#include "core/field.h"
#include "format/arrow_io/field_form.h"
#include "format/arrow_ipc/options.h"
#include "format/arrow_ipc/source.h"
#include "format/arrow_ipc/writer.h"

namespace weir {
namespace {

ReadForm ArrowReadForm(const FormatOptions& options) {
  ReadForm form;
  form.arrays = options.nested.value_or(NestedForm::kStruct);
  form.special_values = options.special_values.value_or(SpecialValues::kError);
  form.dialect = options.dialect;
  return form;
}

FormatVerdict CheckField(const arrow::Field& field, const FormatOptions&) {
  ValueKind kind = KindOf(field);
  if (kind == ValueKind::kTimestamp2000 || kind == ValueKind::kTimestampTz2000) {
    return {Fidelity::kRefused, "", "text formats' timestamps have no typed form"};
  }
  FormatVerdict verdict{Fidelity::kExact, FileField(field)->type()->ToString(), ""};
  if (kind == ValueKind::kNumeric) {
    verdict.fidelity = Fidelity::kWidened;
    verdict.note = "as exact decimal text";
  }
  return verdict;
}

}  // namespace

Format ArrowIpcFormat() {
  Format format;
  format.name = "arrow";
  format.description = "Apache Arrow IPC stream: typed columns as they are in memory";
  format.extensions = {".arrow", ".arrows"};
  format.media_type = "application/vnd.apache.arrow.stream";
  format.inner_compression = arrow_ipc::CompressionName;
  format.inner_compressions = arrow_ipc::Compressions();
  format.read_form = ArrowReadForm;
  format.validate = [](const FormatOptions& options) {
    return arrow_ipc::ResolveOptions(options).status();
  };
  format.check = CheckField;
  format.make_file_encoder = [](const EncoderContext& context,
                                ByteSink* sink) -> Result<std::unique_ptr<FileEncoder>> {
    return arrow_ipc::IpcEncoder::Make(context, sink);
  };
  format.open_source = [](const SourceSpec& spec,
                          const ReadOptions& options) -> Result<std::unique_ptr<Source>> {
    return arrow_ipc::IpcSource::Make(spec, options);
  };
  return format;
}

}  // namespace weir
