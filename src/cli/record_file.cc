#include "cli/record_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include <fmt/format.h>

#include "base/same_file.h"
#include "base/utf8.h"
#include "core/part_name.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

Status IsDirectoryError(const std::string& path) {
  return Error("io.is_directory", fmt::format("the record's name, {}, is a directory's", path),
               "--record takes the name of a file");
}

SinkSpec RecordSink(const std::string& path, IfExists if_exists) {
  SinkSpec sink;
  sink.path = path;
  sink.if_exists = if_exists;
  return sink;
}

}  // namespace

Result<NewDirectory> NewDirectory::Make(const std::string& path) {
  if (mkdir(path.c_str(), 0777) == 0) return NewDirectory(path);
  return ErrnoError(errno, fmt::format("creating the directory {}", path));
}

NewDirectory::~NewDirectory() {
  if (!path_.empty()) rmdir(path_.c_str());
}

bool IsInNewDirectory(const std::string& path, const SinkSpec& sink) {
  if (!sink.path.ends_with('/') || path.ends_with('/')) return false;
  std::error_code error;
  const fs::path directory = fs::absolute(sink.path, error).lexically_normal().parent_path();
  if (error || fs::exists(fs::symlink_status(directory, error))) return false;
  return fs::absolute(path, error).lexically_normal().parent_path() == directory;
}

Status CheckRecordIsApart(const std::string& path, const CopySpec& spec) {
  std::error_code error;
  if (path.empty()) return Status::OK();
  if (FindInvalidUtf8(spec.sink.path) != std::string_view::npos) {
    return Error("usage.not_text", "the destination's name is not UTF-8, as the record must be",
                 "choose another name, or leave --record out");
  }
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) return Status::OK();
  const auto conflict = [&](std::string_view what) {
    return Error("usage.conflicting_options", fmt::format("--record {} would {}", path, what),
                 "give the record a name of its own");
  };
  const std::string& sink = spec.sink.path;
  if (IsSameFile(path, spec.source.uri)) return conflict("replace the source");
  if (!sink.ends_with('/')) {
    return IsSameFile(path, sink) ? conflict("replace the destination") : Status::OK();
  }
  const std::string name = fs::path(path).filename().string();
  const fs::path directory = fs::absolute(path, error).parent_path();
  const bool is_taken = IsPartName(name) || name == kManifestName;
  return is_taken && IsSameFile(directory, sink) ? conflict("replace a file of the destination")
                                                 : Status::OK();
}

Status CheckRecordFile(const std::string& path, const SinkSpec& sink, const Registry& registry) {
  if (path.empty() || IsInNewDirectory(path, sink)) return Status::OK();
  std::error_code ignored;
  if (path.ends_with('/') || fs::is_directory(path, ignored)) return IsDirectoryError(path);
  return WithContext(registry.check_destination(RecordSink(path, sink.if_exists)),
                     "checking the record");
}

Result<RecordFile> RecordFile::Open(const std::string& path, IfExists if_exists,
                                    const Registry& registry, std::stop_token stop) {
  std::error_code ignored;
  if (path.ends_with('/') || fs::is_directory(path, ignored)) return IsDirectoryError(path);
  ARROW_ASSIGN_OR_RAISE(auto destination,
                        registry.open_destination(RecordSink(path, if_exists), std::move(stop)));
  ARROW_ASSIGN_OR_RAISE(auto bytes, destination->OpenPart(fs::path(path).filename().string()));
  return RecordFile(std::move(destination), std::move(bytes));
}

Status RecordFile::Write(std::string_view json) {
  ARROW_RETURN_NOT_OK(sink_->Write(json));
  ARROW_RETURN_NOT_OK(sink_->Finish());
  return destination_->Finish("");
}

CompletionRecord RelocateParts(CompletionRecord record, const std::string& sink_path,
                               const std::string& record_path) {
  if (sink_path == "-") return record;
  // A directory's parts are named within it.
  const fs::path from = sink_path.ends_with('/') ? fs::path(sink_path) : fs::path();
  std::error_code error;
  const fs::path base = fs::absolute(record_path, error).lexically_normal().parent_path();
  if (error) return record;
  for (PartRecord& part : record.parts) {
    const fs::path path = fs::absolute(from / part.path, error).lexically_normal();
    const fs::path relative = path.lexically_relative(base);
    part.path = relative.empty() ? path.string() : relative.string();
  }
  return record;
}

}  // namespace weir::cli
