// Decoders of COPY BINARY fields, one per column, chosen once. The binary forms are those of each
// type's send function in src/backend/utils/adt; all integers are big-endian.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/status.h"
#include "core/format_options.h"
#include "db/postgres/type_map.h"

namespace weir::postgres {

struct DecoderOptions {
  SpecialValues special_values = SpecialValues::kError;
  bool exact_text = false;     // dates and times may hold their special values
  bool validate_utf8 = false;  // the database's encoding does not vouch for it
};

// Collects one column of a batch. Used by one thread.
class FieldDecoder {
 public:
  static std::unique_ptr<FieldDecoder> Make(const WireType& wire, const DecoderOptions& options);
  virtual ~FieldDecoder() = default;

  // `bytes` is the field without its length word. Fails with postgres.special_value,
  // postgres.array_shape, postgres.encoding or postgres.protocol; the caller adds column and row.
  virtual Status Append(std::string_view bytes) = 0;
  virtual Status AppendNull() = 0;
  // The column so far; the decoder then starts anew.
  virtual Result<std::shared_ptr<arrow::Array>> Finish() = 0;
};

}  // namespace weir::postgres
