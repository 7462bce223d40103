// What the registry holds, as text and as JSON.
#pragma once

#include <string>

#include "core/registry.h"

namespace weir::cli {

std::string FormatsText(const Registry& registry);
std::string FormatsJson(const Registry& registry);

}  // namespace weir::cli
