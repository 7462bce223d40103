// Everything weir can read, write and compress, as one value. builtin/registry.cc fills it; it is
// what `weir formats`, --help, completions and docs are generated from.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "core/compression.h"
#include "core/copy_spec.h"
#include "core/format.h"
#include "core/nested.h"
#include "core/sink.h"
#include "core/source.h"

namespace weir {

// A kind of source that is not a file of some format: a database, a generator.
struct SourceKind {
  std::string name;     // postgresql
  std::string example;  // postgresql://user@host/db
  std::string description;
  // Name and version of the library behind it, "libpq 15.4"; unset when it is weir's own.
  std::function<std::string()> library;
  std::function<bool(std::string_view uri)> matches;
  // What an engine that runs in this process takes, beyond what the format needs: the default of
  // --memory is so much higher. Of a given --memory it gets three quarters, as
  // ReadOptions::engine_bytes.
  int64_t engine_bytes_default = 0;
  std::function<Result<std::unique_ptr<Source>>(const SourceSpec&, const ReadOptions&,
                                                std::stop_token)>
      open;
};

// A kind of sink that takes batches rather than bytes: a database table.
struct TableSinkKind {
  std::string name;
  std::string example;
  std::string description;
  // Name and version of the library behind it, "duckdb 1.5.5"; unset when it is weir's own.
  std::function<std::string()> library;
  std::function<bool(std::string_view path)> matches;
  std::function<ReadForm(const FormatOptions&)> read_form;
  std::function<FormatVerdict(const arrow::Field&, const FormatOptions&)> check;
  // What is wrong with the columns together, e.g. with their names; may be unset.
  std::function<Status(const arrow::Schema&)> check_schema;
  // What its engine takes when --memory is not given; of a given --memory it gets three quarters.
  int64_t engine_bytes_default = 0;
  // `engine_bytes` is what the engine may take; what needs more is refused.
  std::function<Result<std::unique_ptr<BatchSink>>(const SinkSpec&, std::shared_ptr<arrow::Schema>,
                                                   int64_t engine_bytes)>
      open;
};

struct Registry {
  std::vector<Format> formats;
  std::vector<Compression> compressions;
  std::vector<SourceKind> sources;
  std::vector<TableSinkKind> table_sinks;
  NestedSupport nested;  // for --nested struct
  // `stop` ends waiting for whoever reads the destination.
  std::function<Result<std::unique_ptr<Destination>>(const SinkSpec&, std::stop_token stop)>
      open_destination;

  // What can be said of a destination without creating anything, for `weir plan`.
  std::function<Status(const SinkSpec&)> check_destination;

  // "arrow 26.0.1", "libpq 15.4", ...: what `library` says of every entry, each once. Loads
  // libraries that are otherwise loaded on first use.
  std::vector<std::string> Libraries() const;

  // nullptr when there is none of that name.
  const Format* FindFormat(std::string_view name) const;
  const Compression* FindCompression(std::string_view name) const;

  // Format and compression that a path's extensions name: "out.csv.gz" -> csv, gzip. Either may be
  // null; case does not matter.
  struct PathMatch {
    const Format* format = nullptr;
    const Compression* compression = nullptr;
  };
  PathMatch MatchPath(std::string_view path) const;
};

}  // namespace weir
