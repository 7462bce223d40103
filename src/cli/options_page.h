// docs/options.md.
#pragma once

#include <string>

#include "core/registry.h"

namespace weir::cli {

// The page as Markdown. A test holds the committed page equal to it; `weir docs options` prints it.
std::string OptionsPage(const Registry& registry);

}  // namespace weir::cli
