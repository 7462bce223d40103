// Plan: what a copy will do, decided before the first byte. `weir plan` prints it; Copy runs it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "core/copy_spec.h"
#include "core/registry.h"

namespace weir {

struct ColumnPlan {
  Column column;
  std::string target_type;
  Fidelity fidelity = Fidelity::kExact;  // the worse of source and format
  std::string note;
  // JSON that becomes a struct, whose type is only known after a first pass (--nested struct).
  bool becomes_struct = false;
  // An option chose the only loss there is, so that --allow-lossy need not name the column.
  bool loss_was_chosen = false;
};

struct Plan {
  CopySpec spec;                             // with every default filled in
  const Format* format = nullptr;            // null for a table sink
  const Compression* compression = nullptr;  // of a text stream; null: none
  const TableSinkKind* table_sink = nullptr;
  int compression_level = 0;
  ReadOptions read_options;
  int64_t sink_engine_bytes = 0;  // of a table sink's engine
  int64_t data_bytes_max = 0;     // memory left for batches, chunks and encoders
  std::vector<ColumnPlan> columns;
  std::vector<std::string> warnings;
  std::vector<std::string> libraries;  // name and version of each that the copy uses
};

// A plan together with the source it was made from, open and holding its snapshot. The source warns
// into plan.warnings while it is opened, so an OpenPlan stays where it was made.
struct OpenPlan {
  Plan plan;
  std::unique_ptr<Source> source;
};

// Opens the source, resolves columns, formats and defaults. Refused columns do not fail here, so
// that `weir plan` can show them all; CheckPlan does. `registry` must outlive the plan.
Result<std::unique_ptr<OpenPlan>> MakePlan(const CopySpec& spec, const Registry& registry,
                                           std::stop_token stop);

// Around a text format or inside a whole-file one, as --compression names it; "none".
std::string CompressionName(const Plan& plan);

// "plan.lossy" or "plan.unsupported" naming every column that stands in the way.
Status CheckPlan(const Plan& plan);

}  // namespace weir
