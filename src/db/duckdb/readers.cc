#include "db/duckdb/readers.h"

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/byte_size.h"
#include "db/duckdb/batch_cutter.h"
#include "db/duckdb/errors.h"
#include "db/duckdb/stream.h"

namespace weir::duckdb {
namespace {

// What both readers do with the chunks of their streams.
class ChunkReader : public arrow::RecordBatchReader {
 public:
  std::shared_ptr<arrow::Schema> schema() const override { return columns_.schema; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    while (true) {
      if (stop_.stop_requested()) return Interrupted();
      *batch = cutter_.Take();
      if (*batch != nullptr || finished_) return Status::OK();
      ARROW_ASSIGN_OR_RAISE(auto chunk, NextChunk());
      if (chunk) {
        ARROW_RETURN_NOT_OK(Add(*chunk));
      } else {
        ARROW_RETURN_NOT_OK(cutter_.Finish());
        finished_ = true;
      }
    }
  }

 protected:
  ChunkReader(std::unique_ptr<Connection> connection, ReadColumns columns,
              const ReaderLimits& limits, std::stop_token stop)
      : connection_(std::move(connection)),
        columns_(std::move(columns)),
        limits_(limits),
        stop_(std::move(stop)),
        cutter_(columns_.schema, columns_.converters, limits.batch_bytes) {}

  // Nothing at the end.
  virtual Result<std::optional<Chunk>> NextChunk() = 0;
  // Says which row of `chunk` it is; "" when that is not known.
  virtual std::string RowName(const Chunk& chunk, int64_t row) const = 0;

  Result<std::unique_ptr<Stream>> StartStream(const std::string& select) {
    return Stream::Start(connection_.get(), select, limits_.statement_timeout_ms, stop_);
  }

  std::string ColumnName(int column) const {
    return fmt::format("column \"{}\"", columns_.schema->field(column)->name());
  }

  const std::unique_ptr<Connection> connection_;
  const ReadColumns columns_;
  const ReaderLimits limits_;
  const std::stop_token stop_;
  std::unique_ptr<Stream> stream_;

 private:
  Status Add(const Chunk& chunk) {
    BatchCutter::Failure failure;
    Status status = cutter_.Add(chunk, &failure);
    if (status.ok() || failure.column < 0) return status;
    std::string row = failure.row < 0 ? "" : RowName(chunk, failure.row);
    return WithContext(status, ColumnName(failure.column) + row);
  }

  BatchCutter cutter_;
  bool finished_ = false;
};

class StatementReader final : public ChunkReader {
 public:
  StatementReader(std::unique_ptr<Connection> connection, ReadColumns columns,
                  const ReaderLimits& limits, std::stop_token stop)
      : ChunkReader(std::move(connection), std::move(columns), limits, std::move(stop)) {}

  // Gets the first rows.
  Status Start(const std::string& select, MemoryLimit* memory) {
    while (true) {
      int64_t limit_seen = memory->bytes();
      Status status = TryStart(select);
      if (!IsErrorCode(status, "duckdb.out_of_memory")) return status;
      stream_.reset();
      ARROW_ASSIGN_OR_RAISE(bool raised, memory->Raise(connection_.get(), limit_seen));
      if (!raised) return status;
    }
  }

 private:
  Status TryStart(const std::string& select) {
    ARROW_ASSIGN_OR_RAISE(stream_, StartStream(select));
    return stream_->Next().Value(&first_);
  }

  Result<std::optional<Chunk>> NextChunk() override {
    rows_before_ += rows_in_chunk_;
    std::optional<Chunk> chunk = std::exchange(first_, std::nullopt);
    if (!chunk) {
      ARROW_ASSIGN_OR_RAISE(chunk, stream_->Next());
    }
    rows_in_chunk_ = chunk ? chunk->row_count : 0;
    return chunk;
  }

  std::string RowName(const Chunk&, int64_t row) const override {
    return fmt::format(", row {}", rows_before_ + row + 1);
  }

  std::optional<Chunk> first_;
  int64_t rows_before_ = 0;
  int64_t rows_in_chunk_ = 0;
};

class TableReader final : public ChunkReader {
 public:
  TableReader(std::unique_ptr<Connection> connection, ReadColumns columns, TableRange range,
              const ReaderLimits& limits, MemoryLimit* memory, std::atomic<int64_t>* step_hint,
              std::stop_token stop)
      : ChunkReader(std::move(connection), std::move(columns), limits, std::move(stop)),
        range_(std::move(range)),
        memory_(memory),
        step_hint_(step_hint),
        step_(std::min(step_hint->load(), std::max<int64_t>(range_.end - range_.begin, 1))),
        next_(range_.begin),
        step_end_(range_.begin) {}

