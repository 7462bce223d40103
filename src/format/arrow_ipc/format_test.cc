#include "format/arrow_ipc/format.h"

#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>

#include "format/arrow_io/file_testing.h"
#include "format/arrow_io/row_bytes.h"

namespace weir {
namespace {

using arrow::field;

Result<std::shared_ptr<arrow::Table>> Read(const std::string& bytes,
                                           const ReadOptions& options = {}) {
  TemporaryFile file(bytes);
  return ReadFile(ArrowIpcFormat(), FileSpec(file.path()), options);
}

Result<std::shared_ptr<arrow::Table>> RoundTrip(
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
    const std::shared_ptr<arrow::Schema>& schema, const FormatOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(std::string bytes, Encode(ArrowIpcFormat(), batches, schema, options));
  return Read(bytes);
}

// As other programs write the file format.
std::string ForeignFile(const arrow::RecordBatchVector& batches,
                        const arrow::ipc::IpcWriteOptions& options = {}) {
  auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  auto writer = arrow::ipc::MakeFileWriter(sink, batches[0]->schema(), options).ValueOrDie();
  for (const auto& batch : batches) EXPECT_TRUE(writer->WriteRecordBatch(*batch).ok());
  EXPECT_TRUE(writer->Close().ok());
  return sink->Finish().ValueOrDie()->ToString();
}

std::shared_ptr<arrow::RecordBatch> Numbers(int64_t rows, int64_t first = 0) {
  arrow::Int64Builder id;
  arrow::StringBuilder text;
  for (int64_t i = first; i < first + rows; ++i) {
    EXPECT_TRUE(id.Append(i).ok());
    EXPECT_TRUE((i % 5 == 0 ? text.AppendNull() : text.Append("row " + std::to_string(i))).ok());
  }
  return arrow::RecordBatch::Make(
      arrow::schema({field("id", arrow::int64()), field("text", arrow::utf8())}), rows,
      {id.Finish().ValueOrDie(), text.Finish().ValueOrDie()});
}

std::vector<TestColumn> EveryArrowType() {
  std::vector<TestColumn> columns = EveryType();
  columns.push_back({field("half", arrow::float16()), "[1.5, -0.0, null, 2]"});
  columns.push_back({field("ns", arrow::timestamp(arrow::TimeUnit::NANO)), "[1, 0, null, -1]"});
  columns.push_back({field("interval", arrow::month_day_nano_interval()),
                     "[[1, 2, 3], [0, 0, 0], null, [-1, -2, -3]]"});
  columns.push_back({field("fixed_list", arrow::fixed_size_list(arrow::int8(), 2)),
                     "[[1, 2], [3, null], null, [4, 5]]"});
  return columns;
}

TEST(ArrowIpc, EveryTypeComesBackAsItWentIn) {
  auto batch = MakeBatch(EveryArrowType());
  auto expected = arrow::Table::FromRecordBatches({batch}).ValueOrDie();
  for (const char* compression : {"none", "zstd", "lz4"}) {
    FormatOptions options;
    options.compression = compression;
    auto table = RoundTrip({batch}, batch->schema(), options);
    WEIR_ASSERT_OK(table.status());
    EXPECT_TRUE((*table)->schema()->Equals(*batch->schema(), /*check_metadata=*/true))
        << (*table)->schema()->ToString(true);
    EXPECT_TRUE((*table)->Equals(*expected)) << (*table)->ToString();
  }
  for (const TestColumn& column : EveryArrowType()) {
    EXPECT_LE(ArrowIpcFormat().check(*column.field, {}).fidelity, Fidelity::kWidened);
    EXPECT_NE(ArrowIpcFormat().check(*column.field, {}).target_type, "");
  }
}

TEST(ArrowIpc, KindsAreCanonicalExtensionTypes) {
  auto batch = MakeBatch(EveryType());
  std::string bytes = Encode(ArrowIpcFormat(), {batch}, batch->schema()).ValueOrDie();
  auto input = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes));
  auto schema = arrow::ipc::RecordBatchStreamReader::Open(input).ValueOrDie()->schema();
  EXPECT_EQ(schema->GetFieldByName("json")->type()->ToString(), "extension<arrow.json>");
  EXPECT_EQ(schema->GetFieldByName("uuid")->type()->ToString(), "extension<arrow.uuid>");
  EXPECT_EQ(KindOf(*schema->GetFieldByName("numeric")), ValueKind::kNumeric);
}

