#include "core/registry.h"

#include <arrow/config.h>

#include <algorithm>

#include "base/ascii.h"

namespace weir {
namespace {

template <typename T>
const T* FindByName(const std::vector<T>& entries, std::string_view name) {
  auto found = std::find_if(entries.begin(), entries.end(),
                            [&](const T& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

// Adds what the entries say, unless it is there already.
template <typename T>
void AddLibraries(const std::vector<T>& entries, std::vector<std::string>* libraries) {
  for (const T& entry : entries) {
    if (!entry.library) continue;
    std::string library = entry.library();
    if (std::find(libraries->begin(), libraries->end(), library) == libraries->end()) {
      libraries->push_back(std::move(library));
    }
  }
}

}  // namespace

std::vector<std::string> Registry::Libraries() const {
  std::vector<std::string> libraries = {"arrow " + arrow::GetBuildInfo().version_string};
  AddLibraries(formats, &libraries);
  AddLibraries(compressions, &libraries);
  AddLibraries(sources, &libraries);
  AddLibraries(table_sinks, &libraries);
  return libraries;
}

const Format* Registry::FindFormat(std::string_view name) const {
  return FindByName(formats, name);
}

const Compression* Registry::FindCompression(std::string_view name) const {
  return FindByName(compressions, name);
}

Registry::PathMatch Registry::MatchPath(std::string_view path) const {
  std::string lower = LowerAscii(path);
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
