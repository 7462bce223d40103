// The file of --record.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

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

// `record` with the paths of its parts made relative to the directory of the file `record_path`.
// `sink_path` is the destination that they were written to.
CompletionRecord RelocateParts(CompletionRecord record, const std::string& sink_path,
                               const std::string& record_path);

}  // namespace weir::cli
