// Synthetic rows: `generate:records`, the table that `weir generate` and `make demo` write.
//
//   id          int64, 1 .. N, not null
//   created_at  timestamptz
//   name        varchar(255)
//   value       numeric(18,4)
//   metadata    a JSON object of 60 to 100 bytes, spelled as PostgreSQL's jsonb prints it (a space
//               after colon and comma, keys by length and then bytes), so that it survives a jsonb
//               column unchanged
//
// Row `id` is a function of `id` alone: any slice can be made by itself, and neither the number of
// rows nor of jobs changes a byte. One row in 50 is awkward in every column (see awkward.h).
#pragma once

#include "core/registry.h"

namespace weir {

// SourceSpec::generate_count rows, at most 10^12; unset, the limit says how many. Columns and limit
// are honoured, anything that needs SQL is refused ("generate.unsupported").
SourceKind GenerateSource();

}  // namespace weir
