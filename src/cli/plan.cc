// weir plan: what a copy would do.
#include "core/plan.h"

#include <arrow/type.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/byte_size.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/progress_line.h"
#include "cli/record_file.h"
#include "cli/stop_timer.h"
#include "cli/text_layout.h"
#include "core/field.h"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

// The Arrow type, and what its values mean where the type does not say.
std::string TravelsAs(const arrow::Field& field) {
  const ValueKind kind = KindOf(field);
  const std::string type = field.type()->ToString();
  switch (kind) {
    case ValueKind::kPlain:
      return type;
    case ValueKind::kTimestamp2000:
      return fmt::format("{} (microseconds)", type);
    case ValueKind::kTimestampTz2000:
      return fmt::format("{} (microseconds, UTC)", type);
    default:
      return fmt::format("{} ({})", type, ToString(kind));
  }
}

std::string Verdict(const ColumnPlan& column, const CopySpec& spec) {
  std::string verdict(ToString(column.fidelity));
  if (column.fidelity == Fidelity::kLossy &&
      spec.options.allow_lossy.contains(column.column.name)) {
    verdict += " (allowed)";
  }
  return verdict;
}

std::string FormatName(const Plan& plan) {
  return plan.format != nullptr ? plan.format->name : plan.table_sink->name;
}

// gzip level 6, none
std::string CompressionText(const Plan& plan) {
  if (plan.compression != nullptr) {
    return fmt::format("{} level {}", plan.compression->name, plan.compression_level);
  }
  return CompressionName(plan);
}

std::string ColumnsText(const Plan& plan) {
  std::vector<std::vector<std::string>> rows = {
      {"COLUMN", "SOURCE TYPE", "TRAVELS AS", "TARGET", "VERDICT", "NOTE"}};
  for (const ColumnPlan& column : plan.columns) {
    rows.push_back({column.column.name, column.column.source_type, TravelsAs(*column.column.field),
                    column.target_type, Verdict(column, plan.spec), column.note});
  }
  return AlignTable(rows);
}

std::string SummaryText(const OpenPlan& open) {
  const Plan& plan = open.plan;
  const SourceDescription& source = open.source->description();
  const std::string rows =
      source.rows_estimate < 0 ? "unknown" : "about " + GroupDigits(source.rows_estimate);
  return AlignTable(
      {{"source", source.name + (source.version.empty() ? "" : ", " + source.version)},
       {"destination", plan.spec.sink.path},
       {"rows", fmt::format("{}, in {} slice{}", rows, GroupDigits(source.slice_count),
                            source.slice_count == 1 ? "" : "s")},
       {"format", FormatName(plan)},
       {"compression", CompressionText(plan)},
       {"jobs", fmt::format("{}", plan.spec.jobs)},
       {"memory", FormatByteSize(plan.spec.memory_bytes)}});
}

Json ColumnsJson(const Plan& plan) {
  Json columns = Json::array();
  for (const ColumnPlan& column : plan.columns) {
    columns.push_back({{"name", column.column.name},
                       {"sourceType", column.column.source_type},
                       {"travelsAs", TravelsAs(*column.column.field)},
                       {"targetType", column.target_type},
                       {"verdict", ToString(column.fidelity)},
                       {"allowed", plan.spec.options.allow_lossy.contains(column.column.name)},
                       {"note", column.note}});
  }
  return columns;
}

std::string PlanJson(const OpenPlan& open, bool accepted) {
  const Plan& plan = open.plan;
  const SourceDescription& source = open.source->description();
  Json json = {{"accepted", accepted},
               {"source", source.name},
               {"sourceVersion", source.version},
               {"destination", plan.spec.sink.path},
               {"rowsEstimate", source.rows_estimate >= 0 ? Json(source.rows_estimate) : Json()},
               {"slices", source.slice_count},
               {"format", FormatName(plan)},
               {"compression", CompressionName(plan)},
               {"compressionLevel", plan.compression ? Json(plan.compression_level) : Json()},
               {"jobs", plan.spec.jobs},
               {"memoryBytes", plan.spec.memory_bytes},
               {"columns", ColumnsJson(plan)},
               {"warnings", plan.warnings}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Status RunPlanCommand(const Invocation& invocation, const Registry& registry,
                      const Reporter& reporter, std::stop_token stop) {
  ARROW_RETURN_NOT_OK(CheckRecordIsApart(invocation.record_path, invocation.spec));
  StopTimer timer(std::move(stop), invocation.spec.timeout_ms);
  auto made = MakePlan(invocation.spec, registry, timer.token());
  if (!made.ok()) {
    if (!timer.timed_out()) return made.status();
    return Error("timeout", fmt::format("{} (--timeout ended it)", made.status().message()));
  }
  const OpenPlan& open = **made;
  for (const std::string& warning : open.plan.warnings) reporter.Warn(warning);
  const Status verdict = CheckPlan(open.plan);
  Status destination = registry.check_destination(open.plan.spec.sink);
  if (destination.ok()) {
    destination = CheckRecordFile(invocation.record_path, open.plan.spec.sink, registry);
  }
  const std::string text = invocation.json
                               ? PlanJson(open, verdict.ok() && destination.ok())
                               : Printable(ColumnsText(open.plan) + "\n" + SummaryText(open));
  ARROW_RETURN_NOT_OK(PrintOut(text));
  return verdict.ok() ? destination : verdict;
}

}  // namespace weir::cli
