#include "cli/record_file.h"

#include <filesystem>

#include <fmt/format.h>

namespace weir::cli {

namespace fs = std::filesystem;

Result<RecordFile> RecordFile::Open(const std::string& path, IfExists if_exists,
                                    const Registry& registry, std::stop_token stop) {
  SinkSpec sink;
  sink.path = path;
  sink.if_exists = if_exists;
  ARROW_ASSIGN_OR_RAISE(auto destination, registry.open_destination(sink, std::move(stop)));
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
