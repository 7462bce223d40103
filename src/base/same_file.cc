#include "base/same_file.h"

#include <system_error>

namespace weir {

namespace fs = std::filesystem;

bool IsSameFile(const fs::path& one, const fs::path& other) {
  std::error_code error;
  if (fs::equivalent(one, other, error)) return true;
  const auto whole = [&](const fs::path& path) {
    const fs::path canonical = fs::weakly_canonical(fs::absolute(path, error), error);
    return canonical.has_filename() ? canonical : canonical.parent_path();
  };
  return whole(one) == whole(other);
}

}  // namespace weir
