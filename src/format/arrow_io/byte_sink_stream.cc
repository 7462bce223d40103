#include "format/arrow_io/byte_sink_stream.h"

namespace weir {
namespace {

constexpr size_t kGatheredBytesMax = 64 * 1024;

}  // namespace

Status ByteSinkStream::Write(const void* data, int64_t nbytes) {
  if (sink_ == nullptr) return Status::IOError("the sink is closed");
  std::string_view bytes(static_cast<const char*>(data), static_cast<size_t>(nbytes));
  position_ += nbytes;
  if (gathered_.size() + bytes.size() <= kGatheredBytesMax) {
    gathered_.Append(bytes);
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(Flush());
  if (bytes.size() > kGatheredBytesMax / 2) return sink_->Write(bytes);
  gathered_.Append(bytes);
  return Status::OK();
}

Status ByteSinkStream::Flush() {
  if (sink_ == nullptr || gathered_.empty()) return Status::OK();
  ARROW_RETURN_NOT_OK(sink_->Write(gathered_.view()));
  gathered_.Clear();
  return Status::OK();
}

Status ByteSinkStream::Close() {
  ARROW_RETURN_NOT_OK(Flush());
  sink_ = nullptr;
  return Status::OK();
}

}  // namespace weir
