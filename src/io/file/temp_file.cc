#include "io/file/temp_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/list_directory.h"
#include "base/temp_name.h"

namespace weir {
namespace {

constexpr int kNameAttempts = 100;

// Removes the temporary files whose writers are dead: their locks are free.
void SweepDead(const SplitPath& target, const SystemCalls& calls) {
  for (const std::string& name : ListDirectory(target.directory)) {
    if (!IsTempNameOf(target.name, name)) continue;
    const std::string path = JoinPath(target.directory, name);
    const int fd = calls.open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd < 0) continue;
    if (calls.flock(fd, LOCK_EX | LOCK_NB) == 0) calls.unlink(path.c_str());
    calls.close(fd);
  }
}

// Whether the new file is ours: a sweep may have taken it before we locked it. Where the file
// system has no locks no sweep can take it either.
bool LockNew(int fd, const SystemCalls& calls) {
  if (calls.flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  struct stat found {};
  return fstat(fd, &found) == 0 && found.st_nlink > 0;
}

}  // namespace

Result<std::unique_ptr<TempFile>> TempFile::Create(const SplitPath& target,
                                                   const SystemCalls* calls) {
  SweepDead(target, *calls);
  const std::string final_path = JoinPath(target.directory, target.name);
  for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
    std::string path = JoinPath(target.directory, MakeTempName(target.name));
    // Made first: what owns the file must not fail for lack of memory once the file is there.
    std::unique_ptr<TempFile> temp(new TempFile(calls));
    const int fd = calls->open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0666);
    if (fd < 0 && (errno == EEXIST || errno == EINTR)) continue;
    if (fd < 0) return CannotCreate(errno, final_path, target.directory);
    temp->path_ = std::move(path);
    temp->lock_fd_ = fd;
    temp->file_ = std::make_unique<OutputFile>(calls, fd, final_path, OutputFile::Kind::kRegular);
    temp->lock_fd_ = -1;
    if (!LockNew(fd, *calls)) continue;
    temp->lock_fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (temp->lock_fd_ < 0) return ErrnoError(errno, fmt::format("opening {}", final_path));
    return temp;
  }
  return Error("io.error",
               fmt::format("cannot write {}: no temporary file beside it can be kept", final_path));
}

TempFile::~TempFile() {
  if (!path_.empty()) calls_->unlink(path_.c_str());
  file_.reset();
  if (lock_fd_ >= 0) close(lock_fd_);
}

Status TempFile::Finish() {
  ARROW_RETURN_NOT_OK(file_->Sync());
  ARROW_RETURN_NOT_OK(file_->Close());
  finished_ = true;
  return Status::OK();
}

Status TempFile::SetMode(mode_t mode) {
  if (calls_->fchmod(file_->fd(), mode) == 0) return Status::OK();
  return ErrnoError(errno, fmt::format("setting the permissions of {}", path_));
}

}  // namespace weir
