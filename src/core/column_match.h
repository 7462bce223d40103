// Which column of a source a user means, and what to say when there is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/copy_spec.h"

namespace weir {

// The index of the column of that name or, when there is none, of the only one that differs from it
// in the case of ASCII letters alone.
std::optional<size_t> MatchColumn(const std::vector<std::string>& names, std::string_view name);

// The column's name in the output. A selection that does not rename keeps the source's own case.
std::string TargetName(const ColumnSelection& selection, const std::string& source_name);

// ` (did you mean "id" or "name"?)`, or nothing; names as --columns takes them.
std::string DidYouMeanColumn(std::string_view name, const std::vector<std::string>& names);

// "columns: id, name, …", as --columns takes them, those nearest to `name` first.
std::string ColumnsHint(std::string_view name, const std::vector<std::string>& names);

}  // namespace weir
