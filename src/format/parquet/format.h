// Parquet, written and read: docs/formats/parquet.md.
#pragma once

#include "core/format.h"

namespace weir {

Format ParquetFormat();

}  // namespace weir
