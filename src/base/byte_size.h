// Sizes as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace weir {

// "4096", "64MiB", "512MB", "1.5 GiB", "1g". KiB, MiB, GiB, TiB and the bare letters k, m, g, t
// count in 1024s; kB, MB, GB, TB in 1000s; case does not matter. Not negative. Fails with
// "usage.invalid_size".
Result<int64_t> ParseByteSize(std::string_view text);

// "17 B", "64 MiB", "1.5 GiB": at most one decimal.
std::string FormatByteSize(int64_t bytes);

}  // namespace weir
