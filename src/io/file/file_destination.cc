// A destination of one file.
#include <fmt/format.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "io/file/kinds.h"
#include "io/file/path.h"
#include "io/file/temp_file.h"

namespace weir {
namespace {

constexpr mode_t kPermissionBits = 0777;

class FilePart : public ByteSink {
 public:
  explicit FilePart(std::shared_ptr<TempFile> temp) : temp_(std::move(temp)) {}

  Status Write(std::string_view bytes) override { return temp_->Write(bytes); }
  Status Finish() override { return temp_->Finish(); }

 private:
  const std::shared_ptr<TempFile> temp_;
};

Status ExistsError(const std::string& path) {
  return Error("io.exists", fmt::format("{} exists already", path),
               "--if-exists replace overwrites it");
}

class FileDestination : public Destination {
 public:
  FileDestination(SplitPath target, IfExists if_exists, std::unique_ptr<TempFile> temp,
                  const SystemCalls* calls)
      : target_(std::move(target)), if_exists_(if_exists), temp_(std::move(temp)), calls_(calls) {}

  Result<std::unique_ptr<ByteSink>> OpenPart(const std::string&) override {
    if (opened_) return Error("internal", "a file has one part");
    opened_ = true;
    return std::make_unique<FilePart>(temp_);
  }

  Status Finish(std::string_view) override {
    const std::string path = JoinPath(target_.directory, target_.name);
    if (!temp_->finished()) return Error("internal", fmt::format("{} is not finished", path));
    if (if_exists_ == IfExists::kReplace) {
      if (calls_->rename(temp_->path().c_str(), path.c_str()) != 0) return RenameError(path);
      temp_->Release();
      Status synced = SyncDirectory(*calls_, target_.directory);
      if (synced.ok()) return synced;
      return WithContext(synced, fmt::format("{} is replaced, but may be lost in a crash", path));
    }
    if (RenameNoReplace(*calls_, temp_->path(), path) != 0) return RenameError(path);
    temp_->Release();
    Status synced = SyncDirectory(*calls_, target_.directory);
    if (!synced.ok()) calls_->unlink(path.c_str());
    return synced;
  }

 private:
  static Status RenameError(const std::string& path) {
    if (errno == EEXIST) return ExistsError(path);
    return ErrnoError(errno, fmt::format("renaming the finished file to {}", path));
  }

  const SplitPath target_;
  const IfExists if_exists_;
  const std::shared_ptr<TempFile> temp_;
  const SystemCalls* const calls_;
  bool opened_ = false;
};

// A symbolic link is written through, as other programs do: its target is replaced, not itself.
Result<std::string> ResolveLink(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0 || !S_ISLNK(found.st_mode)) return path;
  char* resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) {
    return ErrnoError(errno, fmt::format("cannot write {}: following the symbolic link", path));
  }
  std::string target(resolved);
  free(resolved);
  return target;
}

// "io.not_found" of a symbolic link to nothing: writing through it would make up a file.
Status CheckLink(const std::string& path) {
  struct stat link {
  }, target{};
  if (lstat(path.c_str(), &link) != 0 || !S_ISLNK(link.st_mode)) return Status::OK();
  if (stat(path.c_str(), &target) == 0 || (errno != ENOENT && errno != ENOTDIR)) {
    return Status::OK();
  }
  std::error_code error;
  const std::string named = std::filesystem::read_symlink(path, error).string();
  ErrorInfo info{.code = "io.not_found",
                 .hint = "remove the link, or create the file that it names",
                 .os_error = ENOENT};
  return Error(std::move(info),
               fmt::format("{} is a symbolic link to {}, which does not exist", path, named));
}

// Where the file goes, if it may.
Result<SplitPath> FindTarget(const std::string& path, IfExists if_exists) {
  ARROW_RETURN_NOT_OK(CheckLink(path));
  if (if_exists == IfExists::kFail && Exists(path)) return ExistsError(path);
  ARROW_ASSIGN_OR_RAISE(const std::string final_path, ResolveLink(path));
  SplitPath target = SplitLast(final_path);
  if (target.name.size() > NAME_MAX) {
    return CannotCreate(ENAMETOOLONG, path, target.directory);
  }
  return target;
}

}  // namespace

Status CheckFileDestination(const std::string& path, IfExists if_exists) {
  ARROW_ASSIGN_OR_RAISE(const SplitPath target, FindTarget(path, if_exists));
  return CheckMayCreate(path, target.directory);
}

Result<std::unique_ptr<Destination>> OpenFileDestination(const std::string& path,
                                                         IfExists if_exists,
                                                         const SystemCalls* calls) {
  ARROW_ASSIGN_OR_RAISE(SplitPath target, FindTarget(path, if_exists));
  ARROW_ASSIGN_OR_RAISE(auto temp, TempFile::Create(target, calls));
  struct stat old {};
  if (stat(JoinPath(target.directory, target.name).c_str(), &old) == 0) {
    // Before the first byte: what was private stays private while it is written.
    ARROW_RETURN_NOT_OK(temp->SetMode(old.st_mode & kPermissionBits));
  }
  return std::make_unique<FileDestination>(std::move(target), if_exists, std::move(temp), calls);
}

}  // namespace weir
