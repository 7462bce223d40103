// Everything weir is built with. A new format, source or compression is one line in registry.cc.
#pragma once

#include "core/registry.h"

namespace weir {

Registry BuiltinRegistry();

}  // namespace weir
