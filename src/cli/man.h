// The man page.
#pragma once

#include <string>

#include "core/registry.h"

namespace weir::cli {

// weir(1) as roff with the man macros (man(7)).
std::string ManPage(const Registry& registry);

}  // namespace weir::cli
