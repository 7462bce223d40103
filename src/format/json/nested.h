// What format/json offers to --nested struct, in the shape the copy loop asks for.
#pragma once

#include "core/nested.h"

namespace weir {

NestedSupport JsonNestedSupport();

}  // namespace weir
