// Options of the encoders: one plain struct, filled by the one option table (core/option_table).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/status.h"

namespace weir {

// Whose conventions the text formats follow where theirs differ from ours.
enum class Dialect {
  kIso,       // ISO 8601 timestamps with a zone, booleans as true/false
  kPostgres,  // byte for byte COPY ... (FORMAT csv, HEADER) and row_to_json
};

// How json, arrays and composites are written by formats that could nest them.
enum class NestedForm {
  kJson,    // JSON: native in JSON and XML, the JSON logical type in Parquet
  kStruct,  // typed: lists, and structs inferred from all rows (typed formats)
  kString,  // the source's own text
};

// Values without a form in the target: NaN and infinities of numeric, infinite dates and so on.
enum class SpecialValues { kError, kNull, kString };

struct FormatOptions {
  Dialect dialect = Dialect::kIso;
  std::optional<std::string> null_text;    // CSV/TSV; default: nothing between delimiters
  bool header = true;                      // CSV/TSV
  std::optional<char> delimiter;           // CSV ',' TSV '\t'
  std::optional<int64_t> row_group_bytes;  // Parquet, Arrow: encoded bytes of a row group/batch
  std::optional<NestedForm> nested;        // default: kJson; lists where typed formats have them
  std::optional<SpecialValues> special_values;  // default: kString in text formats, else kError
  std::set<std::string> allow_lossy;            // target columns whose values may lose precision
  std::optional<std::string> compression;       // of the stream, or inside Parquet
  std::optional<int> level;
};

// "usage.option_not_applicable": a format's answer to an option that means nothing to it.
Status OptionNotApplicable(std::string_view option, std::string_view format);

}  // namespace weir
