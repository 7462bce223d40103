// CopySpec: everything that describes one copy, as a plain value. The command line, the REST API
// and pipelines are three ways of writing it; core/copy_spec_json gives its JSON form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/format_options.h"

namespace weir {

struct ColumnSelection {
  std::string source;
  std::string target;
};

struct OrderKey {
  std::string column;
  bool descending = false;
};

struct SourceSpec {
  std::string
      uri;  // postgresql://..., PATH.duckdb, duckdb:, PATH.parquet, PATH.arrow, generate:records
  std::string table;       // as the user wrote it: name, schema.name, "Quoted".name; empty: none
  std::string query;       // SQL; empty: none. Exactly one of table and query for databases.
  std::string query_file;  // where the query was read from, for messages; may be empty
  std::vector<ColumnSelection> columns;  // empty: all
  std::string where;                     // SQL condition; empty: none
  std::vector<OrderKey> order_by;        // empty: the source's own order
  std::optional<int64_t> limit;
  int64_t statement_timeout_ms = 0;       // 0: none
  std::optional<int64_t> generate_count;  // rows of generate:records
};

enum class IfExists { kFail, kReplace };

struct SinkSpec {
  std::string path;  // a file, "-" (stdout), a directory ending in '/', or PATH.duckdb
  IfExists if_exists = IfExists::kFail;
  int64_t split_bytes = 0;  // 0: never split; else a directory of parts of about this size
  std::string table;        // of a database sink; default "records"
};

// What the program itself takes of a copy's memory: code, libraries, connections.
inline constexpr int64_t kProgramBytes = 32 << 20;

struct CopySpec {
  SourceSpec source;
  SinkSpec sink;
  std::string format;  // registry name; empty: from the sink's extension
  FormatOptions options;
  int jobs = 0;              // 0: the CPUs, at most 4
  int64_t memory_bytes = 0;  // ceiling of the process's memory; 0: the format's default
  std::string digest = "sha256";
  int64_t timeout_ms = 0;  // 0: none
};

}  // namespace weir
