// The stream compressions there are.
#pragma once

#include "core/compression.h"

namespace weir {

// gzip as one member (RFC 1952): levels 1 to 3 by ISA-L, 4 to 9 by zlib for whoever wants the last
// tenth of the size at a twentieth of the speed. The bytes depend on the chunks, the level and the
// kind of CPU (ISA-L has one matcher per instruction set).
Compression GzipCompression();

// zstd as one frame per chunk with a content checksum (RFC 8878), levels 1 to 19, windows of at
// most 1 MiB.
Compression ZstdCompression();

}  // namespace weir
