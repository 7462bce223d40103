// Reads one part's file and holds it against its record; the reading half of Verify.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "core/completion_record.h"
#include "core/compression.h"

namespace weir {

enum class SliceState { kNotRead, kSame, kDiffers };

struct PartCheck {
  int os_error = 0;  // of opening or reading; the rest then tells how far it came
  int64_t bytes = 0;
  int64_t text_bytes = 0;
  std::string digest;
  std::vector<SliceState> slices;  // one for each group of the record
  Status text_status;              // why decompression stopped
};

// `compression` may be null. Fails with "interrupted" or when the digest is unknown; what is wrong
// with the file is in the result. REQUIRES: the groups are in order and do not overlap.
Result<PartCheck> CheckPart(const PartRecord& part, const std::string& path,
                            const std::string& digest_algorithm, const Compression* compression,
                            std::stop_token stop);

// Whether the file is exactly what the record says.
bool IsIntact(const PartCheck& check, const PartRecord& part);

}  // namespace weir
