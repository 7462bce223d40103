// The commands, one file each.
#pragma once

#include <stop_token>

#include "base/status.h"
#include "cli/invocation.h"
#include "cli/reporter.h"
#include "core/registry.h"

namespace weir::cli {

// Runs what `invocation` says. Results go to standard output, everything else is `reporter`'s; the
// status that is returned has not been reported. `stop` ends a running copy with "interrupted".
Status Run(const Invocation& invocation, const Registry& registry, const Reporter& reporter,
           std::stop_token stop);

Status RunCopy(const Invocation& invocation, const Registry& registry, const Reporter& reporter,
               std::stop_token stop);
Status RunPlanCommand(const Invocation& invocation, const Registry& registry,
                      const Reporter& reporter, std::stop_token stop);
Status RunVerify(const Invocation& invocation, const Registry& registry, std::stop_token stop);
Status RunFormats(const Invocation& invocation, const Registry& registry);
Status RunVersion(const Registry& registry);

}  // namespace weir::cli
