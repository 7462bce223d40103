// A local file for Arrow's readers, with the operating system's own words when something fails.
#pragma once

#include <arrow/io/interfaces.h>
#include <sys/stat.h>

#include <atomic>
#include <memory>
#include <string>

#include "base/status.h"

namespace weir {

// Reads never allocate more than the file still holds, whatever length a damaged header claims.
// ReadAt is thread-safe; Read, Seek and Tell are for one thread.
class LocalFile : public arrow::io::RandomAccessFile {
 public:
  // Fails with "io.<reason>", and with "source.not_a_file" for directories, pipes and devices.
  static Result<std::shared_ptr<LocalFile>> Open(const std::string& path);
  ~LocalFile() override;

  // Reads of at least so many bytes are mapped instead of copied; pages that were touched can then
  // be given back with ReleaseMappedPages. Default: never.
  void set_mapped_bytes_min(int64_t bytes) { mapped_bytes_min_ = bytes; }
  // Gives back the memory of the mapping last made; its bytes are read again when touched again.
  void ReleaseMappedPages();

  // Fails with "source.changed" once the file is no longer as it was when it was opened.
  Status CheckUnchanged() const;

  // Whether a read wanted more than the file holds.
  bool hit_end() const { return hit_end_; }
  const std::string& path() const { return path_; }

  Status Close() override;
  bool closed() const override { return descriptor_ < 0; }
  Result<int64_t> GetSize() override { return state_.st_size; }
  Result<int64_t> Tell() const override { return position_; }
  Status Seek(int64_t position) override;
  Result<int64_t> Read(int64_t nbytes, void* out) override;
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t nbytes) override;
  using arrow::io::RandomAccessFile::ReadAt;
  Result<int64_t> ReadAt(int64_t position, int64_t nbytes, void* out) override;
  Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t nbytes) override;

 private:
  LocalFile(std::string path, int descriptor, const struct stat& state)
      : path_(std::move(path)), descriptor_(descriptor), state_(state) {}

  int64_t Available(int64_t position, int64_t nbytes);
  Result<std::shared_ptr<arrow::Buffer>> Map(int64_t position, int64_t nbytes);

  const std::string path_;
  int descriptor_;
  const struct stat state_;
  int64_t position_ = 0;
  int64_t mapped_bytes_min_ = INT64_MAX;
  std::weak_ptr<arrow::Buffer> mapped_;
  std::atomic<bool> hit_end_{false};
};

}  // namespace weir
