// The names a user may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir {

// The candidates nearest to `wanted`, nearest first, at most `most`; none that is far off. Case
// does not count; a slip of two neighbouring letters counts once.
std::vector<std::string> NearestNames(std::string_view wanted,
                                      const std::vector<std::string>& candidates, size_t most = 3);

// ` (did you mean "x" or "y"?)`, or nothing.
std::string DidYouMean(std::string_view wanted, const std::vector<std::string>& candidates);

// The same of names that were chosen already.
std::string DidYouMeanOneOf(const std::vector<std::string>& names);

// `name` in double quotes, unless a quoted part of it has its own: "a", but "A b".c.
std::string InQuotes(std::string_view name);

// "x, y, z", the nearest to `wanted` first and the others as they come; "…" for those past `most`.
std::string NearestFirst(std::string_view wanted, const std::vector<std::string>& candidates,
                         size_t most = 20);

}  // namespace weir
