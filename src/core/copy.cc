#include "core/copy.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "base/crc64.h"
#include "base/digest.h"
#include "base/exhaustion.h"
#include "base/process_memory.h"
#include "base/redact.h"
#include "base/version.h"
#include "core/part_writer.h"
#include "core/slice_workers.h"

namespace weir {
namespace {

using Clock = std::chrono::system_clock;

// What a text format's copy leaves of the plan's estimate of the program itself. Measured.
constexpr int64_t kTextProgramSlack = 4 << 20;
constexpr int64_t kQueueBytesPerJob = 2 << 20;
constexpr int64_t kLargeBatchMin = 1 << 20;
constexpr size_t kTextKeptMax = 2 << 20;  // what a rare large row needed is given back

std::string Rfc3339(Clock::time_point time) {
  auto millis = std::chrono::time_point_cast<std::chrono::milliseconds>(time);
  auto fraction = millis.time_since_epoch().count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(Clock::to_time_t(time)), fraction);
}

// The memory of a copy, taken from the process's ledger for as long as the copy runs.
class Reservation {
 public:
  static Result<std::unique_ptr<Reservation>> Take(MemoryBudget* budget, int64_t bytes,
                                                   std::stop_token stop) {
    ARROW_RETURN_NOT_OK(budget->Reserve(bytes, std::move(stop)));
    return std::unique_ptr<Reservation>(new Reservation(budget, bytes));
  }
  ~Reservation() { budget_->Release(bytes_); }

 private:
  Reservation(MemoryBudget* budget, int64_t bytes) : budget_(budget), bytes_(bytes) {}
  MemoryBudget* const budget_;
  const int64_t bytes_;
};

// Chunks' buffers on their way back from the writer to the workers: used again they cost no page
// faults and do not fragment the heap. Thread-safe.
class BufferPool {
 public:
  ByteBuffer Take() {
    std::lock_guard lock(mutex_);
    if (buffers_.empty()) return {};
    ByteBuffer buffer = std::move(buffers_.back());
    buffers_.pop_back();
    return buffer;
  }
  void Return(ByteBuffer buffer) {
    if (buffer.capacity() > kBytesMax) return;
    buffer.Clear();
    std::lock_guard lock(mutex_);
    if (buffers_.size() < kBuffersMax) buffers_.push_back(std::move(buffer));
  }

 private:
  static constexpr size_t kBuffersMax = 8;
  static constexpr size_t kBytesMax = 1 << 20;  // a rare large one is given back to the system
  std::mutex mutex_;
  std::vector<ByteBuffer> buffers_;
};

// Asks for a stop when a scope is left early, by an error or by an exception.
class StopUnlessDone {
 public:
  explicit StopUnlessDone(std::stop_source* stop) : stop_(stop) {}
  ~StopUnlessDone() {
    if (stop_ != nullptr) stop_->request_stop();
  }
  StopUnlessDone(const StopUnlessDone&) = delete;
  StopUnlessDone& operator=(const StopUnlessDone&) = delete;
  void Done() { stop_ = nullptr; }

 private:
  std::stop_source* stop_;
};

// What running a plan produced, beside what the plan already says.
struct Outcome {
  std::vector<PartRecord> parts;
  std::vector<std::vector<std::string>> column_encodings;
  std::vector<int64_t> nulls;
  std::shared_ptr<arrow::Schema>
      schema;  // what was written; nested columns may differ from the plan
};

// One run of the loop. The three Run functions differ in what workers make of a batch and in who
// takes it; everything else is Deliver.
class CopyRun {
 public:
  CopyRun(OpenPlan* open, const NestedSupport* nested, Destination* destination, Progress* progress,
          std::stop_token stop)
      : plan_(open->plan),
        source_(*open->source),
        nested_(nested, open->source->description().schema),
        destination_(destination),
        progress_(progress),
        link_(std::move(stop), [this] { failed_.request_stop(); }) {}

  Result<Outcome> RunText();
  Result<Outcome> RunFile();
  Result<Outcome> RunTable(BatchSink* sink);

 private:
  using Batch = std::shared_ptr<arrow::RecordBatch>;

