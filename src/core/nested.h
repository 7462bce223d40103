// Turning JSON columns into nested Arrow columns, in two passes over the same rows: the first
// infers one type for each column from every value, the second converts. What does the work is
// offered by format/json; this is the seam the copy loop knows.
#pragma once

#include <arrow/type_fwd.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace weir {

// Collects what the values of one column are like. Used by one thread.
class TypeInference {
 public:
  virtual ~TypeInference() = default;
  virtual Status Observe(std::string_view json) = 0;
  // Takes over what `other` saw; the result does not depend on the order of values or merges.
  // REQUIRES: made by the same NestedSupport.
  virtual void Merge(const TypeInference& other) = 0;
  // The field of the column: nested types, or JSON text where no type fits every value.
  virtual std::shared_ptr<arrow::Field> Finish(const arrow::Field& json_field) = 0;
};

// Builds one nested column. Used by one thread.
class NestedConverter {
 public:
  virtual ~NestedConverter() = default;
  virtual Status Append(std::string_view json) = 0;
  virtual Status AppendNull() = 0;
  virtual Result<std::shared_ptr<arrow::Array>> Finish() = 0;
};

struct NestedSupport {
  std::function<std::unique_ptr<TypeInference>()> make_inference;
  std::function<Result<std::unique_ptr<NestedConverter>>(const arrow::Field&)> make_converter;
};

// Both passes over the JSON columns of one schema.
class NestedColumns {
 public:
  using Batch = std::shared_ptr<arrow::RecordBatch>;

  // `support` must outlive this.
  NestedColumns(const NestedSupport* support, std::shared_ptr<arrow::Schema> schema);

  // Indexes of the JSON columns; the first pass reads only these.
  const std::vector<int>& json_columns() const { return json_columns_; }

  // First pass: one observer per worker. Thread-safe. Batches hold only the JSON columns.
  std::function<Status(const arrow::RecordBatch&)> MakeObserver();
  // Between the passes, on one thread.
  void DecideTypes();

  // Second pass: one converter per worker, whose batches hold all columns. Thread-safe.
  Result<std::function<Result<Batch>(Batch)>> MakeConverter() const;
  // The schema that converted batches have.
  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

 private:
  using Inferences = std::vector<std::unique_ptr<TypeInference>>;

  const NestedSupport* const support_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> json_columns_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Inferences>> observed_;  // one per worker
};

}  // namespace weir
