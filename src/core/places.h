// Whether the two arguments of a copy name places that rows can come from and go to, and what may
// have been meant when they do not.
#pragma once

#include "base/status.h"
#include "core/copy_spec.h"
#include "core/registry.h"

namespace weir {

// nullptr when the source is a file, or nothing that is known.
const SourceKind* FindSourceKind(const Registry& registry, std::string_view uri);

// Fails with "usage.destination" where DEST is a URL or another thing that is only read, or SOURCE.
Status CheckDestinationName(const CopySpec& spec, const Registry& registry);

// "usage.unknown_source", with what it could have been.
Status UnknownSource(const std::string& uri, const Registry& registry);

// ` (did you mean ".csv"?)` for out.cvs and out.cvs.gz.
std::string NearestExtension(std::string_view path, const Registry& registry);

}  // namespace weir
