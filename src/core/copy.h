// The copy loop: source -> batches -> encoder -> compressor -> sink. There is one.
//
// Workers take slices from a counter, read and encode them; the calling thread delivers their
// output in slice order, digests it and writes it. The worker whose slice is being delivered may
// always go on; the others run ahead only as far as the memory budget allows.
#pragma once

#include <stop_token>

#include "base/memory_budget.h"
#include "base/status.h"
#include "core/completion_record.h"
#include "core/copy_spec.h"
#include "core/plan.h"
#include "core/progress.h"

namespace weir {

// Plans and runs `spec`. On failure nothing is visible at the destination. `stop` ends the copy
// with "interrupted" within 2 s. `process_budget` is the ledger this copy's budget is taken from.
Result<CompletionRecord> Copy(const CopySpec& spec, const Registry& registry,
                              MemoryBudget* process_budget, Progress* progress,
                              std::stop_token stop);

// Runs an open plan, once (Copy = MakePlan + CheckPlan + RunPlan).
Result<CompletionRecord> RunPlan(OpenPlan* open, const Registry& registry,
                                 MemoryBudget* process_budget, Progress* progress,
                                 std::stop_token stop);

}  // namespace weir
