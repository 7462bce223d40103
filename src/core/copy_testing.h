// A small world for the tests of the copy loop: rows that are numbers, a source in memory whose
// every step can be made to wait or fail, a text format whose file is a JSON array, a whole-file
// format of blocks, a compression that only brackets, and a destination that keeps what it was
// given.
#pragma once

#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/copy.h"
#include "core/registry.h"

namespace weir {

using BatchPointer = std::shared_ptr<arrow::RecordBatch>;

// Numbers first, first + 1, ...
inline BatchPointer Numbers(int64_t first, int64_t count) {
  static const auto kSchema = arrow::schema({arrow::field("id", arrow::int64())});
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < count; ++i) EXPECT_TRUE(builder.Append(first + i).ok());
  return arrow::RecordBatch::Make(kSchema, count, {builder.Finish().ValueOrDie()});
}

// Rows of one text of `bytes` bytes each.
inline BatchPointer LongTexts(int64_t rows, size_t bytes) {
  arrow::StringBuilder builder;
  for (int64_t i = 0; i < rows; ++i) EXPECT_TRUE(builder.Append(std::string(bytes, 'x')).ok());
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("text", arrow::utf8())}), rows,
                                  {builder.Finish().ValueOrDie()});
}

// Each row's first value as text.
inline std::vector<std::string> ValuesOf(const arrow::RecordBatch& batch) {
  std::vector<std::string> values;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    values.push_back(batch.column(0)->GetScalar(row).ValueOrDie()->ToString());
  }
  return values;
}

// Returns "interrupted" once `stop` is requested, and "test.hang" if that takes too long.
inline Status WaitForStop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wakeup;
  std::unique_lock lock(mutex);
  wakeup.wait_for(lock, stop, std::chrono::seconds(5), [] { return false; });
  return stop.stop_requested() ? Interrupted() : Error("test.hang", "nobody asked for the end");
}

// Whether `condition` comes true soon.
inline bool SoonTrue(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!condition() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return condition();
}

inline Status RetryableError() {
  ErrorInfo info;
  info.code = "test.retryable";
  info.retryable = true;
  return Error(std::move(info), "try again");
}

// What a FakeSource holds, and what happens while it is read.
struct FakeTable {
  std::vector<std::vector<BatchPointer>> slices;
  std::shared_ptr<arrow::Schema> schema = Numbers(0, 0)->schema();
  Fidelity fidelity = Fidelity::kExact;
  int64_t rows_estimate = -1;
  bool reproducible = true;
  // Called before a slice is opened, and before its batch (the end after the last one) is given.
  std::function<Status(int64_t slice)> on_open = [](int64_t) { return Status::OK(); };
  std::function<Status(int64_t slice, size_t batch, const std::stop_token& stop)> on_read =
      [](int64_t, size_t, const std::stop_token&) { return Status::OK(); };
};

class FakeReader : public arrow::RecordBatchReader {
 public:
  FakeReader(const FakeTable* table, int64_t slice, std::stop_token stop)
      : table_(table), slice_(slice), stop_(std::move(stop)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return table_->schema; }
  Status ReadNext(BatchPointer* batch) override {
    ARROW_RETURN_NOT_OK(table_->on_read(slice_, next_, stop_));
    const auto& batches = table_->slices[slice_];
    *batch = next_ < batches.size() ? batches[next_++] : nullptr;
    return Status::OK();
  }

 private:
  const FakeTable* const table_;
  const int64_t slice_;
  const std::stop_token stop_;
  size_t next_ = 0;
};

class FakeSource : public Source, public ProjectableSource {
 public:
  // `table` must outlive this.
  explicit FakeSource(const FakeTable* table) : table_(table) {
    description_.name = "fake:table";
    description_.schema = table->schema;
    description_.slice_count = static_cast<int64_t>(table->slices.size());
    description_.rows_estimate = table->rows_estimate;
    for (const auto& field : table->schema->fields()) {
      description_.columns.push_back({field->name(), "fake type", field, table->fidelity, ""});
    }
  }

  const SourceDescription& description() const override { return description_; }
  Slice SliceAt(int64_t index) const override {
    return {index, "slice " + std::to_string(index), table_->reproducible};
  }
  Result<std::unique_ptr<arrow::RecordBatchReader>> Open(const Slice& slice,
                                                         std::stop_token stop) override {
    ARROW_RETURN_NOT_OK(table_->on_open(slice.index));
    return std::make_unique<FakeReader>(table_, slice.index, std::move(stop));
  }
  // Knows only how to read all columns.
  Result<std::unique_ptr<arrow::RecordBatchReader>> OpenColumns(const Slice& slice,
                                                                const std::vector<int>& columns,
                                                                std::stop_token stop) override {
    EXPECT_EQ(columns.size(), description_.columns.size());
    return Open(slice, std::move(stop));
  }

