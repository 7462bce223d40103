#include "db/duckdb/temp_database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <new>
#include <string_view>

#include "base/list_directory.h"
#include "base/temp_name.h"

namespace weir::duckdb {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLogSuffix = ".wal";  // DuckDB's write-ahead log
// Behind the name of the lock: the replaced database's log, while that is replaced.
constexpr std::string_view kOldLogSuffix = ".old.wal";

fs::path DirectoryOf(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

std::string MakeTempPath(const fs::path& final_path) {
  return (DirectoryOf(final_path) / MakeTempName(final_path.filename().string())).string();
}

// Whether a living process holds the file. One that is gone is held by nobody.
bool IsHeld(const fs::path& path) {
  int fd = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return errno != ENOENT;
  bool held = flock(fd, LOCK_EX | LOCK_NB) != 0;
  close(fd);
  return held;
}

// Files DuckDB made go first, so that the database's name guards them to the end.
void RemoveWithCompanions(const fs::path& path) {
  std::error_code ignored;
  const fs::path directory = DirectoryOf(path);
  const std::string name = path.filename().string();
  for (const std::string& found : ListDirectory(directory.string())) {
    if (found.starts_with(name) && found != name) fs::remove_all(directory / found, ignored);
  }
  fs::remove(path, ignored);
}

std::string With(std::string_view path, std::string_view suffix) {
  return fmt::format("{}{}", path, suffix);
}

bool IsThere(const std::string& path) {
  struct stat found {};
  return lstat(path.c_str(), &found) == 0;
}

// Whoever died before the new database took its place had perhaps set the old one's log aside.
Status PutLogBack(const std::string& temp, const std::string& final_path) {
  const std::string aside = With(temp, kOldLogSuffix), log = With(final_path, kLogSuffix);
  if (!IsThere(aside) || !IsThere(With(temp, TempDatabase::kDatabaseSuffix)) || IsThere(log))
    return Status::OK();
  if (rename(aside.c_str(), log.c_str()) == 0) return Status::OK();
  return ErrnoError(errno, fmt::format("putting back {}, the log of {}", aside, final_path));
}

Status SweepDead(const fs::path& final_path) {
  const fs::path directory = DirectoryOf(final_path);
  const std::string final_name = final_path.filename().string();
  for (const std::string& name : ListDirectory(directory.string())) {
    const std::string_view temp = TempNameIn(final_name, name);
    const fs::path path = directory / temp;
    if (temp.empty() || IsHeld(path)) continue;
    ARROW_RETURN_NOT_OK(PutLogBack(path.string(), final_path.string()));
    RemoveWithCompanions(path);
  }
  return Status::OK();
}

Status Exists(const std::string& path) {
  return Error("io.exists", fmt::format("{} exists already", path),
               "--if-exists replace overwrites it");
}

// DuckDB holds a lock of fcntl(2) on what it has open.
bool IsOpenInDuckdb(const std::string& path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  bool locked = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close(fd);
  return locked;
}

Status CheckFinalPath(const std::string& path, IfExists if_exists) {
  const std::string log = With(path, kLogSuffix);
  if (if_exists == IfExists::kFail) {
    if (IsThere(path)) return Exists(path);
    // DuckDB would replay it into the new file.
    return IsThere(log) ? Exists(log) : Status::OK();
  }
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return Error("io.is_directory", fmt::format("{} is a directory", path));
  }
  if (!IsOpenInDuckdb(path)) return Status::OK();
  return Error("duckdb.locked", fmt::format("{} is open in another process", path),
               "close it there before it is replaced");
}

Status Sync(const std::string& path, int flags) {
  int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return ErrnoError(errno, fmt::format("opening {}", path));
  // Some file systems cannot sync a directory.
  bool failed = fsync(fd) != 0 && errno != EINVAL;
  int os_error = errno;
  close(fd);
  return failed ? ErrnoError(os_error, fmt::format("syncing {}", path)) : Status::OK();
}

// A symbolic link is written through: its target is replaced, not the link.
Result<fs::path> FollowLink(const std::string& path) {
  std::error_code error;
  if (!fs::is_symlink(fs::symlink_status(path, error))) return fs::path(path);
  fs::path target = fs::canonical(path, error);
  if (error) return ErrnoError(error.value(), fmt::format("following the link {}", path));
  return target;
}

}  // namespace

