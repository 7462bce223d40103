// Paths, and the few questions a destination asks the file system.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "core/sink.h"
#include "io/file/system_calls.h"

namespace weir {

// "a/b/c.csv" -> "a/b" and "c.csv"; a name alone is in ".".
struct SplitPath {
  std::string directory;
  std::string name;
};
SplitPath SplitLast(std::string_view path);

// "a/b//" -> "a/b"; "/" stays.
std::string WithoutSlashes(std::string path);

std::string JoinPath(std::string_view directory, std::string_view name);

// Whether anything is there, a dangling symbolic link too.
bool Exists(const std::string& path);

// Whether it is a directory itself, not a link to one.
bool IsDirectory(const std::string& path);

// Makes renames in `directory` durable. File systems that cannot do it are left alone.
Status SyncDirectory(const SystemCalls& calls, const std::string& directory);

// Moves a file to a name that must be free: EEXIST in errno when it is not. Like the calls, -1 on
// failure.
int RenameNoReplace(const SystemCalls& calls, const std::string& from, const std::string& to);

// Whether this process may create something in `directory`, to make `path`: CannotCreate if not.
Status CheckMayCreate(const std::string& path, const std::string& directory);

// The failure to create something in `directory`, in words that say what to do.
Status CannotCreate(int os_error, const std::string& path, const std::string& directory);

}  // namespace weir
