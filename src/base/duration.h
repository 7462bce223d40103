// Lengths of time as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace weir {

// "500ms", "30s", "5m", "1h30m", "2d" to milliseconds. A number without a unit is refused, as it
// means seconds to some programs and milliseconds to others. Fails with "usage.invalid_duration".
Result<int64_t> ParseDurationMs(std::string_view text);

// "0.4 s", "12.3 s", "5m 03s", "1h 02m".
std::string FormatDuration(double seconds);

}  // namespace weir
