#include "io/file/destination.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>

#include "io/file/kinds.h"

namespace weir {
namespace {

// "-" and the names by which a shell hands over an open descriptor: >(command) is /dev/fd/63.
std::optional<int> OpenDescriptorOf(std::string_view path) {
  if (path == "-" || path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (std::string_view prefix : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(prefix)) continue;
    const std::string_view digits = path.substr(prefix.size());
    const char* end = digits.data() + digits.size();
    int fd = -1;
    auto parsed = std::from_chars(digits.data(), end, fd);
    if (parsed.ec == std::errc() && parsed.ptr == end && fd >= 0) return fd;
  }
  return std::nullopt;
}

Status CheckPath(const std::string& path) {
  if (path.empty()) return Error("io.invalid_path", "the destination has no path");
  if (path.find('\0') != std::string::npos) {
    return Error("io.invalid_path", "the destination's path contains a NUL byte");
  }
  return Status::OK();
}

Status IsDirectoryError(const std::string& path) {
  return Error("io.is_directory", fmt::format("{} is a directory", path),
               fmt::format("name a file in it, or write {}/ for a directory of part files", path));
}

enum class Kind { kDescriptor, kDirectory, kFile, kInPlace };

struct Place {
  Kind kind;
  int fd = -1;  // of kDescriptor
};

Result<Place> FindPlace(const SinkSpec& spec) {
  const std::string& path = spec.path;
  ARROW_RETURN_NOT_OK(CheckPath(path));
  const bool directory = path.ends_with('/') || spec.split_bytes > 0;
  if (const std::optional<int> fd = OpenDescriptorOf(path)) {
    if (!directory) return Place{Kind::kDescriptor, *fd};
    return Error("io.invalid_path", fmt::format("{} cannot be split into parts", path),
                 "name a directory, ending in /");
  }
  if (directory) return Place{Kind::kDirectory};
  struct stat found {};
  if (stat(path.c_str(), &found) != 0 || S_ISREG(found.st_mode)) return Place{Kind::kFile};
  if (S_ISDIR(found.st_mode)) return IsDirectoryError(path);
  if (S_ISBLK(found.st_mode) && spec.if_exists == IfExists::kFail) {
    return Error("io.exists", fmt::format("{} is a disk", path),
                 "--if-exists replace overwrites it");
  }
  return Place{Kind::kInPlace};
}

Status CheckInPlace(const std::string& path) {
  if (faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0) return Status::OK();
  return ErrnoError(errno, fmt::format("writing {}", path));
}

}  // namespace

Result<std::unique_ptr<Destination>> OpenDestinationWith(const SinkSpec& spec, std::stop_token stop,
                                                         const SystemCalls* calls) {
  const std::string& path = spec.path;
  ARROW_ASSIGN_OR_RAISE(const Place place, FindPlace(spec));
  switch (place.kind) {
    case Kind::kDescriptor:
      return OpenDescriptorDestination(place.fd, place.fd == STDOUT_FILENO ? "stdout" : path, calls,
                                       std::move(stop));
    case Kind::kDirectory:
      return OpenDirectoryDestination(path, spec.if_exists, calls);
    case Kind::kFile:
      return OpenFileDestination(path, spec.if_exists, calls);
    case Kind::kInPlace:
      break;
  }
  return OpenInPlaceDestination(path, calls, std::move(stop));
}

Result<std::unique_ptr<Destination>> OpenDestination(const SinkSpec& spec, std::stop_token stop) {
  return OpenDestinationWith(spec, std::move(stop), &RealSystemCalls());
}

Status CheckDestination(const SinkSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(const Place place, FindPlace(spec));
  switch (place.kind) {
    case Kind::kDescriptor:
      return Status::OK();
    case Kind::kDirectory:
      return CheckDirectoryDestination(spec.path, spec.if_exists);
    case Kind::kFile:
      return CheckFileDestination(spec.path, spec.if_exists);
    case Kind::kInPlace:
      break;
  }
  return CheckInPlace(spec.path);
}

}  // namespace weir
