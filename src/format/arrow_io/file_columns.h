// Which of a file's columns a copy takes, and under which names.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "core/copy_spec.h"

namespace weir {

struct FileColumns {
  std::vector<int> indices;               // top-level fields of the file, in output order
  std::shared_ptr<arrow::Schema> schema;  // BatchField of each, under its target name

  // Some of these columns.
  FileColumns Select(const std::vector<int>& columns) const;
  // Readers yield the file's fields in its own order, each once: those that are needed, ...
  std::vector<int> FieldsToRead() const;
  // ... and where among them each column is.
  std::vector<int> PositionsInRead() const;
};

// Fails with "source.unknown_column" (naming the nearest) or "source.ambiguous_column".
Result<FileColumns> ChooseColumns(const SourceSpec& spec, const arrow::Schema& file_schema);

// Fails with "usage.file_source" when `spec` asks for what only a database can do: a table, a
// query, a condition, an order.
Status CheckFileSource(const SourceSpec& spec);

// The last part of a path without its extension: what a file's rows are called.
std::string RelationName(const std::string& path);

}  // namespace weir
