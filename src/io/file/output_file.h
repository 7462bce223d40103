// An open file on its way out: whole writes, and errors that name the file.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/status.h"
#include "io/file/system_calls.h"

namespace weir {

// Owns its descriptor. Used by one thread. `calls` must outlive it.
class OutputFile {
 public:
  enum class Kind {
    kRegular,  // small writes are gathered; the kernel is told to start writing early
    kStream,   // pipe, terminal, device: written at once
  };

  // `name` is what errors call it. A write to a stream that waits for its reader ends with
  // "interrupted" when `stop` is requested, if the descriptor is non-blocking.
  OutputFile(const SystemCalls* calls, int fd, std::string name, Kind kind,
             std::stop_token stop = {})
      : calls_(calls), fd_(fd), name_(std::move(name)), kind_(kind), stop_(std::move(stop)) {}
  ~OutputFile() { (void)Close(); }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  Status Write(std::string_view bytes);
  // Everything written is on the disk afterwards; nothing to do for what has no disk.
  Status Sync();
  // What a network file system could not store shows here at the latest.
  Status Close();

  int fd() const { return fd_; }

 private:
  Status Flush();
  Status WriteAll(std::string_view bytes);
  Status WaitUntilWritable();
  void StartWriteback();
  Status Failure(std::string_view what) const;

  const SystemCalls* const calls_;
  int fd_;
  const std::string name_;
  const Kind kind_;
  const std::stop_token stop_;
  ByteBuffer gathered_;
  int64_t bytes_ = 0;
  int64_t writeback_bytes_ = 0;  // up to where the kernel was told to write
};

}  // namespace weir
