#include "format/arrow_io/local_file.h"

#include <arrow/buffer.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace weir {
namespace {

// A read-only view of a part of a file.
class MappedBuffer : public arrow::Buffer {
 public:
  MappedBuffer(void* base, size_t length, int64_t offset, int64_t bytes)
      : arrow::Buffer(static_cast<const uint8_t*>(base) + offset, bytes),
        base_(base),
        length_(length) {}
  ~MappedBuffer() override { munmap(base_, length_); }

  void ReleasePages() { madvise(base_, length_, MADV_DONTNEED); }

 private:
  void* const base_;
  const size_t length_;
};

}  // namespace

Result<std::shared_ptr<LocalFile>> LocalFile::Open(const std::string& path) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return ErrnoError(errno, fmt::format("opening {}", path));
  struct stat state {};
  int failed = fstat(descriptor, &state);
  std::shared_ptr<LocalFile> file(new LocalFile(path, descriptor, state));
  if (failed != 0) return ErrnoError(errno, fmt::format("opening {}", path));
  if (!S_ISREG(state.st_mode)) {
    return Error("source.not_a_file", fmt::format("{} is not a regular file", path),
                 S_ISDIR(state.st_mode) ? "name one file of the directory" : "");
  }
  return file;
}

LocalFile::~LocalFile() {
  (void)Close();
}

Status LocalFile::Close() {
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
  return Status::OK();
}

Status LocalFile::CheckUnchanged() const {
  struct stat now {};
  if (fstat(descriptor_, &now) != 0) return ErrnoError(errno, fmt::format("reading {}", path_));
  if (now.st_size == state_.st_size && now.st_mtim.tv_sec == state_.st_mtim.tv_sec &&
      now.st_mtim.tv_nsec == state_.st_mtim.tv_nsec) {
    return Status::OK();
  }
  return Error("source.changed", fmt::format("{} was changed while it was read", path_),
               "start again when nothing writes to the file");
}

Status LocalFile::Seek(int64_t position) {
  position_ = position;
  return Status::OK();
}

int64_t LocalFile::Available(int64_t position, int64_t nbytes) {
  int64_t available =
      std::clamp<int64_t>(state_.st_size - position, 0, std::max<int64_t>(nbytes, 0));
  if (available < nbytes) hit_end_ = true;
  return available;
}

Result<int64_t> LocalFile::ReadAt(int64_t position, int64_t nbytes, void* out) {
  const int64_t wanted = Available(position, nbytes);
  int64_t done = 0;
  while (done < wanted) {
    ssize_t got =
        pread(descriptor_, static_cast<char*>(out) + done, wanted - done, position + done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError(errno, fmt::format("reading {}", path_));
    if (got == 0) {
      ARROW_RETURN_NOT_OK(CheckUnchanged());
      break;
    }
    done += got;
  }
  return done;
}

Result<std::shared_ptr<arrow::Buffer>> LocalFile::ReadAt(int64_t position, int64_t nbytes) {
  const int64_t wanted = Available(position, nbytes);
  if (wanted >= mapped_bytes_min_) return Map(position, wanted);
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(wanted));
  ARROW_ASSIGN_OR_RAISE(int64_t got, ReadAt(position, wanted, buffer->mutable_data()));
  ARROW_RETURN_NOT_OK(buffer->Resize(got, /*shrink_to_fit=*/false));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

Result<int64_t> LocalFile::Read(int64_t nbytes, void* out) {
  ARROW_ASSIGN_OR_RAISE(int64_t got, ReadAt(position_, nbytes, out));
  position_ += got;
  return got;
}

Result<std::shared_ptr<arrow::Buffer>> LocalFile::Read(int64_t nbytes) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, nbytes));
  position_ += buffer->size();
  return buffer;
}

Result<std::shared_ptr<arrow::Buffer>> LocalFile::Map(int64_t position, int64_t nbytes) {
  const int64_t offset = position % sysconf(_SC_PAGESIZE);
  const size_t length = static_cast<size_t>(nbytes + offset);
  void* base = mmap(nullptr, length, PROT_READ, MAP_PRIVATE, descriptor_, position - offset);
  if (base == MAP_FAILED) return ErrnoError(errno, fmt::format("mapping {}", path_));
  auto buffer = std::make_shared<MappedBuffer>(base, length, offset, nbytes);
  mapped_ = buffer;
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

void LocalFile::ReleaseMappedPages() {
  if (auto mapped = mapped_.lock()) static_cast<MappedBuffer&>(*mapped).ReleasePages();
}

}  // namespace weir
