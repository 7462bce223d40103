#include "db/duckdb/library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/process_memory.h"

namespace weir::duckdb {
namespace {

constexpr char kSoname[] = "libduckdb.so";

std::vector<std::string> Candidates() {
  if (const char* set = std::getenv("WEIR_DUCKDB_LIBRARY")) return {set};
  std::vector<std::string> paths;
  std::error_code error;
  std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    std::filesystem::path directory = program.parent_path();
    paths.push_back((directory / kSoname).string());
    paths.push_back((directory.parent_path() / "lib" / "weir" / kSoname).string());
  }
  paths.push_back(WEIR_DUCKDB_LIBRARY);
  paths.push_back(kSoname);
  return paths;
}

Status Missing(const std::vector<std::string>& reasons) {
  return Error("duckdb.library_missing",
               fmt::format("DuckDB's library cannot be opened: {}", fmt::join(reasons, "; ")),
               "install libduckdb 1.4.4 or newer, or set WEIR_DUCKDB_LIBRARY to its path");
}

template <typename Function>
bool Resolve(void* handle, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(handle, name));
  return *function != nullptr;
}

// The name of the first function that is not there; nullptr when all are.
const char* ResolveAll(void* handle, Library* library) {
#define WEIR_DUCKDB_RESOLVE(name) \
  if (!Resolve(handle, "duckdb_" #name, &library->name)) return "duckdb_" #name;
  WEIR_DUCKDB_FUNCTIONS(WEIR_DUCKDB_RESOLVE)
#undef WEIR_DUCKDB_RESOLVE
  return nullptr;
}

}  // namespace

Result<Library> OpenLibrary(const std::vector<std::string>& candidates) {
  std::vector<std::string> reasons;
  for (const std::string& path : candidates) {
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      const char* reason = dlerror();  // names the path
      reasons.emplace_back(reason == nullptr ? path : reason);
      continue;
    }
    Library library;
    if (const char* missing = ResolveAll(handle, &library)) {
      reasons.push_back(fmt::format("{}: it is too old, it has no {}", path, missing));
      dlclose(handle);
      continue;
    }
    library.path = path;
    ReleaseLibraryPages();  // relocating the library touched 15 MB of it
    return library;
  }
  return Missing(reasons);
}

Result<const Library*> LoadLibrary() {
  static const Result<Library> library = OpenLibrary(Candidates());
  if (!library.ok()) return library.status();
  return &*library;
}

std::string LibraryNameAndVersion() {
  auto library = LoadLibrary();
  if (!library.ok()) return "duckdb (its library is missing)";
  std::string_view version = (*library)->library_version();
  if (version.starts_with('v')) version.remove_prefix(1);
  return fmt::format("duckdb {}", version);
}

}  // namespace weir::duckdb
