// CSV as RFC 4180 has it, and TSV by the same rules with a tab between the fields.
//
//   lines      end with a single LF, which PostgreSQL, Python and all readers we know take (RFC
//   4180,
//              section 2, has CRLF). The first names the columns, unless FormatOptions::header is
//              off; duplicate names are all written.
//   NULL       is FormatOptions::null_text without quotes, by default nothing at all; a value of
//              that very text is put in quotes, so that the two stay apart. A file of a single
//              column then has empty lines, which many readers skip: give a null_text there.
//   quotes     stand around a value that holds the delimiter, a quote, CR or LF, or that equals
//              null_text; a quote inside is written twice. Dialect::kIso also quotes every empty
//              string, and values that begin or end with a blank or a tab, because many readers
//              trim bare ones.
//   \.         alone on a line ends the data for PostgreSQL before 18, so it is quoted there.
//   values     as format/text writes them; json as its text; lists, structs and maps as JSON
//              (format/json). Arrays of a database come as its own text, or as JSON with
//              NestedForm::kJson.
//   no columns an empty line per row and for the header, as PostgreSQL does.
//
// With Dialect::kPostgres the bytes are those of COPY ... TO STDOUT (FORMAT csv, HEADER), and of
// DELIMITER E'\t' for TSV. Text is UTF-8; there is no byte order mark.
//
// NaN and the infinities of floats, numerics, dates and timestamps are text by default;
// SpecialValues::kNull makes them NULL, kError fails with "format.special_value".
#pragma once

#include "core/format.h"

namespace weir {

Format CsvFormat();
Format TsvFormat();

}  // namespace weir
