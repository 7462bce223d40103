// weir formats: what the registry holds.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/formats.h"
#include "cli/text_layout.h"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

bool IsWritable(const Format& format) {
  return format.make_slice_encoder != nullptr || format.make_file_encoder != nullptr;
}

bool IsReadable(const Format& format) {
  return format.open_source != nullptr;
}

std::string Directions(const Format& format) {
  if (!IsReadable(format)) return "write";
  return IsWritable(format) ? "read, write" : "read";
}

std::string Section(std::string_view title, const Rows& rows) {
  if (rows.empty()) return "";
  return fmt::format("{}\n{}\n", title, AlignTable(rows, 2));
}

std::string Levels(const Compression& compression) {
  return fmt::format("levels {} to {}, default {}", compression.level_min, compression.level_max,
                     compression.level_default);
}

std::string Levels(const InnerCompression& compression) {
  if (compression.level_max == 0) return "no levels";
  return fmt::format("levels {} to {}, default {}", compression.level_min, compression.level_max,
                     compression.level_default);
}

// One section for each format that compresses inside its files.
std::string InnerCompressionsText(const Registry& registry) {
  std::string text;
  for (const Format& format : registry.formats) {
    Rows rows;
    const std::string usual = format.inner_compression ? format.inner_compression({}) : "";
    for (const InnerCompression& compression : format.inner_compressions) {
      rows.push_back({compression.name, Levels(compression),
                      compression.name == usual ? "used unless --compression names another" : ""});
    }
    text += Section(fmt::format("Compressions inside {}", format.name), rows);
  }
  return text;
}

Json InnerCompressionsJson(const Format& format) {
  Json compressions = Json::array();
  for (const InnerCompression& compression : format.inner_compressions) {
    Json json = {{"name", compression.name}};
    if (compression.level_max > 0) {
      json["levelMin"] = compression.level_min;
      json["levelMax"] = compression.level_max;
      json["levelDefault"] = compression.level_default;
    }
    compressions.push_back(std::move(json));
  }
  return compressions;
}

}  // namespace

std::string FormatsText(const Registry& registry) {
  Rows formats, compressions, sources, sinks;
  for (const Format& format : registry.formats) {
    formats.push_back({format.name, fmt::format("{}", fmt::join(format.extensions, " ")),
                       Directions(format), format.description});
  }
  for (const Compression& compression : registry.compressions) {
    compressions.push_back(
        {compression.name, compression.extension, Levels(compression), compression.description});
  }
  for (const SourceKind& source : registry.sources) {
    sources.push_back({source.name, source.example, source.description});
  }
  for (const TableSinkKind& sink : registry.table_sinks) {
    sinks.push_back({sink.name, sink.example, sink.description});
  }
  std::string text =
      Section("Formats", formats) + Section("Compressions of text formats", compressions) +
      InnerCompressionsText(registry) + Section("Databases and generators to read", sources) +
      Section("Databases to write", sinks);
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

std::string FormatsJson(const Registry& registry) {
  Json json = {{"formats", Json::array()},
               {"compressions", Json::array()},
               {"sources", Json::array()},
               {"tableSinks", Json::array()}};
  for (const Format& format : registry.formats) {
    json["formats"].push_back({{"name", format.name},
                               {"description", format.description},
                               {"extensions", format.extensions},
                               {"mediaType", format.media_type},
                               {"text", format.text},
                               {"readable", IsReadable(format)},
                               {"writable", IsWritable(format)},
                               {"compressionsInside", InnerCompressionsJson(format)},
                               {"memoryBytesDefault", format.memory_bytes_default},
                               {"rowsMax", format.rows_max ? Json(*format.rows_max) : Json()}});
  }
  for (const Compression& compression : registry.compressions) {
    json["compressions"].push_back({{"name", compression.name},
                                    {"description", compression.description},
                                    {"extension", compression.extension},
                                    {"levelMin", compression.level_min},
                                    {"levelMax", compression.level_max},
                                    {"levelDefault", compression.level_default}});
  }
  for (const SourceKind& source : registry.sources) {
    json["sources"].push_back(
        {{"name", source.name}, {"example", source.example}, {"description", source.description}});
  }
  for (const TableSinkKind& sink : registry.table_sinks) {
    json["tableSinks"].push_back(
        {{"name", sink.name}, {"example", sink.example}, {"description", sink.description}});
  }
  return json.dump(2) + "\n";
}

Status RunFormats(const Invocation& invocation, const Registry& registry) {
  return PrintOut(invocation.json ? FormatsJson(registry) : FormatsText(registry));
}

}  // namespace weir::cli
