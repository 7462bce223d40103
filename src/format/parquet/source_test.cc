#include "format/parquet/source.h"

#include <arrow/io/memory.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>

#include "format/arrow_io/file_testing.h"
#include "format/arrow_io/row_bytes.h"
#include "format/parquet/format.h"

namespace weir::parquet_format {
namespace {

using arrow::field;

// A file as another program writes it, by Arrow's own means.
std::string ForeignFile(const arrow::Table& table,
                        parquet::WriterProperties::Builder properties = {},
                        parquet::ArrowWriterProperties::Builder arrow_properties = {},
                        int64_t row_group_rows = 1 << 20) {
  auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  EXPECT_TRUE(parquet::arrow::WriteTable(table, arrow::default_memory_pool(), sink, row_group_rows,
                                         properties.build(), arrow_properties.build())
                  .ok());
  return sink->Finish().ValueOrDie()->ToString();
}

std::shared_ptr<arrow::Table> Numbers(int64_t rows) {
  arrow::Int64Builder id;
  arrow::StringBuilder text;
  for (int64_t i = 0; i < rows; ++i) {
    EXPECT_TRUE(id.Append(i).ok() && text.Append("row " + std::to_string(i)).ok());
  }
  return arrow::Table::Make(
      arrow::schema({field("id", arrow::int64()), field("text", arrow::utf8())}),
      {id.Finish().ValueOrDie(), text.Finish().ValueOrDie()});
}

Result<std::shared_ptr<arrow::Table>> Read(const std::string& bytes,
                                           const ReadOptions& options = {}) {
  TemporaryFile file(bytes);
  return ReadFile(ParquetFormat(), FileSpec(file.path()), options);
}

TEST(ParquetSource, ASliceIsARowGroup) {
  auto table = Numbers(1000);
  TemporaryFile file(ForeignFile(*table, {}, {}, 300));
  auto source = ParquetSource::Make(FileSpec(file.path()), {}).ValueOrDie();
  const SourceDescription& description = source->description();
  EXPECT_EQ(description.slice_count, 4);
  EXPECT_EQ(description.rows_estimate, 1000);
  EXPECT_EQ(description.columns[0].source_type, "INT64");
  EXPECT_EQ(description.columns[1].source_type, "BYTE_ARRAY String");
  EXPECT_NE(description.version.find("parquet-cpp-arrow"), std::string::npos);
  EXPECT_NE(source->SliceAt(2).locator.find("row group 2"), std::string::npos);
  EXPECT_TRUE(ReadAll(source.get()).ValueOrDie()->Equals(*table));
  // Slices are read in any order, and again.
  for (int64_t slice : {3, 1, 3}) {
    auto reader = source->Open(source->SliceAt(slice), {}).ValueOrDie();
    auto rows = reader->ToTable().ValueOrDie();
    EXPECT_TRUE(rows->Equals(*table->Slice(300 * slice, 300)));
  }
}

TEST(ParquetSource, ColumnsAreChosenAndRenamed) {
  auto record = arrow::struct_({field("a", arrow::int32()), field("b", arrow::int32())});
  auto batch = MakeBatch({{field("x", arrow::int32()), "[1, 2]"},
                          {field("s", record), R"([{"a": 3, "b": 4}, null])"},
                          {field("y", arrow::utf8()), R"(["c", "d"])"}});
  TemporaryFile file(Encode(ParquetFormat(), {batch}, batch->schema()).ValueOrDie());
  SourceSpec spec = FileSpec(file.path());
  spec.columns = {{"y", "why"}, {"s", "s"}, {"y", "y"}};
  auto table = ReadFile(ParquetFormat(), spec);
  WEIR_ASSERT_OK(table.status());
  EXPECT_EQ((*table)->ColumnNames(), (std::vector<std::string>{"why", "s", "y"}));
  EXPECT_TRUE((*table)->column(0)->chunk(0)->Equals(batch->column(2)));
  EXPECT_TRUE((*table)->column(1)->chunk(0)->Equals(batch->column(1)));
  EXPECT_TRUE((*table)->column(2)->chunk(0)->Equals(batch->column(2)));

  auto source = ParquetSource::Make(spec, {}).ValueOrDie();
  auto projected = source->OpenColumns(source->SliceAt(0), {1}, {}).ValueOrDie();
  EXPECT_TRUE(projected->ToTable().ValueOrDie()->column(0)->chunk(0)->Equals(batch->column(1)));

  spec.columns = {{"z", "z"}};
  EXPECT_TRUE(IsErrorCode(ReadFile(ParquetFormat(), spec).status(), "source.unknown_column"));
  spec.columns.clear();
  spec.where = "x > 1";
  EXPECT_TRUE(IsErrorCode(ReadFile(ParquetFormat(), spec).status(), "usage.file_source"));
}

TEST(ParquetSource, TheLimitEndsInTheRightRowGroup) {
  auto table = Numbers(1000);
  TemporaryFile file(ForeignFile(*table, {}, {}, 300));
  for (int64_t limit : {0, 1, 299, 300, 301, 999, 1000, 5000}) {
    SourceSpec spec = FileSpec(file.path());
    spec.limit = limit;
    auto source = ParquetSource::Make(spec, {}).ValueOrDie();
    EXPECT_EQ(source->description().slice_count, (std::min<int64_t>(limit, 1000) + 299) / 300);
    EXPECT_EQ(source->description().rows_estimate, std::min<int64_t>(limit, 1000));
    auto rows = ReadAll(source.get()).ValueOrDie();
    EXPECT_TRUE(rows->Equals(*table->Slice(0, limit))) << limit;
  }
}

TEST(ParquetSource, BatchesStaySmallWhateverTheFileHides) {
  // A dictionary of one long value: 64 000 rows take 64 MB and next to nothing in the file.
  arrow::StringBuilder builder;
  const std::string value(1000, 'v');
  for (int i = 0; i < 64'000; ++i) WEIR_ASSERT_OK(builder.Append(value));
  auto table = arrow::Table::Make(arrow::schema({field("text", arrow::utf8())}),
                                  {builder.Finish().ValueOrDie()});
  std::string bytes = ForeignFile(*table);
  ASSERT_LT(bytes.size(), 20'000u);
  TemporaryFile file(bytes);
  ReadOptions options;
  options.batch_bytes = 256 * 1024;
  auto source = ParquetSource::Make(FileSpec(file.path()), options).ValueOrDie();
  auto reader = source->Open(source->SliceAt(0), {}).ValueOrDie();
  const int64_t before = arrow::default_memory_pool()->bytes_allocated();
  int64_t rows = 0, peak = 0;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    WEIR_ASSERT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    EXPECT_LE(RowBytes(*batch, 0, batch->num_rows()), options.batch_bytes);
    rows += batch->num_rows();
    peak = std::max(peak, arrow::default_memory_pool()->bytes_allocated() - before);
  }
  EXPECT_EQ(rows, 64'000);
  EXPECT_LE(peak, 4 << 20);
}

TEST(ParquetSource, ForeignFormsBecomeOurs) {
  auto nanos = arrow::timestamp(arrow::TimeUnit::NANO);
  auto dictionary = arrow::dictionary(arrow::int32(), arrow::utf8());
  auto categories =
      arrow::json::DictArrayFromJSONString(dictionary, "[0, null, 0]", R"(["x"])").ValueOrDie();
  auto table = arrow::Table::Make(
      arrow::schema({field("d", dictionary), field("t", nanos), field("v", arrow::utf8_view())},
                    arrow::key_value_metadata({"pandas"}, {"{}"})),
      {categories, FromJson(nanos, "[1, null, -1]"),
       FromJson(arrow::utf8_view(), R"(["a", null, "longer than twelve"])")});
  auto read =
      Read(ForeignFile(*table, {}, *parquet::ArrowWriterProperties::Builder().store_schema()));
  WEIR_ASSERT_OK(read.status());
  EXPECT_TRUE((*read)->schema()->Equals(
      *arrow::schema({field("d", arrow::utf8()), field("t", nanos), field("v", arrow::utf8())}),
      /*check_metadata=*/true))
      << (*read)->schema()->ToString(true);
  EXPECT_TRUE((*read)->column(0)->chunk(0)->Equals(FromJson(arrow::utf8(), R"(["x", null, "x"])")));
  EXPECT_TRUE((*read)->column(1)->chunk(0)->Equals(FromJson(nanos, "[1, null, -1]")));
}

TEST(ParquetSource, Int96IsMicrosecondsAndLossyUnlessSparkWroteIt) {
  auto micros = arrow::timestamp(arrow::TimeUnit::MICRO);
  // Years 1 and 9999 have no nanoseconds in 64 bits.
  auto times = FromJson(micros, "[-62135596800000000, null, 1, 253402300799999999]");
  for (bool spark : {false, true}) {
    auto metadata = arrow::key_value_metadata({spark ? "org.apache.spark.version" : "k"}, {"3.1"});
    auto table = arrow::Table::Make(arrow::schema({field("t", micros)}, metadata), {times});
    TemporaryFile file(ForeignFile(*table, {},
                                   *parquet::ArrowWriterProperties::Builder()
                                        .enable_deprecated_int96_timestamps()
                                        ->store_schema()));
    auto source = ParquetSource::Make(FileSpec(file.path()), {}).ValueOrDie();
    EXPECT_EQ(source->description().columns[0].source_type, "INT96");
    EXPECT_EQ(source->description().columns[0].fidelity,
              spark ? Fidelity::kExact : Fidelity::kLossy);
    auto read = ReadAll(source.get()).ValueOrDie();
    EXPECT_TRUE(read->column(0)->chunk(0)->Equals(times)) << read->ToString();
  }
}

TEST(ParquetSource, LargeValuesAndInvalidTextAreRefusedByPlace) {
  auto table = Numbers(10);
  ReadOptions options;
  options.value_bytes_max = 4;
  Status large = Read(ForeignFile(*table), options).status();
  EXPECT_TRUE(IsErrorCode(large, "memory.value_too_large")) << large.ToString();
  EXPECT_NE(large.message().find("column \"text\", row 1 "), std::string::npos) << large.message();

  auto broken = arrow::Table::Make(
      arrow::schema({field("text", arrow::utf8())}),
      {FromJson(arrow::binary(), R"(["ok", "bad"])")->View(arrow::utf8()).ValueOrDie()});
  std::string bytes = ForeignFile(*broken);
  bytes[bytes.find("bad")] = '\xff';
  Status invalid = Read(bytes).status();
  EXPECT_TRUE(IsErrorCode(invalid, "parquet.corrupt")) << invalid.ToString();
  EXPECT_NE(invalid.message().find("column \"text\""), std::string::npos) << invalid.message();
}

TEST(ParquetSource, StopsWhenAsked) {
  TemporaryFile file(ForeignFile(*Numbers(10)));
  auto source = ParquetSource::Make(FileSpec(file.path()), {}).ValueOrDie();
  std::stop_source stop;
  auto reader = source->Open(source->SliceAt(0), stop.get_token()).ValueOrDie();
  stop.request_stop();
  std::shared_ptr<arrow::RecordBatch> batch;
  EXPECT_TRUE(IsErrorCode(reader->ReadNext(&batch), "interrupted"));
}

TEST(ParquetSource, AFileThatChangesIsNotReadOn) {
  TemporaryFile file(ForeignFile(*Numbers(10)));
  auto source = ParquetSource::Make(FileSpec(file.path()), {}).ValueOrDie();
  std::ofstream(file.path(), std::ios::app) << "more";
  auto reader = source->Open(source->SliceAt(0), {}).ValueOrDie();
  std::shared_ptr<arrow::RecordBatch> batch;
  EXPECT_TRUE(IsErrorCode(reader->ReadNext(&batch), "source.changed"));
}

TEST(ParquetSource, OtherFilesAreCorrupt) {
  for (const char* bytes : {"", "PAR1", "PAR1PAR1", "id,name\n1,x\n"}) {
    Status status = Read(bytes).status();
    EXPECT_TRUE(IsErrorCode(status, "parquet.corrupt")) << status.ToString();
    EXPECT_NE(status.message().find("/proc/self/fd/"), std::string::npos);
  }
  EXPECT_TRUE(IsErrorCode(ReadFile(ParquetFormat(), FileSpec("/nonexistent.parquet")).status(),
                          "io.not_found"));
}

TEST(ParquetSource, CutFilesAreCorrupt) {
  auto batch = MakeBatch(EveryType());
  std::string bytes = Encode(ParquetFormat(), {batch}, batch->schema()).ValueOrDie();
  for (size_t length = 0; length < bytes.size(); length += 97) {
    Status status = Read(bytes.substr(0, length)).status();
    EXPECT_TRUE(IsErrorCode(status, "parquet.corrupt")) << length << status.ToString();
  }
}

// Every page carries a checksum: no flipped bit in the data may go unnoticed. The footer has none,
// so a flip there may change a name or a statistic, but must not crash or hang.
TEST(ParquetSource, FlippedBitsInPagesAreFound) {
  auto batch = MakeBatch(EveryType());
  const std::string bytes = Encode(ParquetFormat(), {batch}, batch->schema()).ValueOrDie();
  auto expected = arrow::Table::FromRecordBatches({batch}).ValueOrDie();
  uint32_t footer_bytes = 0;
  std::memcpy(&footer_bytes, bytes.data() + bytes.size() - 8, 4);
  int found = 0, unnoticed = 0;
  for (size_t at = 4; at < bytes.size(); at += 29) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
    auto table = Read(flipped);
    if (!table.ok()) {
      std::string code = GetErrorInfo(table.status()).code;
      EXPECT_TRUE(code.starts_with("parquet.") || code.starts_with("memory.")) << code;
      ++found;
    } else if (at < bytes.size() - 8 - footer_bytes) {
      EXPECT_TRUE((*table)->Equals(*expected)) << "silently wrong after a flip at " << at;
      ++unnoticed;
    }
  }
  EXPECT_GT(found, 50);
  // Page headers have fields nobody needs.
  EXPECT_LT(unnoticed, found);
}

}  // namespace
}  // namespace weir::parquet_format
