// What this process holds in memory, as the kernel counts it.
#pragma once

#include <cstdint>

namespace weir {

// Resident bytes now, and the most there were since the program started (VmRSS and VmHWM of
// proc(5)); -1 where /proc is missing. About 20 us.
int64_t CurrentRssBytes();
int64_t PeakRssBytes();

}  // namespace weir
