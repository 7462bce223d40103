// The names of a directory's files: part-00000.csv, part-00001.csv.zst, ..., manifest.json
#pragma once

#include <string_view>

namespace weir {

// Whether a copy would give this name to a part. `name` has no directory.
bool IsPartName(std::string_view name);

// The completion record of a directory of parts, in it; what makes them visible.
inline constexpr std::string_view kManifestName = "manifest.json";

}  // namespace weir
