// Reads gzip streams, one member or many (RFC 1952).
#pragma once

#include <memory>

#include "core/compression.h"

namespace weir {

Result<std::unique_ptr<StreamDecompressor>> MakeGzipDecompressor();

}  // namespace weir