 private:
  Result<std::optional<Chunk>> NextChunk() override {
    while (next_ < range_.end || stream_ != nullptr) {
      int64_t limit_seen = memory_->bytes();
      auto chunk = TryNextChunk();
      if (chunk.ok()) {
        if (!*chunk) continue;
        ARROW_RETURN_NOT_OK(Advance(**chunk));
        return chunk;
      }
      if (!IsErrorCode(chunk.status(), "duckdb.out_of_memory")) return chunk.status();
      stream_.reset();
      ARROW_RETURN_NOT_OK(MakeRoom(limit_seen));
    }
    step_hint_->store(step_);
    return std::optional<Chunk>();
  }

  // The next chunk of the step; nothing when the step ended.
  Result<std::optional<Chunk>> TryNextChunk() {
    if (stream_ == nullptr) {
      step_end_ = std::min(next_ + step_, range_.end);
      ARROW_ASSIGN_OR_RAISE(stream_, StartStream(Select(columns_.expressions, next_, step_end_)));
    }
    ARROW_ASSIGN_OR_RAISE(auto chunk, stream_->Next());
    if (!chunk) {
      stream_.reset();
      next_ = step_end_;
      step_ = std::min(step_ * 2, range_.end - range_.begin);
    }
    return chunk;
  }

  // The row numbers stand in the last column.
  static const int64_t* RowNumbers(const Chunk& chunk) {
    return chunk.columns.back()->GetValues<int64_t>(1);
  }

  // Rows must come in order, or going on behind the last one would lose or repeat some.
  Status Advance(const Chunk& chunk) {
    const int64_t* rows = RowNumbers(chunk);
    int64_t last = rows[chunk.row_count - 1];
    if (rows[0] < next_ || last >= step_end_ || last - rows[0] < chunk.row_count - 1) {
      return Error("duckdb.failed", "DuckDB returned the rows of a table out of order");
    }
    next_ = last + 1;
    return Status::OK();
  }

  std::string RowName(const Chunk& chunk, int64_t row) const override {
    return fmt::format(", rowid {}", RowNumbers(chunk)[row]);
  }

  std::string Select(const std::vector<std::string>& expressions, int64_t begin,
                     int64_t end) const {
    std::string select;
    for (size_t i = 0; i < expressions.size(); ++i) {
      select += fmt::format("{} AS c{}, ", expressions[i], i);
    }
    std::string where = range_.where.empty() ? "" : fmt::format(" AND ({}\n)", range_.where);
    return fmt::format("SELECT {}rowid FROM {} WHERE rowid >= {} AND rowid < {}{}", select,
                       range_.from, begin, end, where);
  }

  Status MakeRoom(int64_t limit_seen) {
    constexpr int64_t kShrinkFactor = 8;
    if (step_ > 1 && !memory_->IsBelowPinned()) {
      step_ = std::max<int64_t>(step_ / kShrinkFactor, 1);
      step_hint_->store(step_);
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(bool raised, memory_->Raise(connection_.get(), limit_seen));
    return raised ? Status::OK() : TooLarge();
  }

  // Row `next_` does not fit: the first column that cannot be read alone is to blame.
  Status TooLarge() {
    std::string place = fmt::format("rowid {}", next_);
    for (size_t i = 0; i < columns_.expressions.size(); ++i) {
      auto stream = StartStream(Select({columns_.expressions[i]}, next_, next_ + 1));
      Status status = stream.ok() ? (*stream)->Next().status() : stream.status();
      if (!IsErrorCode(status, "duckdb.out_of_memory")) continue;
      place = fmt::format("{}, {}", ColumnName(static_cast<int>(i)), place);
      break;
    }
    return Error("memory.value_too_large",
                 fmt::format("{}: the value is too large, the limit is {}", place,
                             FormatByteSize(limits_.value_bytes_max)),
                 "raise --memory");
  }

  const TableRange range_;
  MemoryLimit* const memory_;
  std::atomic<int64_t>* const step_hint_;
  int64_t step_;      // rows to ask for at once
  int64_t next_;      // first row not yet delivered
  int64_t step_end_;  // where the open stream ends
};

}  // namespace

Result<std::unique_ptr<arrow::RecordBatchReader>> OpenTableReader(
    std::unique_ptr<Connection> connection, ReadColumns columns, TableRange range,
    const ReaderLimits& limits, MemoryLimit* memory, std::atomic<int64_t>* step_hint,
    std::stop_token stop) {
  return std::make_unique<TableReader>(std::move(connection), std::move(columns), std::move(range),
                                       limits, memory, step_hint, std::move(stop));
}

Result<std::unique_ptr<arrow::RecordBatchReader>> OpenStatementReader(
    std::unique_ptr<Connection> connection, ReadColumns columns, const std::string& select,
    const ReaderLimits& limits, MemoryLimit* memory, std::stop_token stop) {
  auto reader = std::make_unique<StatementReader>(std::move(connection), std::move(columns), limits,
                                                  std::move(stop));
  ARROW_RETURN_NOT_OK(reader->Start(select, memory));
  return reader;
}

}  // namespace weir::duckdb