TEST(ArrowIpc, NoRowsNoColumns) {
  auto full = MakeBatch(EveryArrowType());
  auto no_rows = RoundTrip({full->Slice(0, 0)}, full->schema());
  WEIR_ASSERT_OK(no_rows.status());
  EXPECT_EQ((*no_rows)->num_rows(), 0);
  EXPECT_TRUE((*no_rows)->schema()->Equals(*full->schema(), /*check_metadata=*/true));
  auto no_columns = arrow::RecordBatch::Make(arrow::schema({}), 3, arrow::ArrayVector{});
  WEIR_ASSERT_OK(RoundTrip({no_columns}, no_columns->schema()).status());
}

TEST(ArrowIpc, BytesDependOnTheRowsAlone) {
  auto rows = Numbers(20'000);
  FormatOptions options;
  options.row_group_bytes = 10'000;
  std::vector<std::string> files;
  for (int64_t step : {20'000, 7'777, 1'000, 13}) {
    arrow::RecordBatchVector batches;
    for (int64_t first = 0; first < rows->num_rows(); first += step) {
      batches.push_back(rows->Slice(first, step));
    }
    files.push_back(Encode(ArrowIpcFormat(), batches, rows->schema(), options).ValueOrDie());
    EXPECT_TRUE(files.back() == files.front()) << step;
  }
  auto input = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(files[0]));
  auto reader = arrow::ipc::RecordBatchStreamReader::Open(input).ValueOrDie();
  int64_t batches = 0;
  for (const auto& batch : reader->ToRecordBatches().ValueOrDie()) {
    EXPECT_LE(RowBytes(*batch, 0, batch->num_rows()), 10'000);
    ++batches;
  }
  EXPECT_GT(batches, 30);
  EXPECT_LT(batches, 80);
}

TEST(ArrowIpc, MemoryIsBounded) {
  EncoderContext context;
  context.schema = Numbers(1)->schema();
  context.memory_bytes = 8 << 20;
  MemorySink sink;
  auto encoder = ArrowIpcFormat().make_file_encoder(context, &sink).ValueOrDie();
  const int64_t before = arrow::default_memory_pool()->bytes_allocated();
  int64_t peak = 0;
  for (int64_t i = 0; i < 200; ++i) {
    WEIR_ASSERT_OK(encoder->Write(*Numbers(2'000, i * 2'000)));
    EXPECT_LE(encoder->position().bytes_buffered, 2 << 20);
    peak = std::max(peak, arrow::default_memory_pool()->bytes_allocated() - before);
  }
  EXPECT_LE(peak, context.memory_bytes);
  WEIR_ASSERT_OK(encoder->Finish());
  EXPECT_EQ((*Read(sink.bytes()))->num_rows(), 400'000);
}

TEST(ArrowIpc, FailedSinksFailTheCopyAndAreLeftAlone) {
  FormatOptions options;
  options.row_group_bytes = 10'000;
  bool clean = false;
  for (int64_t fail_at = 0; !clean; ++fail_at) {
    ASSERT_LT(fail_at, 100);
    MemorySink sink(fail_at);
    EncoderContext context{.schema = Numbers(1)->schema(), .options = options};
    auto encoder = ArrowIpcFormat().make_file_encoder(context, &sink).ValueOrDie();
    Status status;
    for (int i = 0; i < 5 && status.ok(); ++i) status = encoder->Write(*Numbers(1000, i * 1000));
    if (status.ok()) status = encoder->Finish();
    encoder.reset();
    clean = status.ok();
    EXPECT_TRUE(clean || IsErrorCode(status, "io.no_space")) << status.ToString();
    EXPECT_EQ(sink.failures(), clean ? 0 : 1);
  }
}

TEST(ArrowIpc, FilesAreReadToo) {
  auto batch = MakeBatch(EveryArrowType());
  auto schema = arrow::schema(batch->schema()->fields());
  auto expected = arrow::Table::FromRecordBatches({batch, batch}).ValueOrDie();
  TemporaryFile file(ForeignFile({batch, batch}));
  auto source = ArrowIpcFormat().open_source(FileSpec(file.path()), {}).ValueOrDie();
  EXPECT_EQ(source->description().rows_estimate, 8);
  EXPECT_EQ(source->description().version, "Arrow IPC file");
  EXPECT_EQ(source->description().slice_count, 1);
  EXPECT_TRUE(ReadAll(source.get()).ValueOrDie()->Equals(*expected));
}

TEST(ArrowIpc, DictionariesAreReadDense) {
  auto type = arrow::dictionary(arrow::int32(), arrow::utf8());
  auto array =
      arrow::json::DictArrayFromJSONString(type, "[0, null, 1]", R"(["x", "y"])").ValueOrDie();
  auto batch = arrow::RecordBatch::Make(arrow::schema({field("d", type)}), 3, {array});
  auto table = Read(ForeignFile({batch}));
  WEIR_ASSERT_OK(table.status());
  EXPECT_TRUE(
      (*table)->column(0)->chunk(0)->Equals(FromJson(arrow::utf8(), R"(["x", null, "y"])")));
}

TEST(ArrowIpc, ColumnsAreChosenAndRowsLimited) {
  auto batch = Numbers(1000);
  for (bool stream : {true, false}) {
    std::string bytes = stream ? Encode(ArrowIpcFormat(), {batch}, batch->schema()).ValueOrDie()
                               : ForeignFile({batch});
    TemporaryFile file(bytes);
    SourceSpec spec = FileSpec(file.path());
    spec.columns = {{"text", "t"}, {"id", "id"}, {"text", "u"}};
    spec.limit = 10;
    auto table = ReadFile(ArrowIpcFormat(), spec);
    WEIR_ASSERT_OK(table.status());
    EXPECT_EQ((*table)->ColumnNames(), (std::vector<std::string>{"t", "id", "u"}));
    EXPECT_EQ((*table)->num_rows(), 10);
    EXPECT_TRUE((*table)->column(2)->chunk(0)->Equals(batch->column(1)->Slice(0, 10)));
    spec.columns = {{"txt", "t"}};
    EXPECT_TRUE(IsErrorCode(ReadFile(ArrowIpcFormat(), spec).status(), "source.unknown_column"));
  }
}

// Other programs write a whole table as one record batch.
TEST(ArrowIpc, OneHugeBatchIsReadInPieces) {
  auto batch = Numbers(800'000);
  auto expected = arrow::Table::FromRecordBatches({batch}).ValueOrDie();
  const int64_t bytes = RowBytes(*batch, 0, batch->num_rows());
  ASSERT_GT(bytes, 12 << 20);
  for (bool stream : {true, false}) {
    FormatOptions options;
    options.row_group_bytes = int64_t{1} << 30;
    TemporaryFile file(
        stream ? Encode(ArrowIpcFormat(), {batch}, batch->schema(), options).ValueOrDie()
               : ForeignFile({batch}));
    auto source = ArrowIpcFormat().open_source(FileSpec(file.path()), {}).ValueOrDie();
    auto reader = source->Open(source->SliceAt(0), {}).ValueOrDie();
    const int64_t before = arrow::default_memory_pool()->bytes_allocated();
    int64_t rows = 0, peak = 0;
    while (true) {
      std::shared_ptr<arrow::RecordBatch> piece;
      WEIR_ASSERT_OK(reader->ReadNext(&piece));
      if (piece == nullptr) break;
      EXPECT_TRUE(piece->Equals(*batch->Slice(rows, piece->num_rows())));
      rows += piece->num_rows();
      peak = std::max(peak, arrow::default_memory_pool()->bytes_allocated() - before);
    }
    EXPECT_EQ(rows, 800'000);
    EXPECT_LE(peak, 1 << 20) << (stream ? "stream" : "file");
  }
}

TEST(ArrowIpc, CutStreamsAreTruncated) {
  auto batch = Numbers(100);
  FormatOptions options;
  options.row_group_bytes = 1000;
  const std::string bytes =
      Encode(ArrowIpcFormat(), {batch}, batch->schema(), options).ValueOrDie();
  for (size_t length = 4; length < bytes.size(); ++length) {
    Status status = Read(bytes.substr(0, length)).status();
    EXPECT_TRUE(IsErrorCode(status, "arrow.truncated")) << length << " " << status.ToString();
  }
  WEIR_ASSERT_OK(Read(bytes).status());
  const std::string file = ForeignFile({batch});
  for (size_t length = 6; length < file.size(); length += 7) {
    Status status = Read(file.substr(0, length)).status();
    EXPECT_TRUE(IsErrorCode(status, "arrow.truncated")) << length << " " << status.ToString();
  }
}

TEST(ArrowIpc, OtherFilesAreCorrupt) {
  for (const char* bytes : {"PAR1PAR1", "id,name\n1,x\n",
                            "\x7f"
                            "ELF and more"}) {
    Status status = Read(bytes).status();
    EXPECT_TRUE(IsErrorCode(status, "arrow.corrupt")) << status.ToString();
  }
  EXPECT_TRUE(IsErrorCode(Read("").status(), "arrow.truncated"));
  EXPECT_TRUE(IsErrorCode(ReadFile(ArrowIpcFormat(), FileSpec("/nonexistent.arrow")).status(),
                          "io.not_found"));
}

// The format has no checksums: a flipped bit may change a value, but must not crash.
TEST(ArrowIpc, FlippedBitsDoNotCrash) {
  auto batch = MakeBatch(EveryType());
  for (const std::string& bytes :
       {Encode(ArrowIpcFormat(), {batch}, batch->schema()).ValueOrDie(), ForeignFile({batch})}) {
    int failed = 0;
    for (size_t at = 0; at < bytes.size(); at += 5) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
      auto table = Read(flipped);
      if (table.ok()) continue;
      ++failed;
      std::string code = GetErrorInfo(table.status()).code;
      EXPECT_TRUE(code.starts_with("arrow.") || code.starts_with("memory.") ||
                  code == "source.unknown_column")
          << table.status().ToString();
    }
    EXPECT_GT(failed, 0);
  }
}

TEST(ArrowIpc, WrongOptionsAreAnsweredWithTheRightOnes) {
  FormatOptions options;
  options.compression = "snappy";
  Status status = ArrowIpcFormat().validate(options);
  EXPECT_TRUE(IsErrorCode(status, "usage.unknown_compression"));
  EXPECT_NE(GetErrorInfo(status).hint.find("zstd, lz4, none"), std::string::npos);
  options.compression = "lz4";
  options.level = 2;
  EXPECT_TRUE(IsErrorCode(ArrowIpcFormat().validate(options), "usage.level"));
  options.compression = "zstd";
  WEIR_ASSERT_OK(ArrowIpcFormat().validate(options));
  options.row_group_bytes = -1;
  EXPECT_TRUE(IsErrorCode(ArrowIpcFormat().validate(options), "usage.row_group_bytes"));
}

}  // namespace
}  // namespace weir
