// Where bytes and batches go. A sink is a transaction: Finish() commits; destruction without a
// successful Finish() aborts and leaves nothing visible.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace weir {

// One stream of bytes: a file, stdout, an HTTP response, an object. Used by one thread.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // Writes all of `bytes` or fails. After a failure only destruction is allowed.
  virtual Status Write(std::string_view bytes) = 0;
  // Makes the bytes durable. They become visible with Destination::Finish.
  virtual Status Finish() = 0;
};

// A set of byte streams that becomes visible as a whole. Used by one thread.
class Destination {
 public:
  virtual ~Destination() = default;
  // Opens the next stream. `name` is the part's file name; a destination of one file ignores it.
  virtual Result<std::unique_ptr<ByteSink>> OpenPart(const std::string& name) = 0;
  // Publishes every finished part. `manifest` is the completion record; directories keep it as
  // their last file, other destinations ignore it.
  virtual Status Finish(std::string_view manifest) = 0;
};

// Takes batches in order: a whole-file format writing into a ByteSink, or a database table.
// Used by one thread.
class BatchSink {
 public:
  virtual ~BatchSink() = default;
  virtual Status Write(const arrow::RecordBatch& batch) = 0;
  virtual Status Finish() = 0;
};

}  // namespace weir
