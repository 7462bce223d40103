// A destination of many part files and their manifest.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "core/part_name.h"
#include "io/file/directory_stage.h"
#include "io/file/kinds.h"
#include "io/file/output_file.h"
#include "io/file/path.h"

namespace weir {
namespace {

class DirectoryPart : public ByteSink {
 public:
  DirectoryPart(const SystemCalls* calls, int fd, std::string name, std::shared_ptr<int> unfinished)
      : file_(calls, fd, std::move(name), OutputFile::Kind::kRegular),
        unfinished_(std::move(unfinished)) {}

  Status Write(std::string_view bytes) override { return file_.Write(bytes); }
  Status Finish() override {
    ARROW_RETURN_NOT_OK(file_.Sync());
    ARROW_RETURN_NOT_OK(file_.Close());
    --*unfinished_;
    return Status::OK();
  }

 private:
  OutputFile file_;
  const std::shared_ptr<int> unfinished_;
};

class DirectoryDestination : public Destination {
 public:
  DirectoryDestination(std::unique_ptr<DirectoryStage> stage, std::string path, IfExists if_exists,
                       const SystemCalls* calls)
      : stage_(std::move(stage)), path_(std::move(path)), if_exists_(if_exists), calls_(calls) {}

  Result<std::unique_ptr<ByteSink>> OpenPart(const std::string& name) override {
    if (!IsPartName(name)) {
      return Error("internal", fmt::format("\"{}\" is not the name of a part", name));
    }
    ARROW_ASSIGN_OR_RAISE(auto part, OpenNew(name));
    parts_.push_back(name);
    return part;
  }

  Status Finish(std::string_view manifest) override {
    if (*unfinished_ != 0) return Error("internal", "a part is not finished");
    ARROW_ASSIGN_OR_RAISE(auto file, OpenNew(std::string(kManifestName)));
    ARROW_RETURN_NOT_OK(file->Write(manifest));
    ARROW_RETURN_NOT_OK(file->Finish());
    return stage_->Publish(parts_, if_exists_ == IfExists::kReplace);
  }

 private:
  Result<std::unique_ptr<ByteSink>> OpenNew(const std::string& name) {
    const std::string shown = JoinPath(path_, name);
    const int fd = calls_->open(stage_->NewPath(name).c_str(), O_CREAT | O_EXCL | O_WRONLY, 0666);
    if (fd < 0) return ErrnoError(errno, fmt::format("creating {}", shown));
    ++*unfinished_;
    return std::make_unique<DirectoryPart>(calls_, fd, shown, unfinished_);
  }

  const std::unique_ptr<DirectoryStage> stage_;
  const std::string path_;
  const IfExists if_exists_;
  const SystemCalls* const calls_;
  const std::shared_ptr<int> unfinished_ = std::make_shared<int>(0);
  std::vector<std::string> parts_;
};

Status CheckSet(const std::string& path, IfExists if_exists) {
  const std::vector<std::string> set = FindSet(path);
  if (set.empty() || if_exists == IfExists::kReplace) return Status::OK();
  return Error("io.exists", fmt::format("{} exists already", JoinPath(path, set.front())),
               "--if-exists replace removes the files of the earlier copy");
}

}  // namespace

Status CheckDirectoryDestination(const std::string& path, IfExists if_exists) {
  const std::string directory = WithoutSlashes(path);
  struct stat found {};
  if (stat(directory.c_str(), &found) != 0) {
    return CheckMayCreate(directory, SplitLast(directory).directory);
  }
  if (!S_ISDIR(found.st_mode)) return NotADirectoryError(directory);
  ARROW_RETURN_NOT_OK(CheckMayCreate(directory, directory));
  return CheckSet(path, if_exists);
}

Result<std::unique_ptr<Destination>> OpenDirectoryDestination(const std::string& path,
                                                              IfExists if_exists,
                                                              const SystemCalls* calls) {
  ARROW_ASSIGN_OR_RAISE(auto stage, DirectoryStage::Open(path, calls));
  ARROW_RETURN_NOT_OK(CheckSet(path, if_exists));
  return std::make_unique<DirectoryDestination>(std::move(stage), path, if_exists, calls);
}

}  // namespace weir