 private:
  const FakeTable* const table_;
  SourceDescription description_;
};

// What a MemoryDestination was given. Parts are visible once the destination is finished.
struct MemoryFiles {
  std::map<std::string, std::string> open, finished, visible;
  std::string manifest;
  // Called before everything that may fail; `what` is "open", "write", "finish" or "publish".
  std::function<Status(std::string_view what, std::string_view bytes)> on_step =
      [](std::string_view, std::string_view) { return Status::OK(); };
};

class MemorySink : public ByteSink {
 public:
  MemorySink(MemoryFiles* files, std::string name) : files_(files), name_(std::move(name)) {}

  Status Write(std::string_view bytes) override {
    ARROW_RETURN_NOT_OK(files_->on_step("write", bytes));
    files_->open[name_] += bytes;
    return Status::OK();
  }
  Status Finish() override {
    ARROW_RETURN_NOT_OK(files_->on_step("finish", ""));
    files_->finished[name_] = files_->open[name_];
    return Status::OK();
  }

 private:
  MemoryFiles* const files_;
  const std::string name_;
};

class MemoryDestination : public Destination {
 public:
  explicit MemoryDestination(MemoryFiles* files) : files_(files) {}

  Result<std::unique_ptr<ByteSink>> OpenPart(const std::string& name) override {
    ARROW_RETURN_NOT_OK(files_->on_step("open", ""));
    EXPECT_FALSE(files_->open.contains(name)) << name;
    files_->open[name];
    return std::make_unique<MemorySink>(files_, name);
  }
  Status Finish(std::string_view manifest) override {
    ARROW_RETURN_NOT_OK(files_->on_step("publish", manifest));
    files_->visible = files_->finished;
    files_->manifest = manifest;
    return Status::OK();
  }

 private:
  MemoryFiles* const files_;
};

class ArrayEncoder : public SliceEncoder {
 public:
  Status Encode(const arrow::RecordBatch& batch, ByteBuffer* out) override {
    out->Append(fmt::format("{}", fmt::join(ValuesOf(batch), ",")));
    return Status::OK();
  }
};

// Gathers rows, a line each, and writes them as a block when they hold enough.
class BlockEncoder : public FileEncoder {
 public:
  // `sink` must outlive this.
  BlockEncoder(ByteSink* sink, int64_t block_bytes) : sink_(sink), block_bytes_(block_bytes) {}

  Status Write(const arrow::RecordBatch& batch) override {
    for (const std::string& value : ValuesOf(batch)) {
      rows_ += value + "\n";
      ++rows_gathered_;
      if (static_cast<int64_t>(rows_.size()) >= block_bytes_) ARROW_RETURN_NOT_OK(WriteBlock());
    }
    return Status::OK();
  }
  Status Finish() override {
    if (!rows_.empty()) ARROW_RETURN_NOT_OK(WriteBlock());
    return sink_->Write("end\n");
  }
  FileEncoderPosition position() const override {
    return {bytes_written_, static_cast<int64_t>(rows_.size()), rows_written_};
  }
  std::vector<std::string> column_encodings() const override { return {"in blocks"}; }

 private:
  Status WriteBlock() {
    ARROW_RETURN_NOT_OK(sink_->Write(rows_));
    bytes_written_ += static_cast<int64_t>(rows_.size());
    rows_written_ += std::exchange(rows_gathered_, 0);
    rows_.clear();
    return Status::OK();
  }

  ByteSink* const sink_;
  const int64_t block_bytes_;
  std::string rows_;
  int64_t rows_gathered_ = 0;
  int64_t bytes_written_ = 0;
  int64_t rows_written_ = 0;
};

// A stream of chunks in angle brackets, whose end says how many bytes in how many chunks it had.
class BracketCompressor : public ChunkCompressor {
 public:
  Result<ChunkTail> Compress(std::string_view input, ByteBuffer* out) override {
    out->Append(fmt::format("<{}>", input));
    return ChunkTail{.bytes = static_cast<int64_t>(input.size())};
  }
};

class BracketJoiner : public StreamJoiner {
 public:
  std::string Begin() override { return "begin"; }
  void Add(const ChunkTail& tail) override {
    bytes_ += tail.bytes;
    ++chunks_;
  }
  std::string End() override { return fmt::format("end {}/{}", bytes_, chunks_); }

 private:
  int64_t bytes_ = 0;
  int chunks_ = 0;
};

