#include "core/slice_groups.h"

#include <algorithm>

#include "base/crc64.h"

namespace weir {
namespace {

constexpr int64_t kFirstTargetBytes = 1 << 20;
constexpr size_t kGroupsPerDoubling = 256;

}  // namespace

int64_t SliceGroups::bytes_target() const {
  return kFirstTargetBytes << std::min<size_t>(groups_.size() / kGroupsPerDoubling, 30);
}

bool SliceGroups::NeedsNewGroup(int64_t slice) const {
  if (!open_) return true;
  return slice != last_slice_ && group_.bytes >= bytes_target();
}

void SliceGroups::Open(int64_t slice, int64_t offset) {
  group_ = {};
  group_.first_slice = slice;
  group_.offset = offset;
  crc64_ = 0;
  last_slice_ = slice;
  open_ = true;
}

void SliceGroups::Add(int64_t slice, int64_t rows, int64_t bytes, uint64_t crc64) {
  crc64_ = Crc64Combine(crc64_, crc64, static_cast<uint64_t>(bytes));
  group_.rows += rows;
  group_.bytes += bytes;
  last_slice_ = slice;
}

void SliceGroups::Close() {
  if (!open_) return;
  group_.slice_count = last_slice_ - group_.first_slice + 1;
  group_.crc64 = Crc64Hex(crc64_);
  groups_.push_back(std::move(group_));
  open_ = false;
}

}  // namespace weir