  // Starts workers and hands everything they make, in slice order, to `take`.
  template <typename T>
  Status Deliver(RetryingReader::OpenFunction open, MakeBatchFunction<T> make_function,
                 std::function<Status(int64_t, T)> take, NullCounts* nulls);
  // The second pass, or the only one: all columns, counted.
  template <typename T>
  Result<Outcome> DeliverAll(MakeBatchFunction<T> make_function,
                             std::function<Status(int64_t, T)> take);

  // The first pass of --nested struct: reads the JSON columns and decides their types.
  Status InferNested();
  bool WantsNested() const {
    return plan_.format != nullptr && plan_.spec.options.nested == NestedForm::kStruct &&
           !nested_.json_columns().empty();
  }

  // Workers of whole-file formats pass batches on, their JSON columns converted when wanted.
  MakeBatchFunction<Batch> PassBatches() const;
  MakeBatchFunction<Chunk> EncodeChunks();
  PartWriterOptions MakePartWriterOptions() const;
  EncoderContext MakeEncoderContext() const;
  // What may wait between the workers and the writer: room for a worker that is one slice ahead.
  // With twice as much, copies were measured to be no faster and to take more memory.
  int64_t queue_bytes_max() const {
    return std::min(plan_.data_bytes_max / 5, plan_.spec.jobs * kQueueBytesPerJob);
  }
  // From this size on, batches go one by one.
  int64_t large_batch_bytes() const { return std::max(kLargeBatchMin, plan_.data_bytes_max / 64); }

