// The JSON form of a CopySpec: names in camelCase, members that have their default left out.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "core/copy_spec.h"

namespace weir {

// Contains what the source's URI contains, its password too.
std::string ToJson(const CopySpec& spec);

// "usage.invalid_spec" saying where; an unknown name is an error with the nearest valid ones.
Result<CopySpec> CopySpecFromJson(std::string_view json);

}  // namespace weir
