// Groups consecutive slices of one part for the completion record: small enough to say where damage
// is, few enough that the record of a 10 TB table stays small.
#pragma once

#include <cstdint>
#include <vector>

#include "core/completion_record.h"

namespace weir {

// The group size depends on what was added before, never on timing, so that the same rows give the
// same groups.
class SliceGroups {
 public:
  // Whether `slice` starts a new group, given what is in the open one.
  bool NeedsNewGroup(int64_t slice) const;

  void Open(int64_t slice, int64_t offset);
  // Adds bytes that follow the open group's directly.
  void Add(int64_t slice, int64_t rows, int64_t bytes, uint64_t crc64);
  void Close();

  // How large a group should be; grows with the number of groups closed.
  int64_t bytes_target() const;
  std::vector<SliceGroupRecord> Take() { return std::move(groups_); }

 private:
  bool open_ = false;
  int64_t last_slice_ = -1;
  uint64_t crc64_ = 0;
  SliceGroupRecord group_;
  std::vector<SliceGroupRecord> groups_;
};

}  // namespace weir