  const Plan& plan_;
  Source& source_;
  NestedColumns nested_;
  Destination* const destination_;
  Progress* const progress_;
  BufferPool buffers_;
  std::stop_source failed_;
  std::stop_callback<std::function<void()>> link_;
};

template <typename T>
Status CopyRun::Deliver(RetryingReader::OpenFunction open, MakeBatchFunction<T> make_function,
                        std::function<Status(int64_t, T)> take, NullCounts* nulls) {
  int64_t slice_count = source_.description().slice_count;
  SliceQueue<T> queue(slice_count, queue_bytes_max());
  SliceWorkers<T> workers(
      slice_count, [this](int64_t index) { return source_.SliceAt(index); }, std::move(open),
      std::move(make_function), &queue, nulls, failed_.get_token(), large_batch_bytes());
  StopUnlessDone wake_readers(&failed_);  // before the workers are joined
  workers.Start(
      static_cast<int>(std::min<int64_t>(plan_.spec.jobs, std::max<int64_t>(slice_count, 1))));
  while (true) {
    ARROW_ASSIGN_OR_RAISE(auto item, queue.Pop());
    if (!item.has_value()) break;
    ARROW_RETURN_NOT_OK(take(item->slice, std::move(item->value)));
  }
  wake_readers.Done();
  workers.Join();
  return Status::OK();
}

template <typename T>
Result<Outcome> CopyRun::DeliverAll(MakeBatchFunction<T> make_function,
                                    std::function<Status(int64_t, T)> take) {
  Outcome outcome;
  NullCounts nulls(source_.description().columns.size());
  auto open = [this](const Slice& slice) { return source_.Open(slice, failed_.get_token()); };
  ARROW_RETURN_NOT_OK(Deliver<T>(open, std::move(make_function), std::move(take), &nulls));
  outcome.nulls = nulls.Get();
  outcome.schema = nested_.schema();
  return outcome;
}

Status CopyRun::InferNested() {
  auto* projectable = dynamic_cast<ProjectableSource*>(&source_);
  auto open = [&](const Slice& slice) -> Result<std::unique_ptr<arrow::RecordBatchReader>> {
    return projectable->OpenColumns(slice, nested_.json_columns(), failed_.get_token());
  };
  if (projectable == nullptr) {
    return Error("usage.nested", "--nested struct needs a source that can be read twice",
                 "use --nested json");
  }
  MakeBatchFunction<bool> observe =
      [this]() -> Result<std::function<Result<Produced<bool>>(Batch)>> {
    auto observer = nested_.MakeObserver();
    return [observer](const Batch& batch) -> Result<Produced<bool>> {
      ARROW_RETURN_NOT_OK(observer(*batch));
      return Produced<bool>{};
    };
  };
  NullCounts uncounted(0);
  auto discard = [](int64_t, bool) { return Status::OK(); };
  ARROW_RETURN_NOT_OK(Deliver<bool>(open, observe, discard, &uncounted));
  nested_.DecideTypes();
  return Status::OK();
}

MakeBatchFunction<CopyRun::Batch> CopyRun::PassBatches() const {
  return [this]() -> Result<std::function<Result<Produced<Batch>>(Batch)>> {
    std::function<Result<Batch>(Batch)> convert = [](Batch batch) { return batch; };
    if (WantsNested()) {
      ARROW_ASSIGN_OR_RAISE(convert, nested_.MakeConverter());
    }
    return [convert](Batch batch) -> Result<Produced<Batch>> {
      ARROW_ASSIGN_OR_RAISE(batch, convert(std::move(batch)));
      int64_t bytes = arrow::util::TotalBufferSize(*batch);  // those of nested columns, too
      bytes += batch->num_columns() * kArrayBytes;
      return Produced<Batch>{std::move(batch), bytes};
    };
  };
}

MakeBatchFunction<Chunk> CopyRun::EncodeChunks() {
  return [this]() -> Result<std::function<Result<Produced<Chunk>>(Batch)>> {
    ARROW_ASSIGN_OR_RAISE(auto made, plan_.format->make_slice_encoder(MakeEncoderContext()));
    std::shared_ptr<SliceEncoder> encoder = std::move(made);
    std::shared_ptr<ChunkCompressor> compressor;
    if (plan_.compression != nullptr) {
      ARROW_ASSIGN_OR_RAISE(compressor,
                            plan_.compression->make_compressor(plan_.compression_level));
    }
    auto text = std::make_shared<ByteBuffer>();
    return [this, encoder, compressor, text](Batch batch) -> Result<Produced<Chunk>> {
      Chunk chunk;
      chunk.bytes = buffers_.Take();
      chunk.rows = batch->num_rows();
      ARROW_RETURN_NOT_OK(encoder->Encode(*batch, text.get()));
      batch.reset();
      chunk.crc64 = Crc64(0, text->view());
      chunk.tail.bytes = static_cast<int64_t>(text->size());
      if (compressor != nullptr) {
        ARROW_ASSIGN_OR_RAISE(chunk.tail, compressor->Compress(text->view(), &chunk.bytes));
      } else {
        std::swap(chunk.bytes, *text);
      }
      text->Clear();
      if (text->capacity() > kTextKeptMax) *text = ByteBuffer();
      int64_t bytes = static_cast<int64_t>(chunk.bytes.capacity());
      return Produced<Chunk>{std::move(chunk), bytes};
    };
  };
}

EncoderContext CopyRun::MakeEncoderContext() const {
  EncoderContext context;
  context.schema = nested_.schema();
  context.options = plan_.spec.options;
  context.memory_bytes = plan_.data_bytes_max / 2;
  context.file_bytes = plan_.spec.sink.split_bytes;
  context.value_bytes_max = plan_.data_bytes_max + kTextProgramSlack;
  return context;
}

PartWriterOptions CopyRun::MakePartWriterOptions() const {
  PartWriterOptions options;
  const SinkSpec& sink = plan_.spec.sink;
  options.destination = destination_;
  options.progress = progress_;
  options.digest_algorithm = plan_.spec.digest;
  options.split_bytes = sink.split_bytes;
  options.split_rows = plan_.format->rows_max.value_or(0);
  options.part_extension = plan_.format->extensions.front();
  if (plan_.compression != nullptr) options.part_extension += plan_.compression->extension;
  bool directory = sink.split_bytes > 0 || sink.path.ends_with('/');
  if (!directory) options.single_name = sink.path;
  return options;
}

// Formats with a limit of rows fail at the first row past it, with their advice.
Status CheckRowsMax(const Format& format, int64_t rows) {
  if (!format.rows_max || rows <= *format.rows_max) return Status::OK();
  return Error(format.name + ".too_many_rows",
               fmt::format("the source has more rows than the {} that {} holds", *format.rows_max,
                           format.name),
               format.rows_max_hint);
}

Result<Outcome> CopyRun::RunText() {
  ARROW_ASSIGN_OR_RAISE(Framing framing, plan_.format->make_framing(MakeEncoderContext()));
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        TextPartWriter::Make(MakePartWriterOptions(), framing, plan_.compression,
                                             plan_.compression_level));
  auto take = [&](int64_t slice, Chunk chunk) {
    Status status = writer->Add(slice, chunk);
    buffers_.Return(std::move(chunk.bytes));
    return status;
  };
  ARROW_ASSIGN_OR_RAISE(Outcome outcome, DeliverAll<Chunk>(EncodeChunks(), take));
  ARROW_ASSIGN_OR_RAISE(outcome.parts, writer->Finish());
  return outcome;
}

