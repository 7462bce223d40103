// What this process holds in memory, as the kernel counts it.
#pragma once

#include <cstdint>

namespace weir {

// Resident bytes now, and the most there were since the program started (VmRSS and VmHWM of
// proc(5)); -1 where /proc is missing. About 20 us.
int64_t CurrentRssBytes();
int64_t PeakRssBytes();

// Gives back the resident pages of code and constants of every loaded library; what is used again
// comes back from the page cache. Loading Arrow touches some 20 MB, depending on how the kernel
// cached the file, of which a copy uses a quarter. Thread-safe, takes about a millisecond.
void ReleaseLibraryPages();

}  // namespace weir
