// The names of a directory's parts: part-00000.csv, part-00001.csv.zst, ...
#pragma once

#include <string_view>

namespace weir {

// Whether a copy would give this name to a part. `name` has no directory.
bool IsPartName(std::string_view name);

}  // namespace weir
