// Arrow IPC: streams written, streams and files read: docs/formats/arrow.md.
#pragma once

#include "core/format.h"

namespace weir {

Format ArrowIpcFormat();

}  // namespace weir
