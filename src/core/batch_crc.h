// Whether two batches hold the same: a checksum of their buffers.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>

namespace weir {

// Continues `crc` (CRC-64/XZ, 0 at the start) over the rows of `batch`. The same rows have the same
// checksum when they are cut into the same batches by the same reader: what a buffer holds for
// nulls counts, too.
uint64_t BatchCrc64(uint64_t crc, const arrow::RecordBatch& batch);

}  // namespace weir
