#include "io/file/path.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace weir {

SplitPath SplitLast(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {".", std::string(path)};
  if (slash == 0) return {"/", std::string(path.substr(1))};
  return {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

std::string WithoutSlashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::string JoinPath(std::string_view directory, std::string_view name) {
  if (directory == ".") return std::string(name);
  return fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", name);
}

bool Exists(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0;
}

bool IsDirectory(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Status SyncDirectory(const SystemCalls& calls, const std::string& directory) {
  const int fd = calls.open(directory.c_str(), O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0) return ErrnoError(errno, fmt::format("opening directory {}", directory));
  const int code = SyncDescriptor(calls, fd);
  const int os_error = errno;
  calls.close(fd);
  const bool unsupported = os_error == EINVAL || os_error == ENOTSUP || os_error == EBADF;
  if (code == 0 || unsupported) return Status::OK();
  return ErrnoError(os_error, fmt::format("writing directory {} to disk", directory));
}

int RenameNoReplace(const SystemCalls& calls, const std::string& from, const std::string& to) {
  if (calls.rename_no_replace(from.c_str(), to.c_str()) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return -1;
  // The file system does not know the flag. A hard link is refused just as safely.
  if (calls.link(from.c_str(), to.c_str()) != 0) return -1;
  if (calls.unlink(from.c_str()) == 0) return 0;
  const int os_error = errno;
  calls.unlink(to.c_str());
  errno = os_error;
  return -1;
}

Status CheckMayCreate(const std::string& path, const std::string& directory) {
  struct stat found {};
  if (stat(directory.c_str(), &found) == 0 && !S_ISDIR(found.st_mode)) {
    return CannotCreate(ENOTDIR, path, directory);
  }
  if (faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return Status::OK();
  return CannotCreate(errno, path, directory);
}

Status CannotCreate(int os_error, const std::string& path, const std::string& directory) {
  ErrorInfo info = GetErrorInfo(ErrnoError(os_error, ""));
  struct stat found {};
  if (os_error == ENOENT || os_error == ENOTDIR) {
    const bool missing = stat(directory.c_str(), &found) != 0 && errno == ENOENT;
    info.hint = missing ? fmt::format("create it first: mkdir -p {}", directory) : "";
    return Error(info, fmt::format("cannot write {}: {} {}", path, directory,
                                   missing ? "does not exist" : "is not a directory"));
  }
  if (os_error == EACCES || os_error == EPERM) {
    info.hint = "choose a directory that you may write to";
  }
  if (os_error == EROFS) info.hint = "the file system is mounted read-only";
  if (os_error == ENAMETOOLONG) info.hint = "choose a shorter name";
  const Status plain =
      ErrnoError(os_error, fmt::format("cannot write {}: creating a file in {}", path, directory));
  return Error(info, plain.message());
}

}  // namespace weir
