#include "format/arrow_io/file_columns.h"

#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/suggest.h"
#include "format/arrow_io/field_form.h"

namespace weir {
namespace {

Result<int> FindColumn(const std::string& name, const SourceSpec& spec,
                       const arrow::Schema& file_schema) {
  std::vector<int> found = file_schema.GetAllFieldIndices(name);
  if (found.size() == 1) return found[0];
  if (found.empty()) {
    constexpr size_t kNamesMax = 20;
    std::vector<std::string> names = file_schema.field_names();
    std::string did_you_mean = DidYouMean(name, names);
    std::string more = names.size() > kNamesMax ? ", ..." : "";
    if (names.size() > kNamesMax) names.resize(kNamesMax);
    return Error("source.unknown_column",
                 fmt::format("{} has no column \"{}\"{}", spec.uri, name, did_you_mean),
                 fmt::format("its columns: {}{}", fmt::join(names, ", "), more));
  }
  return Error("source.ambiguous_column",
               fmt::format("{} has {} columns named \"{}\"", spec.uri, found.size(), name),
               "leave it out of --columns, or rename the columns with a `duckdb:` --query");
}

}  // namespace

FileColumns FileColumns::Select(const std::vector<int>& columns) const {
  FileColumns selected;
  arrow::FieldVector fields;
  for (int column : columns) {
    selected.indices.push_back(indices[column]);
    fields.push_back(schema->field(column));
  }
  selected.schema = arrow::schema(std::move(fields));
  return selected;
}

std::vector<int> FileColumns::FieldsToRead() const {
  std::vector<int> fields = indices;
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  return fields;
}

std::vector<int> FileColumns::PositionsInRead() const {
  std::vector<int> fields = FieldsToRead();
  std::vector<int> positions;
  for (int index : indices) {
    auto at = std::lower_bound(fields.begin(), fields.end(), index);
    positions.push_back(static_cast<int>(at - fields.begin()));
  }
  return positions;
}

Result<FileColumns> ChooseColumns(const SourceSpec& spec, const arrow::Schema& file_schema) {
  FileColumns columns;
  arrow::FieldVector fields;
  if (spec.columns.empty()) {
    for (int i = 0; i < file_schema.num_fields(); ++i) {
      columns.indices.push_back(i);
      fields.push_back(BatchField(*file_schema.field(i)));
    }
  }
  for (const ColumnSelection& selection : spec.columns) {
    ARROW_ASSIGN_OR_RAISE(int index, FindColumn(selection.source, spec, file_schema));
    columns.indices.push_back(index);
    const std::string& name = selection.target.empty() ? selection.source : selection.target;
    fields.push_back(BatchField(*file_schema.field(index))->WithName(name));
  }
  columns.schema = arrow::schema(std::move(fields));
  return columns;
}

Status CheckFileSource(const SourceSpec& spec) {
  std::string_view asked;
  if (!spec.query.empty())
    asked = "--query";
  else if (!spec.table.empty())
    asked = "--table";
  else if (!spec.where.empty())
    asked = "--where";
  else if (!spec.order_by.empty())
    asked = "--order-by";
  else
    return Status::OK();
  return Error(
      "usage.file_source",
      fmt::format("{} does not apply to the file {}: it is read as it is", asked, spec.uri),
      fmt::format("use the source `duckdb:` with --query \"SELECT ... FROM '{}'\"", spec.uri));
}

std::string RelationName(const std::string& path) {
  std::string name = path.substr(path.find_last_of('/') + 1);
  return name.substr(0, name.rfind('.'));
}

}  // namespace weir
