#include "db/duckdb/library.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

struct CodeRange {
  uintptr_t address_of_library;  // any address in it
};

// Drops the pages of every segment that is never written; they are clean copies of the file's.
int ReleaseSegments(dl_phdr_info* info, size_t, void* data) {
  auto wanted = static_cast<CodeRange*>(data)->address_of_library;
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  bool found = false;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    found =
        found || (segment.p_type == PT_LOAD && wanted >= begin && wanted < begin + segment.p_memsz);
  }
  if (!found) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    uintptr_t begin = (info->dlpi_addr + segment.p_vaddr + page - 1) / page * page;
    uintptr_t end = (info->dlpi_addr + segment.p_vaddr + segment.p_memsz) / page * page;
    // Advice: when the kernel will not take it, the pages stay.
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 1;
}

}  // namespace

void Library::ReleaseCodePages() const {
  CodeRange range{reinterpret_cast<uintptr_t>(open_ext)};
  dl_iterate_phdr(ReleaseSegments, &range);
}

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
    library.ReleaseCodePages();
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
