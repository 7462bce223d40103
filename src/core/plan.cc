#include "core/plan.h"

#include <arrow/config.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <thread>

#include "base/byte_size.h"
#include "base/suggest.h"
#include "core/field.h"
#include "core/places.h"

namespace weir {
namespace {

constexpr int64_t kMemoryBytesMin = 40 << 20;
constexpr int kJobsDefaultMax = 4;
// What each worker beyond the default's adds to the default of --memory, so that it is not idle.
constexpr int64_t kWorkerBytes = 8 << 20;
constexpr int64_t kEngineShares = 4;      // of the data's memory an engine leaves one
constexpr int64_t kTableValueCopies = 3;  // Format::value_copies of a database sink

template <typename T>
std::vector<std::string> NamesOf(const std::vector<T>& entries) {
  std::vector<std::string> names;
  for (const T& entry : entries) names.push_back(entry.name);
  return names;
}

bool IsWritable(const Format& format) {
  return format.make_slice_encoder || format.make_file_encoder;
}

std::vector<std::string> WritableFormatNames(const Registry& registry) {
  std::vector<std::string> names;
  for (const Format& format : registry.formats) {
    if (IsWritable(format)) names.push_back(format.name);
  }
  return names;
}

// "; or a name like FILE.duckdb".
std::string TableSinkHint(const Registry& registry) {
  std::vector<std::string> examples;
  for (const TableSinkKind& kind : registry.table_sinks) examples.push_back(kind.example);
  return examples.empty() ? "" : fmt::format("; or a name like {}", fmt::join(examples, ", "));
}

Result<const Format*> ResolveFormat(const CopySpec& spec, const Registry& registry) {
  std::vector<std::string> names = WritableFormatNames(registry);
  std::string hint = fmt::format("formats: {}", fmt::join(names, ", "));
  if (!spec.format.empty()) {
    const Format* format = registry.FindFormat(spec.format);
    if (format != nullptr && IsWritable(*format)) return format;
    return Error(
        "usage.unknown_format",
        fmt::format("there is no format \"{}\"{}", spec.format, DidYouMean(spec.format, names)),
        hint);
  }
  const Format* format = registry.MatchPath(spec.sink.path).format;
  if (format != nullptr && IsWritable(*format)) return format;
  return Error("usage.format_needed",
               fmt::format("the name \"{}\" does not say which format to write{}", spec.sink.path,
                           NearestExtension(spec.sink.path, registry)),
               fmt::format("give --format; {}{}", hint, TableSinkHint(registry)));
}

Result<const Compression*> ResolveCompression(const CopySpec& spec, const Registry& registry,
                                              const Format& format) {
  const Compression* by_name = registry.MatchPath(spec.sink.path).compression;
  if (!format.text) {
    if (by_name == nullptr) return nullptr;
    return Error("usage.compression",
                 fmt::format("{} files are not wrapped in {}", format.name, by_name->name),
                 "leave the extension off; --compression sets the one inside the file");
  }
  if (!spec.options.compression) return by_name;
  const std::string& wanted = *spec.options.compression;
  if (wanted == "none") return nullptr;
  if (const Compression* found = registry.FindCompression(wanted)) return found;
  std::vector<std::string> names = NamesOf(registry.compressions);
  names.push_back("none");
  return Error("usage.unknown_compression",
               fmt::format("there is no compression \"{}\"{}", wanted, DidYouMean(wanted, names)),
               fmt::format("compressions: {}", fmt::join(names, ", ")));
}

Result<int> ResolveLevel(const CopySpec& spec, const Compression* compression) {
  if (compression == nullptr) return 0;
  int level = spec.options.level.value_or(compression->level_default);
  if (level >= compression->level_min && level <= compression->level_max) return level;
  return Error("usage.level", fmt::format("{} has the levels {} to {}, not {}", compression->name,
                                          compression->level_min, compression->level_max, level));
}

Status ResolveTarget(const Registry& registry, Plan* plan) {
  CopySpec& spec = plan->spec;
  for (const TableSinkKind& kind : registry.table_sinks) {
    if (spec.format.empty() && kind.matches(spec.sink.path)) {
      plan->table_sink = &kind;
      return Status::OK();
    }
  }
  ARROW_ASSIGN_OR_RAISE(plan->format, ResolveFormat(spec, registry));
  spec.format = plan->format->name;
  ARROW_ASSIGN_OR_RAISE(plan->compression, ResolveCompression(spec, registry, *plan->format));
  ARROW_ASSIGN_OR_RAISE(plan->compression_level, ResolveLevel(spec, plan->compression));
  if (spec.sink.path == "-" && spec.sink.split_bytes > 0) {
    return Error("usage.split", "standard output cannot be split into parts");
  }
  if (plan->format->validate) ARROW_RETURN_NOT_OK(plan->format->validate(spec.options));
  return Status::OK();
}

void ResolveJobs(CopySpec* spec) {
  if (spec->jobs != 0) return;
  int cpus = static_cast<int>(std::thread::hardware_concurrency());
  spec->jobs = std::clamp(cpus, 1, kJobsDefaultMax);
}

// What is left of the data's memory when the engines of source and sink have their shares.
void ShareWithEngines(int64_t source_bytes, int64_t sink_bytes, Plan* plan) {
  if (source_bytes + sink_bytes == 0) return;
  constexpr int64_t kOwnBytesMin = 8 << 20;
  const int64_t own = std::max(plan->data_bytes_max / kEngineShares, kOwnBytesMin);
  const int64_t engines = std::max<int64_t>(plan->data_bytes_max - own, 2);
  const double source_share =
      static_cast<double>(source_bytes) / static_cast<double>(source_bytes + sink_bytes);
  plan->read_options.engine_bytes =
      static_cast<int64_t>(static_cast<double>(engines) * source_share);
  plan->sink_engine_bytes = engines - plan->read_options.engine_bytes;
  plan->data_bytes_max = own;
}

Status ResolveMemory(const Registry& registry, Plan* plan) {
  CopySpec& spec = plan->spec;
  const SourceKind* kind = FindSourceKind(registry, spec.source.uri);
  const int64_t source_bytes = kind == nullptr ? 0 : kind->engine_bytes_default;
  const int64_t sink_bytes = plan->table_sink ? plan->table_sink->engine_bytes_default : 0;
  if (spec.memory_bytes == 0) {
    constexpr int64_t kTableSinkBytes = 48 << 20;
    spec.memory_bytes = plan->format ? plan->format->memory_bytes_default : kTableSinkBytes;
    spec.memory_bytes += std::max(0, spec.jobs - kJobsDefaultMax) * kWorkerBytes;
    spec.memory_bytes += source_bytes + sink_bytes;
  }
  if (spec.memory_bytes < kMemoryBytesMin) {
    return Error("usage.memory",
                 fmt::format("--memory {} is too little: weir itself takes {}",
                             FormatByteSize(spec.memory_bytes), FormatByteSize(kProgramBytes)),
                 fmt::format("give at least {}", FormatByteSize(kMemoryBytesMin)));
  }
  plan->data_bytes_max = spec.memory_bytes - kProgramBytes;
  ShareWithEngines(source_bytes, sink_bytes, plan);
  return Status::OK();
}

// The other way round than ResolveMemory and ResolveReadOptions: from a value to --memory.
std::function<int64_t(int64_t)> MemoryForValue(const Plan& plan) {
  const int64_t copies = plan.format ? plan.format->value_copies : kTableValueCopies;
  const bool shares = plan.read_options.engine_bytes > 0 || plan.sink_engine_bytes > 0;
  return [copies, shares](int64_t value_bytes) {
    const int64_t own = value_bytes * copies;
    return kProgramBytes + (shares ? kEngineShares * own : own);
  };
}

void ResolveReadOptions(Plan* plan) {
  CopySpec& spec = plan->spec;
  ReadOptions& options = plan->read_options;
  // ResolveTarget has set one of the two. NOLINTNEXTLINE(clang-analyzer-core.NullDereference)
  const auto& read_form = plan->format ? plan->format->read_form : plan->table_sink->read_form;
  options.form = read_form(spec.options);
  options.jobs = spec.jobs;
  options.value_bytes_max =
      plan->data_bytes_max / (plan->format ? plan->format->value_copies : kTableValueCopies);
  options.allow_lossy = spec.options.allow_lossy;
  options.memory_for_value = MemoryForValue(*plan);
  options.warn = [plan](const std::string& warning) { plan->warnings.push_back(warning); };
}

void AddLibrary(const std::function<std::string()>& library, Plan* plan) {
  if (!library) return;
  std::string name = library();
  auto& all = plan->libraries;
  if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(std::move(name));
}

Result<std::unique_ptr<Source>> OpenSource(const Registry& registry, Plan* plan,
                                           std::stop_token stop) {
  const SourceSpec& source = plan->spec.source;
  if (const SourceKind* kind = FindSourceKind(registry, source.uri)) {
    ARROW_ASSIGN_OR_RAISE(auto opened, kind->open(source, plan->read_options, stop));
    AddLibrary(kind->library, plan);
    return opened;
  }
  const Registry::PathMatch file = registry.MatchPath(source.uri);
  if (file.format != nullptr && file.format->open_source && file.compression == nullptr) {
    return file.format->open_source(source, plan->read_options);
  }
  return UnknownSource(source.uri, registry);
}

void AddNote(std::string_view note, ColumnPlan* column) {
  // Source and format may say the same, one of them at greater length.
  if (column->note.find(note) != std::string::npos) return;
  if (note.starts_with(column->note)) column->note.clear();
  if (!column->note.empty()) column->note += "; ";
  column->note += note;
}

// What in values of this type has no form of its own in text formats; empty if nothing. What typed
// forms have no room for is the source's to say (Column::specials).
std::string_view SpecialsOf(const arrow::Field& field) {
  switch (KindOf(field)) {
    case ValueKind::kNumeric:
      return "NaN or infinity";
    case ValueKind::kTimestamp2000:
    case ValueKind::kTimestampTz2000:
      return "infinity";
    case ValueKind::kJson:
    case ValueKind::kUuid:
      return "";
    case ValueKind::kPlain:
      break;
  }
  if (arrow::is_floating(field.type()->id())) return "NaN or infinity";
  if (field.type()->id() == arrow::Type::DATE32) return "infinity";
  for (const auto& inner : field.type()->fields()) {
    if (const std::string_view specials = SpecialsOf(*inner); !specials.empty()) return specials;
  }
  return "";
}

void LoseByChoice(ColumnPlan* column) {
  if (column->fidelity >= Fidelity::kLossy) return;
  column->fidelity = Fidelity::kLossy;
  column->loss_was_chosen = true;
}

void PlanSpecials(const ReadForm& form, ColumnPlan* column) {
  const std::string_view specials =
      form.exact_text ? SpecialsOf(*column->column.field) : column->column.specials;
  if (form.special_values == SpecialValues::kString || specials.empty()) return;
  const bool as_null = form.special_values == SpecialValues::kNull;
  AddNote(fmt::format("{} {}", specials, as_null ? "becomes NULL" : "ends the copy"), column);
  if (as_null) LoseByChoice(column);
}

ColumnPlan PlanColumn(const Plan& plan, const Column& column) {
  const auto& check = plan.format ? plan.format->check : plan.table_sink->check;
  FormatVerdict verdict = check(*column.field, plan.spec.options);
  ColumnPlan result;
  result.column = column;
  result.target_type = verdict.target_type;
  result.fidelity = std::max(column.fidelity, verdict.fidelity);
  result.note = column.note;
  AddNote(verdict.note, &result);
  PlanSpecials(plan.read_options.form, &result);
  const bool is_json_text = KindOf(*column.field) == ValueKind::kJson &&
                            column.field->type()->id() == arrow::Type::STRING;
  const bool wants_struct = plan.spec.options.nested == NestedForm::kStruct;
  if (plan.format && plan.format->make_file_encoder && wants_struct && is_json_text) {
    result.becomes_struct = true;
    result.target_type = "found in a first pass";
    LoseByChoice(&result);
    AddNote(
        "as a struct: key order, the scale of numbers, and missing keys as against null are lost",
        &result);
  }
  return result;
}

// A typing error in --allow-lossy would otherwise go unnoticed.
Status CheckAllowLossy(const Plan& plan) {
  std::vector<std::string> names;
  for (const ColumnPlan& column : plan.columns) names.push_back(column.column.name);
  for (const std::string& allowed : plan.spec.options.allow_lossy) {
    if (std::find(names.begin(), names.end(), allowed) != names.end()) continue;
    return Error("usage.unknown_column", fmt::format("--allow-lossy: there is no column \"{}\"{}",
                                                     allowed, DidYouMean(allowed, names)));
  }
  return Status::OK();
}

void WarnOfDuplicates(Plan* plan) {
  std::set<std::string> names, told;
  for (const ColumnPlan& column : plan->columns) {
    const std::string& name = column.column.name;
    if (names.insert(name).second || !told.insert(name).second) continue;
    plan->warnings.push_back(
        fmt::format("several columns are named \"{}\"; few readers can tell them apart ({})", name,
                    plan->spec.source.query.empty() ? "--columns SOURCE:TARGET renames them"
                                                    : "AS in the query renames them"));
  }
}

void WarnOfRows(const SourceDescription& description, Plan* plan) {
  if (!plan->format || !plan->format->rows_max || plan->spec.sink.split_bytes > 0) return;
  if (description.rows_estimate <= *plan->format->rows_max) return;
  plan->warnings.push_back(fmt::format("{} holds {} rows and the source has about {}; {}",
                                       plan->format->name, *plan->format->rows_max,
                                       description.rows_estimate, plan->format->rows_max_hint));
}

}  // namespace

Result<std::unique_ptr<OpenPlan>> MakePlan(const CopySpec& spec, const Registry& registry,
                                           std::stop_token stop) {
  auto open = std::make_unique<OpenPlan>();
  Plan& plan = open->plan;
  plan.spec = spec;
  ARROW_RETURN_NOT_OK(CheckDestinationName(spec, registry));
  ARROW_RETURN_NOT_OK(ResolveTarget(registry, &plan));
  ResolveJobs(&plan.spec);
  ARROW_RETURN_NOT_OK(ResolveMemory(registry, &plan));
  ResolveReadOptions(&plan);
  AddLibrary([] { return "arrow " + arrow::GetBuildInfo().version_string; }, &plan);
  ARROW_ASSIGN_OR_RAISE(open->source, OpenSource(registry, &plan, stop));
  AddLibrary(plan.format ? plan.format->library : plan.table_sink->library, &plan);
  if (plan.compression != nullptr) AddLibrary(plan.compression->library, &plan);
  const SourceDescription& description = open->source->description();
  for (const Column& column : description.columns) {
    plan.columns.push_back(PlanColumn(plan, column));
  }
  ARROW_RETURN_NOT_OK(CheckAllowLossy(plan));
  WarnOfDuplicates(&plan);
  WarnOfRows(description, &plan);
  return open;
}

std::string CompressionName(const Plan& plan) {
  if (plan.compression != nullptr) return plan.compression->name;
  if (plan.format == nullptr || !plan.format->inner_compression) return "none";
  return plan.format->inner_compression(plan.spec.options);
}

Status CheckPlan(const Plan& plan) {
  std::vector<std::string> refused, lossy;
  for (const ColumnPlan& column : plan.columns) {
    std::string line = fmt::format("column \"{}\" ({}): {}", column.column.name,
                                   column.column.source_type, column.note);
    if (column.fidelity == Fidelity::kRefused)
      refused.push_back(std::move(line));
    else if (column.fidelity == Fidelity::kLossy && !column.loss_was_chosen &&
             !plan.spec.options.allow_lossy.contains(column.column.name)) {
      lossy.push_back(std::move(line));
    }
  }
  std::string_view target = plan.format ? plan.format->name : plan.table_sink->name;
  if (!refused.empty()) {
    return Error("plan.unsupported",
                 fmt::format("{} cannot hold {}", target, fmt::join(refused, "; ")),
                 "leave the column out with --columns, cast it to text in a --query, or choose "
                 "another format");
  }
  if (!lossy.empty()) {
    return Error("plan.lossy", fmt::format("{} would lose {}", target, fmt::join(lossy, "; ")),
                 "allow it by name with --allow-lossy, or choose another format");
  }
  const auto& check_schema =
      plan.format ? plan.format->check_schema : plan.table_sink->check_schema;
  if (!check_schema) return Status::OK();
  arrow::FieldVector fields;
  for (const ColumnPlan& column : plan.columns) fields.push_back(column.column.field);
  return check_schema(*arrow::schema(std::move(fields)));
}

}  // namespace weir