Result<Outcome> CopyRun::RunFile() {
  if (WantsNested()) ARROW_RETURN_NOT_OK(InferNested());
  FilePartWriter writer(MakePartWriterOptions(), [this](ByteSink* sink) {
    return plan_.format->make_file_encoder(MakeEncoderContext(), sink);
  });
  int64_t rows = 0;
  // JSON's null becomes NULL as a struct, so the workers' counts do not hold for these columns.
  std::vector<int64_t> struct_nulls(WantsNested() ? nested_.json_columns().size() : 0, 0);
  auto take = [&](int64_t slice, const Batch& batch) -> Status {
    rows += batch->num_rows();
    if (!plan_.spec.sink.split_bytes) ARROW_RETURN_NOT_OK(CheckRowsMax(*plan_.format, rows));
    for (size_t i = 0; i < struct_nulls.size(); ++i) {
      struct_nulls[i] += batch->column(nested_.json_columns()[i])->null_count();
    }
    return writer.Add(slice, *batch);
  };
  ARROW_ASSIGN_OR_RAISE(Outcome outcome, DeliverAll<Batch>(PassBatches(), take));
  ARROW_ASSIGN_OR_RAISE(outcome.parts, writer.Finish());
  for (size_t i = 0; i < struct_nulls.size(); ++i) {
    outcome.nulls[nested_.json_columns()[i]] = struct_nulls[i];
  }
  outcome.column_encodings = writer.column_encodings();
  return outcome;
}

Result<Outcome> CopyRun::RunTable(BatchSink* sink) {
  PartRecord part;
  part.path = plan_.spec.sink.path;
  auto take = [&](int64_t, const Batch& batch) -> Status {
    part.rows += batch->num_rows();
    progress_->rows += batch->num_rows();
    return sink->Write(*batch);
  };
  ARROW_ASSIGN_OR_RAISE(Outcome outcome, DeliverAll<Batch>(PassBatches(), take));
  outcome.parts.push_back(std::move(part));
  return outcome;
}

std::string SchemaFingerprint(const std::vector<ColumnPlan>& columns) {
  auto digest = Digest::Make("sha256").ValueOrDie();
  for (const ColumnPlan& plan : columns) {
    digest->Update(fmt::format("{}:{} {} {}\n", plan.column.name.size(), plan.column.name,
                               plan.column.source_type, plan.column.field->type()->ToString()));
  }
  return digest->FinishHex();
}

void FillColumns(const Plan& plan, const Outcome& outcome, CompletionRecord* record) {
  for (size_t i = 0; i < plan.columns.size(); ++i) {
    const ColumnPlan& column = plan.columns[i];
    ColumnRecord entry;
    entry.name = column.column.name;
    entry.source_type = column.column.source_type;
    const arrow::Field& written = *outcome.schema->field(static_cast<int>(i));
    entry.arrow_type = written.type()->ToString();
    entry.target_type = column.target_type;
    if (!written.type()->Equals(*column.column.field->type())) {
      entry.target_type = plan.format->check(written, plan.spec.options).target_type;
    }
    Fidelity fidelity = column.fidelity;
    if (column.becomes_struct && written.type()->Equals(*column.column.field->type())) {
      fidelity = Fidelity::kExact;  // no struct could hold it, so it stayed text
    }
    entry.fidelity = ToString(fidelity);
    entry.note = column.note;
    if (i < outcome.column_encodings.size()) entry.encodings = outcome.column_encodings[i];
    entry.nulls = outcome.nulls[i];
    entry.count = record->rows - entry.nulls;
    if (fidelity == Fidelity::kLossy) record->lossy_columns.push_back(entry.name);
    record->columns.push_back(std::move(entry));
  }
}

