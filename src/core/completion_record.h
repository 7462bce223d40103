// CompletionRecord: the proof of a finished copy, as a plain value with one JSON form
// (completion_record_json). Exit status 0 means that this record exists; `weir verify` checks it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"

namespace weir {

// A run of consecutive slices as they stand in one file. `offset` and `bytes` count the text before
// compression for text formats, and the file's own bytes for whole-file formats. `crc64` is
// CRC-64/XZ of those bytes, hexadecimal.
struct SliceGroupRecord {
  int64_t first_slice = 0;
  int64_t slice_count = 0;
  int64_t rows = 0;
  int64_t offset = 0;
  int64_t bytes = 0;
  std::string crc64;
};

struct PartRecord {
  std::string path;  // relative to the record's directory where possible; "-" for stdout
  int64_t rows = 0;
  int64_t bytes = 0;       // of the file
  int64_t text_bytes = 0;  // before compression; equal to `bytes` when there is none
  std::string digest;      // lower-case hexadecimal, of the file's bytes
  std::vector<SliceGroupRecord> slices;
};

struct ColumnRecord {
  std::string name;
  std::string source_type;
  std::string arrow_type;
  std::string target_type;
  std::string fidelity;  // exact, widened, lossy
  std::string note;
  std::vector<std::string> encodings;  // in the files; more than one where parts differ
  int64_t count = 0;                   // values that are not NULL
  int64_t nulls = 0;
};

struct CompletionRecord {
  int version = 1;
  std::string weir_version;
  std::string source;  // no secrets
  std::string source_version;
  std::string snapshot;
  std::string position;  // LSN
  std::string format;
  std::string compression;  // around a text format, or inside a whole-file one: "none", gzip, zstd
  std::string digest_algorithm;
  std::string schema_fingerprint;  // sha256 over names and types, hexadecimal
  int64_t rows = 0;
  int64_t bytes = 0;
  std::vector<ColumnRecord> columns;
  std::vector<std::string> lossy_columns;
  std::vector<PartRecord> parts;
  std::string started;  // RFC 3339, UTC
  std::string ended;
  double seconds = 0;
  int jobs = 0;
  int64_t memory_bytes = 0;
  int64_t peak_rss_bytes = 0;
  std::vector<std::string> libraries;  // "arrow 26.0.1", ...
};

std::string ToJson(const CompletionRecord& record);
Result<CompletionRecord> CompletionRecordFromJson(std::string_view json);

}  // namespace weir
