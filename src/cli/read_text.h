// Small files that are read whole.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace weir::cli {

// The bytes of a file, or of standard input for "-". Fails with "io.*", and with
// "usage.file_too_large" past `bytes_max`.
Result<std::string> ReadText(const std::string& path, int64_t bytes_max);

}  // namespace weir::cli
