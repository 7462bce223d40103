#include "io/compress/gunzip.h"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace weir {
namespace {

constexpr size_t kOutputBytes = 256 << 10;
constexpr size_t kFeedBytesMax = 1 << 30;  // ISA-L counts in 32 bits

const char* Describe(int code) {
  switch (code) {
    case ISAL_INVALID_BLOCK:
      return "invalid block";
    case ISAL_INVALID_SYMBOL:
      return "invalid symbol";
    case ISAL_INVALID_LOOKBACK:
      return "reference to before the beginning";
    case ISAL_INVALID_WRAPPER:
      return "not a gzip header";
    case ISAL_UNSUPPORTED_METHOD:
      return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
      return "the checksum or length at the end does not match";
    default:
      return "unreadable";
  }
}

class GzipDecompressor : public StreamDecompressor {
 public:
  GzipDecompressor() : state_(new inflate_state()), output_(kOutputBytes) {}

  Status Feed(std::string_view input,
              const std::function<Status(std::string_view)>& emit) override {
    while (!input.empty()) {
      if (!in_member_) BeginMember();
      const size_t fed = std::min(input.size(), kFeedBytesMax);
      ARROW_ASSIGN_OR_RAISE(size_t taken, Inflate(input.substr(0, fed), emit));
      input.remove_prefix(taken);
    }
    return Status::OK();
  }

  Status Finish() override {
    if (members_ > 0 && !in_member_) return Status::OK();
    if (members_ == 0 && !in_member_) return Error("compress.truncated", "the stream is empty");
    return Error("compress.truncated",
                 fmt::format("the gzip stream ends too early, after {} bytes", bytes_in_));
  }

 private:
  void BeginMember() {
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP;
    in_member_ = true;
  }

  // Decompresses until `input` or the member ends; how many bytes of `input` were taken.
  Result<size_t> Inflate(std::string_view input,
                         const std::function<Status(std::string_view)>& emit) {
    state_->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(input.data()));
    state_->avail_in = static_cast<uint32_t>(input.size());
    size_t produced = 0;
    do {
      const uint32_t avail_in = state_->avail_in;
      state_->next_out = output_.data();
      state_->avail_out = static_cast<uint32_t>(output_.size());
      const int code = isal_inflate(state_.get());
      produced = output_.size() - state_->avail_out;
      if (produced > 0) {
        ARROW_RETURN_NOT_OK(emit({reinterpret_cast<const char*>(output_.data()), produced}));
      }
      in_member_ = state_->block_state != ISAL_BLOCK_FINISH;
      const bool stuck =
          in_member_ && produced == 0 && avail_in > 0 && state_->avail_in == avail_in;
      if (code < 0 || code == ISAL_NEED_DICT || stuck) {
        return Error("compress.corrupt",
                     fmt::format("damaged gzip data before byte {}: {}",
                                 bytes_in_ + input.size() - state_->avail_in, Describe(code)));
      }
      // It may hold back output even when the input is used up.
    } while (in_member_ && (state_->avail_in > 0 || produced > 0));
    if (!in_member_) ++members_;
    const size_t taken = input.size() - state_->avail_in;
    bytes_in_ += taken;
    return taken;
  }

  std::unique_ptr<inflate_state> state_;
  std::vector<uint8_t> output_;
  bool in_member_ = false;
  int64_t members_ = 0;  // complete ones
  uint64_t bytes_in_ = 0;
};

}  // namespace

Result<std::unique_ptr<StreamDecompressor>> MakeGzipDecompressor() {
  return std::make_unique<GzipDecompressor>();
}

}  // namespace weir
