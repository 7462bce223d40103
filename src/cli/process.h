// What is done to the process before anything else runs.
#pragma once

#include <string>
#include <vector>

namespace weir::cli {

// Opens /dev/null for standard files that are closed (`>&-`); else the next file or socket would
// take their place and be printed into. Must run before anything else opens a file. False: it could
// not.
bool OpenStandardFiles();

// Bounds what the allocator keeps, so that resident memory follows what is in use. Must run before
// Arrow allocates and before threads exist.
//  - two arenas for all threads: each arena keeps its own free memory, and there would be eight per
//  CPU;
//  - fixed thresholds for mmap and for giving memory back: glibc otherwise raises them to the size
//    of the largest block freed (up to 32 MiB) and from then on keeps as much. They are above what
//    zstd takes for each page of a Parquet file, which it would otherwise map and clear anew;
//  - Arrow's own pool is malloc: mimalloc and jemalloc, which it bundles, keep freed pages longer.
//    Whoever sets ARROW_DEFAULT_MEMORY_POOL has it their way.
void BoundAllocator();

// The command line's words without the program's name. Passwords in `argv` are then overwritten, so
// that ps shows them for an instant only.
std::vector<std::string> TakeWords(int argc, char** argv);

}  // namespace weir::cli
