// The options of an Arrow IPC stream, resolved from those of a copy.
#pragma once

#include <arrow/util/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "core/format.h"
#include "core/format_options.h"

namespace weir::arrow_ipc {

struct IpcOptions {
  std::shared_ptr<arrow::util::Codec> codec;  // of the buffers; null: none
  int64_t batch_bytes = 2 << 20;
};

// Fails with "usage.unknown_compression", "usage.level" or "usage.row_group_bytes".
Result<IpcOptions> ResolveOptions(const FormatOptions& options);

std::vector<InnerCompression> Compressions();

std::string CompressionName(const FormatOptions& options);

}  // namespace weir::arrow_ipc
