// A file under a name of its own until it is published; removed if it never is.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "io/file/output_file.h"
#include "io/file/path.h"

namespace weir {

// Used by one thread.
class TempFile {
 public:
  // In `target`'s directory, locked for as long as this object lives. Removes what dead writers of
  // the same target left behind.
  static Result<std::unique_ptr<TempFile>> Create(const SplitPath& target,
                                                  const SystemCalls* calls);
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  Status Write(std::string_view bytes) { return file_->Write(bytes); }
  // Makes the contents durable and closes the file; the lock stays.
  Status Finish();
  Status SetMode(mode_t mode);

  bool finished() const { return finished_; }
  const std::string& path() const { return path_; }
  // It has its final name now.
  void Release() { path_.clear(); }

 private:
  explicit TempFile(const SystemCalls* calls) : calls_(calls) {}

  const SystemCalls* const calls_;
  std::string path_;  // empty: nothing to remove
  std::unique_ptr<OutputFile> file_;
  int lock_fd_ = -1;  // the lock belongs to the open file, which this keeps open
  bool finished_ = false;
};

}  // namespace weir
