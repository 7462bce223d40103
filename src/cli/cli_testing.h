// A registry with the names that weir has and nothing behind them, for tests of the command line.
#pragma once

#include <string>
#include <vector>

#include "core/registry.h"

namespace weir::cli {

inline Format TestFormat(std::string name, std::vector<std::string> extensions, bool text,
                         bool readable = false) {
  Format format;
  format.name = std::move(name);
  format.description = "format of a test";
  format.extensions = std::move(extensions);
  format.text = text;
  format.make_file_encoder = [](const EncoderContext&, ByteSink*) {
    return Status::NotImplemented("test");
  };
  if (readable) {
    format.open_source = [](const SourceSpec&, const ReadOptions&) {
      return Status::NotImplemented("test");
    };
  }
  return format;
}

inline SourceKind TestSource(std::string name, const std::string& prefix) {
  SourceKind kind;
  kind.name = std::move(name);
  kind.example = prefix;
  kind.description = "source of a test";
  kind.matches = [prefix](std::string_view uri) { return uri.starts_with(prefix); };
  return kind;
}

inline Registry TestRegistry() {
  Registry registry;
  registry.formats = {TestFormat("csv", {".csv"}, true), TestFormat("tsv", {".tsv"}, true),
                      TestFormat("ndjson", {".ndjson", ".jsonl"}, true),
                      TestFormat("json", {".json"}, true),
                      TestFormat("parquet", {".parquet"}, false, true)};
  Compression gzip;
  gzip.name = "gzip";
  gzip.extension = ".gz";
  gzip.level_max = 9;
  registry.compressions = {gzip};
  registry.sources = {TestSource("postgresql", "postgresql:"), TestSource("generate", "generate:")};
  return registry;
}

}  // namespace weir::cli