double SecondsSince(Clock::time_point started) {
  return std::chrono::duration<double>(Clock::now() - started).count();
}

CompletionRecord MakeRecord(const OpenPlan& open, Outcome outcome, Clock::time_point started) {
  const Plan& plan = open.plan;
  const SourceDescription& description = open.source->description();
  CompletionRecord record;
  record.weir_version = kVersion;
  record.source = RedactSecrets(description.name);
  record.source_version = description.version;
  record.snapshot = description.snapshot;
  record.position = description.position;
  record.format = plan.format ? plan.format->name : plan.table_sink->name;
  record.compression = CompressionName(plan);
  record.digest_algorithm = plan.format ? plan.spec.digest : "none";
  record.schema_fingerprint = SchemaFingerprint(plan.columns);
  for (const PartRecord& part : outcome.parts) {
    record.rows += part.rows;
    record.bytes += part.bytes;
  }
  FillColumns(plan, outcome, &record);
  record.parts = std::move(outcome.parts);
  record.started = Rfc3339(started);
  record.ended = Rfc3339(Clock::now());
  record.seconds = SecondsSince(started);
  record.jobs = plan.spec.jobs;
  record.memory_bytes = plan.spec.memory_bytes;
  record.peak_rss_bytes = PeakRssBytes();
  record.libraries = plan.libraries;
  return record;
}

Result<CompletionRecord> RunReserved(OpenPlan* open, const Registry& registry, Progress* progress,
                                     std::stop_token stop) {
  auto started = Clock::now();
  const Plan& plan = open->plan;
  progress->rows_estimate = open->source->description().rows_estimate;
  if (plan.table_sink != nullptr) {
    ARROW_ASSIGN_OR_RAISE(auto sink,
                          plan.table_sink->open(plan.spec.sink, open->source->description().schema,
                                                plan.sink_engine_bytes));
    CopyRun run(open, &registry.nested, nullptr, progress, stop);
    ARROW_ASSIGN_OR_RAISE(Outcome outcome, run.RunTable(sink.get()));
    CompletionRecord record = MakeRecord(*open, std::move(outcome), started);
    if (stop.stop_requested()) return Interrupted();
    ARROW_RETURN_NOT_OK(sink->Finish());  // the last that may fail
    record.seconds = SecondsSince(started);
    record.peak_rss_bytes = PeakRssBytes();  // a database writes most at its end
    return record;
  }
  ARROW_ASSIGN_OR_RAISE(auto destination, registry.open_destination(plan.spec.sink, stop));
  CopyRun run(open, &registry.nested, destination.get(), progress, stop);
  ARROW_ASSIGN_OR_RAISE(Outcome outcome,
                        plan.format->make_slice_encoder ? run.RunText() : run.RunFile());
  CompletionRecord record = MakeRecord(*open, std::move(outcome), started);
  if (stop.stop_requested()) return Interrupted();
  ARROW_RETURN_NOT_OK(destination->Finish(ToJson(record)));  // the last that may fail
  return record;
}

}  // namespace

Result<CompletionRecord> RunPlan(OpenPlan* open, const Registry& registry,
                                 MemoryBudget* process_budget, Progress* progress,
                                 std::stop_token stop) {
  ReleaseLibraryPages();
  ARROW_ASSIGN_OR_RAISE(auto reservation,
                        Reservation::Take(process_budget, open->plan.data_bytes_max, stop));
  return CatchExhaustion([&] { return RunReserved(open, registry, progress, stop); });
}

Result<CompletionRecord> Copy(const CopySpec& spec, const Registry& registry,
                              MemoryBudget* process_budget, Progress* progress,
                              std::stop_token stop) {
  ARROW_ASSIGN_OR_RAISE(auto open, MakePlan(spec, registry, stop));
  ARROW_RETURN_NOT_OK(CheckPlan(open->plan));
  return RunPlan(open.get(), registry, process_budget, progress, std::move(stop));
}

}  // namespace weir
