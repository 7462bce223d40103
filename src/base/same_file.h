// Whether two names are of one file.
#pragma once

#include <filesystem>

namespace weir {

// Of what need not exist yet: then by its absolute name, links resolved.
bool IsSameFile(const std::filesystem::path& one, const std::filesystem::path& other);

}  // namespace weir