Result<std::unique_ptr<TempDatabase>> TempDatabase::Create(const std::string& path,
                                                           IfExists if_exists) {
  ARROW_RETURN_NOT_OK(CheckFinalPath(path, if_exists));
  ARROW_ASSIGN_OR_RAISE(fs::path target, FollowLink(path));
  ARROW_RETURN_NOT_OK(SweepDead(target));
  std::unique_ptr<TempDatabase> temp(new TempDatabase(target.string(), if_exists));
  ARROW_RETURN_NOT_OK(temp->Lock());
  return temp;
}

Status TempDatabase::Lock() {
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string path = MakeTempPath(final_path_);
    int fd = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EEXIST || errno == EINTR)) continue;
    if (fd < 0) return ErrnoError(errno, fmt::format("creating {}", final_path_));
    // A sweep may have taken the file before it was locked.
    struct stat found {};
    flock(fd, LOCK_EX | LOCK_NB);
    if (fstat(fd, &found) == 0 && found.st_nlink > 0) {
      lock_path_ = std::move(path);
      lock_fd_ = fd;
      return Status::OK();
    }
    close(fd);
  }
  return Error("io.error", fmt::format("creating {}: no file beside it can be kept", final_path_));
}

TempDatabase::~TempDatabase() {
  if (lock_fd_ < 0) return;
  try {
    if (!is_kept_) RemoveWithCompanions(lock_path_);
  } catch (const std::bad_alloc&) {
    // The next copy removes them.
  }
  close(lock_fd_);
}

Status TempDatabase::Protect() {
  struct stat old {};
  if (stat(final_path_.c_str(), &old) != 0) return Status::OK();
  std::string path = database_path();
  if (chmod(path.c_str(), old.st_mode & 0777) == 0) return Status::OK();
  return ErrnoError(errno, fmt::format("setting the permissions of {}", path));
}

Status TempDatabase::Publish() {
  std::string path = database_path();
  if (IsThere(With(path, kLogSuffix))) {
    return Error("duckdb.failed", "DuckDB did not write everything into its file");
  }
  const std::string directory = DirectoryOf(final_path_).string();
  ARROW_RETURN_NOT_OK(Sync(path, O_RDWR));
  ARROW_RETURN_NOT_OK(CheckFinalPath(final_path_, if_exists_));
  ARROW_RETURN_NOT_OK(if_exists_ == IfExists::kReplace ? Replace() : Rename(RENAME_NOREPLACE));
  Status synced = Sync(directory, O_RDONLY | O_DIRECTORY);
  if (synced.ok()) return synced;
  // A failed copy leaves nothing; what was there before is gone already.
  if (if_exists_ == IfExists::kFail) {
    unlink(final_path_.c_str());
    return synced;
  }
  return WithContext(synced,
                     fmt::format("{} is replaced, but may be lost in a crash", final_path_));
}

// The old file's log must not be replayed into the new one, and is not lost when there is none.
Status TempDatabase::Replace() {
  const std::string log = With(final_path_, kLogSuffix);
  const std::string aside = With(lock_path_, kOldLogSuffix);
  if (rename(log.c_str(), aside.c_str()) != 0) {
    if (errno == ENOENT) return Rename(0);
    return ErrnoError(errno, fmt::format("setting {} aside", log));
  }
  Status renamed = Rename(0);
  if (renamed.ok() || rename(aside.c_str(), log.c_str()) == 0) return renamed;
  is_kept_ = true;
  return WithContext(renamed, fmt::format("{} could not be put back; the next copy to {} does it",
                                          log, final_path_));
}

Status TempDatabase::Rename(unsigned flags) {
  const std::string path = database_path();
  if (renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, final_path_.c_str(), flags) == 0) {
    return Status::OK();
  }
  // Where the file system cannot do it in one step, a second name fails if there is one already.
  if (flags != 0 && errno == EINVAL && link(path.c_str(), final_path_.c_str()) == 0) {
    return Status::OK();
  }
  if (errno == EEXIST) return Exists(final_path_);
  return ErrnoError(errno, fmt::format("renaming the finished file to {}", final_path_));
}

}  // namespace weir::duckdb
