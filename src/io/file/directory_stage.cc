#include "io/file/directory_stage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <new>
#include <utility>

#include "base/exhaustion.h"
#include "base/list_directory.h"
#include "core/part_name.h"
#include "io/file/output_file.h"
#include "io/file/path.h"

namespace weir {
namespace {

constexpr std::string_view kLockName = ".weir.lock";
constexpr std::string_view kStageName = ".weir.tmp";
constexpr std::string_view kJournalName = "publishing";
constexpr int kLockAttempts = 100;

Status BusyError(const std::string& directory, std::string_view hint) {
  return Error("io.busy", fmt::format("another copy is writing into {}", directory), hint);
}

std::vector<std::string> ReadLines(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

void RemoveFilesIn(const SystemCalls& calls, const std::string& directory) {
  for (const std::string& name : ListDirectory(directory)) {
    calls.unlink(JoinPath(directory, name).c_str());
  }
}

}  // namespace

DirectoryStage::DirectoryStage(std::string directory, const SystemCalls* calls)
    : directory_(std::move(directory)),
      lock_path_(JoinPath(directory_, kLockName)),
      stage_path_(JoinPath(directory_, kStageName)),
      new_path_(JoinPath(stage_path_, "new")),
      old_path_(JoinPath(stage_path_, "old")),
      journal_path_(JoinPath(stage_path_, kJournalName)),
      calls_(calls) {}

std::string DirectoryStage::PublicPath(std::string_view name) const {
  return JoinPath(directory_, name);
}
std::string DirectoryStage::NewPath(std::string_view name) const {
  return JoinPath(new_path_, name);
}

std::vector<std::string> FindSet(const std::string& directory) {
  std::vector<std::string> set;
  for (const std::string& name : ListDirectory(directory)) {
    // A directory of such a name is somebody else's.
    if (IsPartName(name) && !IsDirectory(JoinPath(directory, name))) set.push_back(name);
  }
  std::sort(set.begin(), set.end());
  if (Exists(JoinPath(directory, kManifestName)))
    set.insert(set.begin(), std::string(kManifestName));
  return set;
}

Status NotADirectoryError(const std::string& path) {
  return Error("io.not_a_directory", fmt::format("{} is not a directory", path),
               "choose another name, or write one file without a / at the end");
}

Result<std::unique_ptr<DirectoryStage>> DirectoryStage::Open(std::string directory,
                                                             const SystemCalls* calls) {
  std::unique_ptr<DirectoryStage> stage(
      new DirectoryStage(WithoutSlashes(std::move(directory)), calls));
  ARROW_RETURN_NOT_OK(stage->MakeDirectory());
  ARROW_RETURN_NOT_OK(stage->Lock());
  if (stage->locked_) ARROW_RETURN_NOT_OK(stage->Recover());
  ARROW_RETURN_NOT_OK(stage->MakeStage());
  return stage;
}

Status DirectoryStage::MakeDirectory() {
  made_directory_ = calls_->mkdir(directory_.c_str(), 0777) == 0;
  if (made_directory_) return Status::OK();
  const int os_error = errno;
  struct stat found {};
  if (stat(directory_.c_str(), &found) != 0) {
    return CannotCreate(os_error, directory_, SplitLast(directory_).directory);
  }
  if (S_ISDIR(found.st_mode)) return Status::OK();
  return NotADirectoryError(directory_);
}

Status DirectoryStage::Lock() {
  for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
    const int fd = calls_->open(lock_path_.c_str(), O_CREAT | O_RDWR | O_NOFOLLOW, 0666);
    if (fd < 0 && errno == EINTR) continue;
    if (fd < 0) return CannotCreate(errno, directory_, directory_);
    lock_fd_ = fd;
    locked_ = calls_->flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (!locked_) {
      if (errno != EWOULDBLOCK) return Status::OK();  // no locks here: MakeStage excludes others
      close(std::exchange(lock_fd_, -1));
      return BusyError(directory_, "wait until it ends, or choose another directory");
    }
    // Its owner may have removed the file between our open and our lock.
    struct stat ours {
    }, current{};
    if (fstat(fd, &ours) == 0 && stat(lock_path_.c_str(), &current) == 0 &&
        ours.st_ino == current.st_ino) {
      return Status::OK();
    }
    locked_ = false;
    close(std::exchange(lock_fd_, -1));
  }
  return BusyError(directory_, "wait until it ends, or choose another directory");
}

Status DirectoryStage::MakeStage() {
  if (calls_->mkdir(stage_path_.c_str(), 0777) != 0) {
    if (errno == EEXIST) {
      return BusyError(directory_, fmt::format("if none is running, remove {}", stage_path_));
    }
    return CannotCreate(errno, directory_, directory_);
  }
  staged_ = true;
  if (calls_->mkdir(new_path_.c_str(), 0777) == 0) return Status::OK();
  return CannotCreate(errno, directory_, directory_);
}

Status DirectoryStage::Recover() {
  if (!Exists(stage_path_)) return Status::OK();
  if (Exists(journal_path_) && Exists(NewPath(kManifestName))) {
    const Status undone = Undo(ReadLines(journal_path_));
    if (!undone.ok()) {
      return WithContext(undone,
                         fmt::format("cleaning up after an earlier copy into {}", directory_));
    }
  }
  WipeStage();
  return Status::OK();
}

Status DirectoryStage::Publish(const std::vector<std::string>& parts, bool replace) {
  // What is thrown midway must be undone, too.
  Status renamed = CatchExhaustion([&] { return Rename(parts, replace); });
  if (renamed.ok()) {
    published_ = true;
    return Status::OK();
  }
  const std::string manifest = NewPath(kManifestName);
  if (!Exists(manifest)) {
    // The failure came after the moment of success, which is taken back.
    if (calls_->rename(PublicPath(kManifestName).c_str(), manifest.c_str()) != 0) {
      published_ = true;
      return WithContext(renamed,
                         fmt::format("{} is complete, but may be lost in a crash", directory_));
    }
  }
  const Status undone = Undo(parts);
  if (!undone.ok()) {
    staged_ = false;  // the next copy needs what is staged to try again
    return WithContext(renamed,
                       fmt::format("{} is left incomplete ({})", directory_, undone.message()));
  }
  return renamed;
}

Status DirectoryStage::Rename(const std::vector<std::string>& parts, bool replace) {
  ARROW_RETURN_NOT_OK(SyncDirectory(*calls_, new_path_));
  ARROW_RETURN_NOT_OK(WriteJournal(parts));
  if (replace) ARROW_RETURN_NOT_OK(SetAside());
  // The old manifest must not reappear beside new parts after a power failure.
  ARROW_RETURN_NOT_OK(SyncDirectory(*calls_, directory_));
  for (const std::string& part : parts) {
    if (RenameNoReplace(*calls_, NewPath(part), PublicPath(part)) != 0) {
      return ErrnoError(errno, fmt::format("renaming a finished part to {}", PublicPath(part)));
    }
  }
  ARROW_RETURN_NOT_OK(SyncDirectory(*calls_, directory_));
  const std::string manifest = PublicPath(kManifestName);
  if (RenameNoReplace(*calls_, NewPath(kManifestName), manifest) != 0) {
    return ErrnoError(errno, fmt::format("renaming the finished manifest to {}", manifest));
  }
  ARROW_RETURN_NOT_OK(SyncDirectory(*calls_, directory_));
  if (!made_directory_) return Status::OK();
  return SyncDirectory(*calls_, SplitLast(directory_).directory);
}

Status DirectoryStage::WriteJournal(const std::vector<std::string>& parts) {
  const int fd = calls_->open(journal_path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0666);
  if (fd < 0) return ErrnoError(errno, fmt::format("creating {}", journal_path_));
  OutputFile journal(calls_, fd, journal_path_, OutputFile::Kind::kRegular);
  for (const std::string& part : parts) ARROW_RETURN_NOT_OK(journal.Write(part + "\n"));
  ARROW_RETURN_NOT_OK(journal.Sync());
  ARROW_RETURN_NOT_OK(journal.Close());
  return SyncDirectory(*calls_, stage_path_);
}

Status DirectoryStage::SetAside() {
  const std::vector<std::string> set = FindSet(directory_);
  if (set.empty()) return Status::OK();
  if (calls_->mkdir(old_path_.c_str(), 0777) != 0) {
    return ErrnoError(errno, fmt::format("creating {}", old_path_));
  }
  for (const std::string& name : set) {
    const std::string from = PublicPath(name);
    if (calls_->rename(from.c_str(), JoinPath(old_path_, name).c_str()) != 0) {
      return ErrnoError(errno, fmt::format("setting {} aside", from));
    }
  }
  return Status::OK();
}

Status DirectoryStage::Undo(const std::vector<std::string>& parts) {
  // Every step leaves a state from which Undo can begin again.
  for (const std::string& part : parts) {
    if (Exists(NewPath(part)) || !Exists(PublicPath(part)) || !IsPartName(part)) continue;
    if (calls_->rename(PublicPath(part).c_str(), NewPath(part).c_str()) != 0) {
      return ErrnoError(errno, fmt::format("taking {} back", PublicPath(part)));
    }
  }
  std::vector<std::string> old = ListDirectory(old_path_);
  // The manifest last: it says that the set is complete.
  std::partition(old.begin(), old.end(),
                 [](const std::string& name) { return name != kManifestName; });
  for (const std::string& name : old) {
    const std::string from = JoinPath(old_path_, name);
    if (calls_->rename(from.c_str(), PublicPath(name).c_str()) != 0) {
      return ErrnoError(errno, fmt::format("putting {} back", PublicPath(name)));
    }
  }
  return SyncDirectory(*calls_, directory_);
}

void DirectoryStage::WipeStage() {
  // First what would make the next copy undo a publication that is over.
  calls_->unlink(journal_path_.c_str());
  for (const std::string* path : {&new_path_, &old_path_}) {
    if (calls_->rmdir(path->c_str()) == 0) continue;
    try {
      RemoveFilesIn(*calls_, *path);
    } catch (const std::bad_alloc&) {
      // The next copy removes them.
    }
    calls_->rmdir(path->c_str());
  }
  calls_->rmdir(stage_path_.c_str());
}

DirectoryStage::~DirectoryStage() {
  if (staged_) WipeStage();
  if (lock_fd_ >= 0) calls_->unlink(lock_path_.c_str());
  if (made_directory_ && !published_) calls_->rmdir(directory_.c_str());
  if (lock_fd_ >= 0) close(lock_fd_);
}

}  // namespace weir
