#include "base/list_directory.h"

#include <dirent.h>

#include <memory>
#include <string_view>

namespace weir {

std::vector<std::string> ListDirectory(const std::string& path) {
  std::vector<std::string> names;
  const auto close = [](DIR* directory) { closedir(directory); };
  const std::unique_ptr<DIR, decltype(close)> directory(opendir(path.c_str()), close);
  if (directory == nullptr) return names;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

}  // namespace weir
