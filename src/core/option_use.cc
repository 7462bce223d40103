// Which options go together, and with which source and format: the rules beside the option table.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/option_table.h"
#include "core/places.h"

namespace weir {
namespace {

// Where rows come from or go to: empty name when it cannot be told.
struct Place {
  std::string name;   // as the table's `sources` and `formats` have it
  std::string title;  // in messages
};

Place SourceOf(const CopySpec& spec, const Registry& registry) {
  for (const SourceKind& kind : registry.sources) {
    if (kind.matches(spec.source.uri)) return {kind.name, kind.name};
  }
  for (const Format& format : registry.formats) {
    for (const std::string& extension : format.extensions) {
      if (format.open_source && spec.source.uri.ends_with(extension)) {
        return {"file", extension + " files"};
      }
    }
  }
  return {};
}

const Format* FormatOf(const CopySpec& spec, const Registry& registry) {
  if (!spec.format.empty()) return registry.FindFormat(spec.format);
  return registry.MatchPath(spec.sink.path).format;
}

Place TargetOf(const CopySpec& spec, const Registry& registry) {
  for (const TableSinkKind& kind : registry.table_sinks) {
    if (spec.format.empty() && kind.matches(spec.sink.path)) {
      return {kind.name, kind.name + " tables"};
    }
  }
  const Format* format = FormatOf(spec, registry);
  return format == nullptr ? Place{} : Place{format->name, format->name};
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Status CheckConflicts(const OptionText& option, const std::set<std::string>& given) {
  for (const std::string& other : option.conflicts) {
    if (!given.contains(other)) continue;
    return Error("usage.conflicting_options",
                 fmt::format("--{} and --{} contradict each other", option.name, other),
                 "give one of them");
  }
  return Status::OK();
}

// An option that would be ignored is an error: whoever wrote it expects it to do something.
Status CheckPlace(const OptionText& option, const std::vector<std::string>& known,
                  const Place& place, std::string_view code, std::string_view hint) {
  if (known.empty() || place.name.empty() || Contains(known, place.name)) return Status::OK();
  return Error(
      code,
      fmt::format("--{} is for {}, not for {}", option.name, fmt::join(known, ", "), place.title),
      hint);
}

Status CheckCompression(const std::set<std::string>& given, const CopySpec& spec,
                        const Registry& registry) {
  const Format* format = FormatOf(spec, registry);
  if (format == nullptr || !format->text) return Status::OK();
  const Compression* by_name = registry.MatchPath(spec.sink.path).compression;
  const std::string named = by_name == nullptr ? "" : by_name->name;
  const std::string wanted = spec.options.compression.value_or(named);
  if (!named.empty() && wanted != named) {
    return Error("usage.conflicting_options",
                 fmt::format("--compression {} contradicts the name \"{}\", which says {}", wanted,
                             spec.sink.path, named),
                 "leave --compression out, or choose another name");
  }
  if (given.contains("level") && (wanted.empty() || wanted == "none")) {
    return Error("usage.conflicting_options", "--level needs a compression",
                 "give --compression, or a name that ends in .gz or .zst");
  }
  return Status::OK();
}

Status CheckSplit(const CopySpec& spec) {
  if (spec.sink.split_bytes == 0 || spec.sink.path.ends_with('/')) return Status::OK();
  return Error("usage.conflicting_options",
               fmt::format("--split-bytes writes part files into a directory, and \"{}\" is {}",
                           spec.sink.path,
                           spec.sink.path == "-" ? "standard output" : "the name of one file"),
               "name a directory with a slash at its end, and say --format");
}

Status CheckRelation(const std::vector<OptionText>& options, const Place& source,
                     const CopySpec& spec) {
  if (!spec.source.table.empty() || !spec.source.query.empty()) return Status::OK();
  for (const OptionText& option : options) {
    if (option.name != "table" || !Contains(option.sources, source.name)) continue;
    return Error("usage.table_or_query", fmt::format("say what to read from {}", source.title),
                 "give --table NAME or --query SQL");
  }
  return Status::OK();
}

}  // namespace

Status CheckOptionUse(const std::vector<OptionText>& options, const std::set<std::string>& given,
                      const CopySpec& spec, const Registry& registry) {
  ARROW_RETURN_NOT_OK(CheckDestinationName(spec, registry));
  const Place source = SourceOf(spec, registry);
  const Place target = TargetOf(spec, registry);
  constexpr std::string_view kFileHint =
      "the source `duckdb:` with --query \"SELECT ... FROM 'file'\" runs SQL over files";
  for (const OptionText& option : options) {
    if (!given.contains(option.name)) continue;
    ARROW_RETURN_NOT_OK(CheckConflicts(option, given));
    ARROW_RETURN_NOT_OK(CheckPlace(option, option.sources, source, "usage.option_not_for_source",
                                   source.name == "file" ? kFileHint : ""));
    ARROW_RETURN_NOT_OK(
        CheckPlace(option, option.formats, target, "usage.option_not_for_format", ""));
  }
  ARROW_RETURN_NOT_OK(CheckRelation(options, source, spec));
  ARROW_RETURN_NOT_OK(CheckCompression(given, spec, registry));
  return CheckSplit(spec);
}

}  // namespace weir
