#include "core/column_match.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/ascii.h"
#include "base/suggest.h"
#include "core/option_values.h"

namespace weir {
namespace {

std::vector<std::string> Entries(const std::vector<std::string>& names) {
  std::vector<std::string> entries;
  for (const std::string& name : names) entries.push_back(ListEntry(name));
  return entries;
}

}  // namespace

std::optional<size_t> MatchColumn(const std::vector<std::string>& names, std::string_view name) {
  const auto exact = std::find(names.begin(), names.end(), name);
  if (exact != names.end()) return exact - names.begin();
  const auto fits = [&](const std::string& other) { return EqualIgnoringCase(other, name); };
  const auto found = std::find_if(names.begin(), names.end(), fits);
  if (found == names.end() || std::any_of(found + 1, names.end(), fits)) return std::nullopt;
  return found - names.begin();
}

std::string TargetName(const ColumnSelection& selection, const std::string& source_name) {
  const bool renames = !selection.target.empty() && selection.target != selection.source;
  return renames ? selection.target : source_name;
}

std::string DidYouMeanColumn(std::string_view name, const std::vector<std::string>& names) {
  return DidYouMeanOneOf(Entries(NearestNames(name, names)));
}

std::string ColumnsHint(std::string_view name, const std::vector<std::string>& names) {
  return "columns: " + NearestFirst(ListEntry(name), Entries(names));
}

}  // namespace weir