inline Compression BracketCompression() {
  Compression compression{.name = "bracket", .extension = ".br"};
  compression.level_max = 9;
  compression.level_default = 3;
  compression.make_compressor = [](int) { return std::make_unique<BracketCompressor>(); };
  compression.make_joiner = [] { return std::make_unique<BracketJoiner>(); };
  return compression;
}

inline Format ArrayFormat() {
  Format format{.name = "array", .extensions = {".array"}, .text = true};
  format.read_form = [](const FormatOptions&) { return ReadForm{.exact_text = true}; };
  format.check = [](const arrow::Field&, const FormatOptions&) {
    return FormatVerdict{Fidelity::kExact, "number", ""};
  };
  format.make_framing = [](const EncoderContext&) { return Framing{"[", ",", "]"}; };
  format.make_slice_encoder = [](const EncoderContext&) {
    return std::make_unique<ArrayEncoder>();
  };
  return format;
}

inline Format BlockFormat() {
  Format format{.name = "blocks", .extensions = {".blocks"}};
  format.read_form = [](const FormatOptions&) { return ReadForm{}; };
  format.check = [](const arrow::Field& field, const FormatOptions&) {
    return FormatVerdict{Fidelity::kExact, "block of " + field.type()->ToString(), ""};
  };
  format.make_file_encoder = [](const EncoderContext& context, ByteSink* sink) {
    return std::make_unique<BlockEncoder>(sink, context.options.row_group_bytes.value_or(64));
  };
  return format;
}

// Keeps the rows it is given; they are committed once it is finished.
struct MemoryTable {
  std::vector<std::string> written, committed;
  std::function<Status()> on_write = [] { return Status::OK(); };
};

class MemoryTableSink : public BatchSink {
 public:
  explicit MemoryTableSink(MemoryTable* table) : table_(table) {}
  Status Write(const arrow::RecordBatch& batch) override {
    ARROW_RETURN_NOT_OK(table_->on_write());
    for (std::string& value : ValuesOf(batch)) table_->written.push_back(std::move(value));
    return Status::OK();
  }
  Status Finish() override {
    table_->committed = table_->written;
    return Status::OK();
  }

 private:
  MemoryTable* const table_;
};

// Everything above under one roof: reads "fake:table", writes *.array, *.blocks and "table:".
class CopyWorld {
 public:
  FakeTable source;
  MemoryFiles files;
  MemoryTable table;
  Registry registry;
  CopySpec spec;
  Progress progress;

  CopyWorld() {
    registry.formats = {ArrayFormat(), BlockFormat()};
    registry.compressions = {BracketCompression()};
    SourceKind kind{.name = "fake", .example = "fake:table"};
    kind.matches = [](std::string_view uri) { return uri == "fake:table"; };
    kind.open = [this](const SourceSpec&, const ReadOptions&, std::stop_token) {
      return std::make_unique<FakeSource>(&source);
    };
    registry.sources = {kind};
    registry.table_sinks = {TableKind()};
    registry.open_destination = [this](const SinkSpec&, std::stop_token) {
      return std::make_unique<MemoryDestination>(&files);
    };
    spec.source.uri = "fake:table";
    spec.sink.path = "out.array";
  }

  // Plans the copy, runs it with `data_bytes_max` bytes for batches, and judges nothing.
  Result<CompletionRecord> Run(std::stop_token stop = {}, int64_t data_bytes_max = 1 << 20) {
    MemoryBudget budget(data_bytes_max);
    auto record = Run(&budget, std::move(stop), data_bytes_max);
    EXPECT_EQ(budget.bytes_used(), 0);
    return record;
  }
  Result<CompletionRecord> Run(MemoryBudget* budget, std::stop_token stop, int64_t data_bytes_max) {
    ARROW_ASSIGN_OR_RAISE(auto open, MakePlan(spec, registry, stop));
    ARROW_RETURN_NOT_OK(CheckPlan(open->plan));
    open->plan.data_bytes_max = data_bytes_max;
    return RunPlan(open.get(), registry, budget, &progress, std::move(stop));
  }
  bool NothingIsVisible() const { return files.visible.empty() && table.committed.empty(); }

 private:
  TableSinkKind TableKind() {
    TableSinkKind kind{.name = "memory table"};
    kind.matches = [](std::string_view path) { return path == "table:"; };
    kind.read_form = [](const FormatOptions&) { return ReadForm{}; };
    kind.check = [](const arrow::Field&, const FormatOptions&) {
      return FormatVerdict{Fidelity::kExact, "bigint", ""};
    };
    kind.open = [this](const SinkSpec&, const std::shared_ptr<arrow::Schema>&, int64_t) {
      return std::make_unique<MemoryTableSink>(&table);
    };
    return kind;
  }
};

}  // namespace weir
