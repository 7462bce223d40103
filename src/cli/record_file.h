// The file of --record.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "base/status.h"
#include "core/completion_record.h"
#include "core/registry.h"

namespace weir::cli {

// Opened before the copy begins, so that a record that could not be written is found then, and
// written after it is complete. Appears whole or not at all.
class RecordFile {
 public:
  static Result<RecordFile> Open(const std::string& path, IfExists if_exists,
                                 const Registry& registry, std::stop_token stop);

  Status Write(std::string_view json);

 private:
  RecordFile(std::unique_ptr<Destination> destination, std::unique_ptr<ByteSink> sink)
      : destination_(std::move(destination)), sink_(std::move(sink)) {}

  std::unique_ptr<Destination> destination_;
  std::unique_ptr<ByteSink> sink_;
};

// A directory that is made for a record and goes again, unless it is kept.
class NewDirectory {
 public:
  static Result<NewDirectory> Make(const std::string& path);
  NewDirectory(NewDirectory&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  ~NewDirectory();

  void Keep() { path_.clear(); }

 private:
  explicit NewDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;  // empty: nothing to remove
};

// Whether the record is to lie in the directory of parts `sink`, which only the copy will make.
bool IsInNewDirectory(const std::string& path, const SinkSpec& sink);

// Fails with "usage.conflicting_options" when the record would take the place of the destination,
// of one of its parts or of the source, under whatever name, and with "usage.not_text" when it
// could not name the destination. An empty path is none.
Status CheckRecordIsApart(const std::string& path, const CopySpec& spec);

// What can be said of the record's file without creating anything; an empty path is none.
Status CheckRecordFile(const std::string& path, const SinkSpec& sink, const Registry& registry);

// `record` with the paths of its parts made relative to the directory of the file `record_path`.
// `sink_path` is the destination that they were written to.
CompletionRecord RelocateParts(CompletionRecord record, const std::string& sink_path,
                               const std::string& record_path);

}  // namespace weir::cli
