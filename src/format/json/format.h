// NDJSON (one object per line; also called JSON Lines) and JSON (one array of objects), RFC 8259.
//
// Both are concatenable. NDJSON has no framing, every row ends with a newline; JSON stands between
// "[\n" and "\n]\n" with ",\n" between rows, so that a file without rows is a valid empty array.
//
// A row is one object whose keys are the columns in order. Columns of the same name are all
// written, as PostgreSQL's row_to_json does; most readers keep the last. Values are as JsonCell
// writes them. Dialect::kPostgres writes each row byte for byte as row_to_json(t) does, also where
// a `json` value holds newlines between its tokens; Dialect::kIso writes a blank for each of those
// in NDJSON, so that a row is always one line.
#pragma once

#include "core/format.h"

namespace weir {

Format NdjsonFormat();
Format JsonFormat();

}  // namespace weir
