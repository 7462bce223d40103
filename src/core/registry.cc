#include "core/registry.h"

#include <algorithm>
#include <cctype>

namespace weir {
namespace {

template <typename T>
const T* FindByName(const std::vector<T>& entries, std::string_view name) {
  auto found = std::find_if(entries.begin(), entries.end(),
                            [&](const T& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

const Format* Registry::FindFormat(std::string_view name) const {
  return FindByName(formats, name);
}

const Compression* Registry::FindCompression(std::string_view name) const {
  return FindByName(compressions, name);
}

Registry::PathMatch Registry::MatchPath(std::string_view path) const {
  std::string lower(path);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  PathMatch match;
  for (const Compression& compression : compressions) {
    if (lower.ends_with(compression.extension)) {
      match.compression = &compression;
      lower.resize(lower.size() - compression.extension.size());
      break;
    }
  }
  for (const Format& format : formats) {
    for (const std::string& extension : format.extensions) {
      if (lower.ends_with(extension)) match.format = &format;
    }
  }
  return match;
}

}  // namespace weir
