// Destinations written in place: stdout and other open descriptors, FIFOs, devices.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "io/file/kinds.h"
#include "io/file/output_file.h"

namespace weir {
namespace {

constexpr auto kReaderPoll = std::chrono::milliseconds(20);

class StreamPart : public ByteSink {
 public:
  explicit StreamPart(std::unique_ptr<OutputFile> file) : file_(std::move(file)) {}

  Status Write(std::string_view bytes) override { return file_->Write(bytes); }
  Status Finish() override {
    ARROW_RETURN_NOT_OK(file_->Sync());
    return file_->Close();
  }

 private:
  const std::unique_ptr<OutputFile> file_;
};

class StreamDestination : public Destination {
 public:
  explicit StreamDestination(std::unique_ptr<OutputFile> file) : file_(std::move(file)) {}

  Result<std::unique_ptr<ByteSink>> OpenPart(const std::string&) override {
    if (file_ == nullptr) return Error("internal", "a stream has one part");
    return std::make_unique<StreamPart>(std::move(file_));
  }
  Status Finish(std::string_view) override { return Status::OK(); }

 private:
  std::unique_ptr<OutputFile> file_;
};

std::unique_ptr<Destination> MakeStream(int fd, const std::string& name, const SystemCalls* calls,
                                        std::stop_token stop) {
  return std::make_unique<StreamDestination>(
      std::make_unique<OutputFile>(calls, fd, name, OutputFile::Kind::kStream, std::move(stop)));
}

// A second, non-blocking description of the pipe or terminal behind `fd`, so that a writer waiting
// for a slow reader can be stopped; O_NONBLOCK on `fd` itself would also hit whoever shares it.
int ReopenNonBlocking(int fd) {
  struct stat found {};
  if (fstat(fd, &found) != 0) return -1;
  if (!S_ISFIFO(found.st_mode) && !isatty(fd)) return -1;
  return open(fmt::format("/proc/self/fd/{}", fd).c_str(),
              O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

}  // namespace

Result<std::unique_ptr<Destination>> OpenDescriptorDestination(int fd, const std::string& name,
                                                               const SystemCalls* calls,
                                                               std::stop_token stop) {
  int copy = ReopenNonBlocking(fd);
  if (copy < 0) copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return ErrnoError(errno, fmt::format("opening {}", name));
  return MakeStream(copy, name, calls, std::move(stop));
}

Result<std::unique_ptr<Destination>> OpenInPlaceDestination(const std::string& path,
                                                            const SystemCalls* calls,
                                                            std::stop_token stop) {
  struct stat found {};
  const bool fifo = stat(path.c_str(), &found) == 0 && S_ISFIFO(found.st_mode);
  const int flags = O_WRONLY | O_NOCTTY | (fifo ? O_NONBLOCK : 0);
  while (true) {
    const int fd = calls->open(path.c_str(), flags, 0);
    if (fd >= 0) return MakeStream(fd, path, calls, std::move(stop));
    const bool waits = fifo && errno == ENXIO;  // nobody reads yet
    if (!waits && errno != EINTR) return ErrnoError(errno, fmt::format("opening {}", path));
    if (stop.stop_requested()) return Interrupted();
    std::this_thread::sleep_for(kReaderPoll);
  }
}

}  // namespace weir
