#include "core/part_check.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/crc64.h"
#include "base/digest.h"

namespace weir {
namespace {

constexpr size_t kReadBytes = 256 << 10;

// Follows the text and settles each group of slices as its last byte goes by.
class SliceChecker {
 public:
  SliceChecker(const std::vector<SliceGroupRecord>& groups, PartCheck* check)
      : groups_(groups), check_(check) {
    check_->slices.assign(groups.size(), SliceState::kNotRead);
    SettleComplete();
  }

  void Add(std::string_view text) {
    while (!text.empty() && next_ < groups_.size()) {
      const SliceGroupRecord& group = groups_[next_];
      const int64_t begin = group.offset, end = group.offset + group.bytes;
      const bool inside = position() >= begin;
      const int64_t wanted = (inside ? end : begin) - position();
      const std::string_view piece =
          text.substr(0, static_cast<size_t>(std::min<int64_t>(wanted, text.size())));
      if (inside) crc_ = Crc64(crc_, piece);
      check_->text_bytes += static_cast<int64_t>(piece.size());
      text.remove_prefix(piece.size());
      SettleComplete();
    }
    check_->text_bytes += static_cast<int64_t>(text.size());
  }

 private:
  int64_t position() const { return check_->text_bytes; }

  void SettleComplete() {
    while (next_ < groups_.size() && position() == groups_[next_].offset + groups_[next_].bytes) {
      const bool same = Crc64Hex(crc_) == groups_[next_].crc64;
      check_->slices[next_++] = same ? SliceState::kSame : SliceState::kDiffers;
      crc_ = 0;
    }
  }

  const std::vector<SliceGroupRecord>& groups_;
  PartCheck* const check_;
  size_t next_ = 0;
  uint64_t crc_ = 0;
};

class FileDescriptor {
 public:
  // Non-blocking, so that a FIFO in a file's place does not wait for a writer.
  explicit FileDescriptor(const std::string& path)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (fd_ >= 0) posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace

Result<PartCheck> CheckPart(const PartRecord& part, const std::string& path,
                            const std::string& digest_algorithm, const Compression* compression,
                            std::stop_token stop) {
  PartCheck check;
  ARROW_ASSIGN_OR_RAISE(auto digest, Digest::Make(digest_algorithm));
  std::unique_ptr<StreamDecompressor> decompressor;
  if (compression != nullptr) {
    ARROW_ASSIGN_OR_RAISE(decompressor, compression->make_decompressor());
  }
  SliceChecker slices(part.slices, &check);
  auto add_text = [&](std::string_view text) {
    slices.Add(text);
    return Status::OK();
  };
  const FileDescriptor file(path);
  if (file.get() < 0) check.os_error = errno;
  const auto buffer = std::make_unique_for_overwrite<char[]>(kReadBytes);
  while (check.os_error == 0) {
    if (stop.stop_requested()) return Interrupted();
    const ssize_t size = read(file.get(), buffer.get(), kReadBytes);
    if (size == 0) break;
    if (size < 0) {
      check.os_error = errno == EINTR ? 0 : errno;
      continue;
    }
    const std::string_view bytes(buffer.get(), static_cast<size_t>(size));
    digest->Update(bytes);
    check.bytes += size;
    if (decompressor == nullptr) {
      slices.Add(bytes);
    } else if (check.text_status.ok()) {
      check.text_status = decompressor->Feed(bytes, add_text);
    }
  }
  if (decompressor != nullptr && check.text_status.ok()) check.text_status = decompressor->Finish();
  check.digest = digest->FinishHex();
  return check;
}

bool IsIntact(const PartCheck& check, const PartRecord& part) {
  return check.os_error == 0 && check.bytes == part.bytes && check.digest == part.digest &&
         check.text_status.ok() && check.text_bytes == part.text_bytes &&
         std::all_of(check.slices.begin(), check.slices.end(),
                     [](SliceState state) { return state == SliceState::kSame; });
}

}  // namespace weir
