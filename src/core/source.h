// Source: rows as ordered, reproducible slices of Arrow batches.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "core/format_options.h"

namespace weir {

struct SourceSpec;

// How faithfully a column travels. Ordered from best to worst.
enum class Fidelity { kExact, kWidened, kLossy, kRefused };
std::string_view ToString(Fidelity fidelity);

struct Column {
  std::string name;         // in the output
  std::string source_type;  // in the source's own words: numeric(18,4), timestamp with time zone
  std::shared_ptr<arrow::Field> field;  // name, Arrow type and ValueKind of what Open delivers
  Fidelity fidelity = Fidelity::kExact;
  std::string note;  // why it is not exact, or in what form it travels; may be empty
  // What values of the source's type the typed form has no room for ("infinity"), which end the
  // copy or become NULL as ReadForm says; empty if none, and in the form of text formats.
  std::string specials;
};

// In which form a format wants values (Format::read_form decides, the source obeys).
struct ReadForm {
  // True for text formats: numerics as ValueKind::kNumeric, timestamps as kTimestamp(Tz)2000, dates
  // and times with their special values. False: decimal128/256, timestamp[us], checked ranges.
  bool exact_text = false;
  // Arrays and composites: as JSON text (kJson), as Arrow lists (kStruct; composites as text), or
  // in the source's own text (kString).
  NestedForm arrays = NestedForm::kString;
  // What happens to values the typed form cannot hold. With kString the columns that could hold
  // such values travel as text.
  SpecialValues special_values = SpecialValues::kError;
  Dialect dialect = Dialect::kIso;
};

struct ReadOptions {
  ReadForm form;
  int jobs = 1;                        // how many Open readers will be in use at once
  int64_t batch_bytes = 256 * 1024;    // a batch is cut as soon as it holds this much
  int64_t value_bytes_max = 16 << 20;  // a larger single value is "memory.value_too_large"
  int64_t engine_bytes = 0;            // what the source's own engine may take; see SourceKind
  std::set<std::string> allow_lossy;   // target columns
  // What --memory must be for a value of so many bytes to fit; unset: nobody knows.
  std::function<int64_t(int64_t value_bytes)> memory_for_value;
  // Called while the source is opened, by the thread that opens it.
  std::function<void(const std::string&)> warn = [](const std::string&) {};
};

// What to do about a value that does not fit: "raise --memory to 310MiB".
std::string MemoryHint(const ReadOptions& options, int64_t value_bytes);

// A slice is identified by its index; the locator says in the source's own terms which rows it is
// (for records and messages), e.g. "rowid [61440,122880) of main.t".
struct Slice {
  int64_t index = 0;
  std::string locator;
  // The same slice opened again yields the same rows in the same order, cut into the same batches,
  // so it may be retried. RetryingReader checks what it was told, which costs a checksum of every
  // batch: sources whose failures are never retryable need not say it.
  bool reproducible = false;
  // The index of the slice that the same thread opens after this one, when that is known: a source
  // may prepare it.
  std::optional<int64_t> next;
};

struct SourceDescription {
  std::string
      name;  // for records and messages, no secrets: postgresql://host/db table public.records
  std::string relation;  // short name of what is read: records; "query" for a query
  std::vector<Column> columns;
  std::shared_ptr<arrow::Schema> schema;  // the columns' fields
  int64_t slice_count = 1;
  int64_t rows_estimate = -1;  // -1: unknown
  std::string snapshot;        // id of the snapshot all slices are read under; may be empty
  std::string position;        // PostgreSQL LSN or the like; may be empty
  std::string version;         // of the server or library
};

// Thread-safe after construction: Open may be called from several threads at once, and each reader
// is used by one thread. Readers must be destroyed before the source. Destroying a source or a
// reader cancels what is running and never blocks for long (2 s at most).
class Source {
 public:
  virtual ~Source() = default;

  virtual const SourceDescription& description() const = 0;
  virtual Slice SliceAt(int64_t index) const = 0;

  // Blocks until the first rows or the end are there; `stop` wakes it and every later ReadNext,
  // which then fail with "interrupted". Batches have description().schema and 1 row at least.
  virtual Result<std::unique_ptr<arrow::RecordBatchReader>> Open(const Slice& slice,
                                                                 std::stop_token stop) = 0;
};

// A source that can read some of its columns alone (the first pass of struct inference does).
class ProjectableSource {
 public:
  virtual ~ProjectableSource() = default;
  // As Source::Open; batches hold only description().columns[i] for each i of `columns`, in order.
  virtual Result<std::unique_ptr<arrow::RecordBatchReader>> OpenColumns(
      const Slice& slice, const std::vector<int>& columns, std::stop_token stop) = 0;
};

}  // namespace weir
