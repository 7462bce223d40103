// The reader of completion records: any bytes are a record or an error, and a record that was read
// and written is read again as the same one.
#include "core/completion_record.h"
#include "fuzz/fuzzing.h"

using weir::fuzzing::Input;
using weir::fuzzing::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto record = weir::CompletionRecordFromJson(Input(bytes, size).rest());
  if (!record.ok()) return 0;
  const std::string written = weir::ToJson(*record);
  const auto again = weir::CompletionRecordFromJson(written);
  Require(again.status(), "a written record is read");
  Require(weir::ToJson(*again) == written, "it is the same record", written);
  return 0;
}
