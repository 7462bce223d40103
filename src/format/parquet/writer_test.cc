#include "format/parquet/writer.h"

#include <arrow/array/concatenate.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>

#include <random>

#include "format/arrow_io/file_testing.h"
#include "format/parquet/format.h"

namespace weir::parquet_format {
namespace {

using arrow::field;

constexpr int64_t kMiB = 1 << 20;

std::unique_ptr<parquet::ParquetFileReader> OpenBytes(const std::string& bytes) {
  std::shared_ptr<arrow::io::RandomAccessFile> file =
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes));
  parquet::ReaderProperties properties;
  properties.set_page_checksum_verification(true);
  return parquet::ParquetFileReader::Open(file, properties);
}

std::shared_ptr<arrow::Table> ReadTable(const std::string& bytes) {
  auto reader = parquet::arrow::FileReader::Make(arrow::default_memory_pool(), OpenBytes(bytes));
  return reader.ValueOrDie()->ReadTable().ValueOrDie();
}

// Rows like those of an events table: an id that grows, a time, a few statuses, a random text.
class Events {
 public:
  explicit Events(size_t text_bytes = 40) : text_bytes_(text_bytes) {}

  static std::shared_ptr<arrow::Schema> schema() {
    return arrow::schema({field("id", arrow::int64()),
                          field("at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                          field("status", arrow::utf8()), field("value", arrow::float64()),
                          MakeField("text", arrow::utf8(), ValueKind::kJson)});
  }

  std::shared_ptr<arrow::RecordBatch> Next(int64_t rows) {
    constexpr const char* kStatuses[] = {"new", "active", "closed", "archived"};
    arrow::Int64Builder id;
    arrow::TimestampBuilder at(schema()->field(1)->type(), arrow::default_memory_pool());
    arrow::StringBuilder status, text;
    arrow::DoubleBuilder value;
    std::string characters(text_bytes_, ' ');
    for (int64_t i = 0; i < rows; ++i) {
      time_ += static_cast<int64_t>(random_() % 1'000'000);
      for (char& character : characters) character = static_cast<char>('a' + random_() % 26);
      EXPECT_TRUE(id.Append(++id_).ok() && at.Append(time_).ok());
      EXPECT_TRUE(status.Append(kStatuses[random_() % 4]).ok());
      EXPECT_TRUE((id_ % 7 == 0 ? value.AppendNull() : value.Append(random_() * 0.5)).ok());
      EXPECT_TRUE(text.Append(characters).ok());
    }
    return arrow::RecordBatch::Make(
        schema(), rows,
        {id.Finish().ValueOrDie(), at.Finish().ValueOrDie(), status.Finish().ValueOrDie(),
         value.Finish().ValueOrDie(), text.Finish().ValueOrDie()});
  }

 private:
  const size_t text_bytes_;
  std::minstd_rand random_{42};
  int64_t id_ = 0;
  int64_t time_ = 1'700'000'000'000'000;
};

EncoderContext ContextFor(std::shared_ptr<arrow::Schema> schema, int64_t memory_bytes = 0) {
  EncoderContext context;
  context.schema = std::move(schema);
  context.memory_bytes = memory_bytes;
  return context;
}

TEST(ParquetWriter, RowGroupsCloseOnBytes) {
  for (int64_t target : {64 * 1024, 300 * 1024, 1024 * 1024}) {
    EncoderContext context = ContextFor(Events::schema());
    context.options.row_group_bytes = target;
    MemorySink sink;
    auto encoder = ParquetEncoder::Make(context, &sink, arrow::default_memory_pool()).ValueOrDie();
    Events events;
    // Batches far larger and far smaller than a row group.
    for (int64_t rows : {30'000, 10, 1, 5'000, 700, 700, 30'000}) {
      WEIR_ASSERT_OK(encoder->Write(*events.Next(rows)));
      EXPECT_LE(encoder->position().bytes_buffered, std::max<int64_t>(2 * kMiB, target));
    }
    WEIR_ASSERT_OK(encoder->Finish());
    auto reader = OpenBytes(sink.bytes());
    auto metadata = reader->metadata();
    EXPECT_EQ(metadata->num_rows(), 66'411);
    ASSERT_GT(metadata->num_row_groups(), 1);
    for (int i = 0; i < metadata->num_row_groups(); ++i) {
      auto row_group = metadata->RowGroup(i);
      int64_t bytes = 0;
      for (int c = 0; c < row_group->num_columns(); ++c) {
        bytes += row_group->ColumnChunk(c)->total_compressed_size();
      }
      EXPECT_LE(bytes, target + target / 8) << i << " of " << target;
      bool last = i + 1 == metadata->num_row_groups();
      EXPECT_GE(bytes, last ? 1 : target / 3) << i;
    }
  }
}

// Has no memory for one allocation, and for all others.
class FailingPool final : public arrow::ProxyMemoryPool {
 public:
  explicit FailingPool(int64_t nth) : ProxyMemoryPool(arrow::system_memory_pool()), nth_(nth) {}
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override {
    ARROW_RETURN_NOT_OK(Count());
    return ProxyMemoryPool::Allocate(size, alignment, out);
  }
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** ptr) override {
    ARROW_RETURN_NOT_OK(Count());
    return ProxyMemoryPool::Reallocate(old_size, new_size, alignment, ptr);
  }
  int64_t count() const { return count_; }

 private:
  arrow::Status Count() {
    return ++count_ == nth_ ? arrow::Status::OutOfMemory("none left") : arrow::Status::OK();
  }

  const int64_t nth_;
  int64_t count_ = 0;
};

TEST(ParquetWriter, EveryAllocationMayFail) {
  int64_t nth = 1;
  for (; nth < 10000; ++nth) {
    FailingPool pool(nth);
    MemorySink sink;
    auto encoder =
        ParquetEncoder::Make(ContextFor(Events::schema(), 8 * kMiB), &sink, &pool).ValueOrDie();
    Status status = encoder->Write(*Events().Next(3000));
    if (status.ok()) status = encoder->Finish();
    if (pool.count() < nth) {
      ASSERT_TRUE(status.ok()) << status;
      break;
    }
    ASSERT_TRUE(status.IsOutOfMemory()) << nth << ": " << status;
  }
  EXPECT_GT(nth, 100);
  EXPECT_LT(nth, 10000);
}

TEST(ParquetWriter, ManyColumnsAreGatheredAndWrittenOneByOne) {
  constexpr int kColumns = 400;
  arrow::FieldVector fields;
  for (int i = 0; i < kColumns; ++i) fields.push_back(field(std::to_string(i), arrow::int64()));
  auto schema = arrow::schema(fields);
  arrow::ProxyMemoryPool pool(arrow::default_memory_pool());
  MemorySink sink;
  auto encoder = ParquetEncoder::Make(ContextFor(schema, 8 * kMiB), &sink, &pool).ValueOrDie();
  arrow::RecordBatchVector batches;
  for (int64_t first = 0; first < 6000; first += 100) {
    arrow::ArrayVector columns;
    for (int c = 0; c < kColumns; ++c) {
      arrow::Int64Builder values;
      for (int64_t row = first; row < first + 100; ++row) EXPECT_TRUE(values.Append(row * c).ok());
      columns.push_back(values.Finish().ValueOrDie());
    }
    batches.push_back(arrow::RecordBatch::Make(schema, 100, columns));
    WEIR_ASSERT_OK(encoder->Write(*batches.back()));
    EXPECT_LE(encoder->position().bytes_buffered, 4 * kMiB);
  }
  WEIR_ASSERT_OK(encoder->Finish());
  EXPECT_EQ(encoder->position().rows_written, 6000);
  EXPECT_EQ(encoder->position().bytes_written, static_cast<int64_t>(sink.bytes().size()));
  EXPECT_EQ(encoder->column_encodings().size(), size_t{kColumns});
  auto expected = arrow::Table::FromRecordBatches(batches).ValueOrDie();
  EXPECT_TRUE(ReadTable(sink.bytes())->Equals(*expected));
  int row_groups = OpenBytes(sink.bytes())->metadata()->num_row_groups();
  EXPECT_GE(row_groups, 4);
  EXPECT_LE(row_groups, 12);
}

TEST(ParquetWriter, ManyColumnsAndNoRows) {
  arrow::FieldVector fields;
  for (int i = 0; i < 400; ++i) fields.push_back(field(std::to_string(i), arrow::utf8()));
  MemorySink sink;
  auto encoder = ParquetEncoder::Make(ContextFor(arrow::schema(fields), 8 * kMiB), &sink,
                                      arrow::default_memory_pool())
                     .ValueOrDie();
  WEIR_ASSERT_OK(encoder->Finish());
  EXPECT_EQ(ReadTable(sink.bytes())->num_columns(), 400);
  EXPECT_EQ(ReadTable(sink.bytes())->num_rows(), 0);
}

TEST(ParquetWriter, ALargeRowIsARowGroupOfItsOwn) {
  constexpr int64_t kLarge = 6 * kMiB;
  arrow::StringBuilder a, b;
  arrow::Int64Builder id;
  for (int row = 0; row < 5; ++row) {
    EXPECT_TRUE(id.Append(row).ok());
    EXPECT_TRUE(a.Append(std::string(row == 2 ? kLarge : 3, static_cast<char>('a' + row))).ok());
    EXPECT_TRUE(b.Append(std::string(row == 2 ? kLarge : 3, static_cast<char>('A' + row))).ok());
  }
  auto schema = arrow::schema(
      {field("id", arrow::int64()), field("a", arrow::utf8()), field("b", arrow::utf8())});
  auto batch = arrow::RecordBatch::Make(
      schema, 5, {id.Finish().ValueOrDie(), a.Finish().ValueOrDie(), b.Finish().ValueOrDie()});
  arrow::ProxyMemoryPool pool(arrow::default_memory_pool());
  MemorySink sink;
  auto encoder = ParquetEncoder::Make(ContextFor(schema, 21 * kMiB), &sink, &pool).ValueOrDie();
  WEIR_ASSERT_OK(encoder->Write(*batch));
  WEIR_ASSERT_OK(encoder->Finish());
  // One of the two columns at a time: a page, the page with its levels, and the compressed one.
  EXPECT_LE(pool.max_memory(), 4 * kLarge);
  EXPECT_TRUE(
      ReadTable(sink.bytes())->Equals(*arrow::Table::FromRecordBatches({batch}).ValueOrDie()));
  auto metadata = OpenBytes(sink.bytes())->metadata();
  ASSERT_EQ(metadata->num_row_groups(), 3);
  EXPECT_EQ(metadata->RowGroup(1)->num_rows(), 1);
}

TEST(ParquetWriter, MemoryDoesNotGrowWithRows) {
  // Room for one row group of the default kind in a program of 75 MiB.
  constexpr int64_t kMemory = 21 * kMiB;
  std::vector<int64_t> peaks;
  for (int64_t rows : {500'000, 1'000'000}) {
    arrow::ProxyMemoryPool pool(arrow::default_memory_pool());
    MemorySink sink;
    auto encoder =
        ParquetEncoder::Make(ContextFor(Events::schema(), kMemory), &sink, &pool).ValueOrDie();
    Events events(20);
    for (int64_t done = 0; done < rows; done += 2000) {
      WEIR_ASSERT_OK(encoder->Write(*events.Next(2000)));
    }
    WEIR_ASSERT_OK(encoder->Finish());
    encoder.reset();
    EXPECT_EQ(pool.bytes_allocated(), 0);
    peaks.push_back(pool.max_memory());
  }
  EXPECT_LE(peaks[1], kMemory);
  EXPECT_LE(peaks[1], peaks[0] + peaks[0] / 20);
}

TEST(ParquetWriter, ManyColumnsFitIntoTheMemory) {
  constexpr int kColumns = 1600;
  constexpr int64_t kMemory = 21 * kMiB;
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  auto numbers = FromJson(arrow::int64(), "[1, null, 3, 1000000007]");
  auto texts = FromJson(arrow::utf8(), R"(["some text", null, "other text", "x"])");
  for (int i = 0; i < kColumns; ++i) {
    arrays.push_back(i % 2 == 0 ? numbers : texts);
    fields.push_back(field("column_" + std::to_string(i), arrays.back()->type()));
  }
  auto batch = arrow::RecordBatch::Make(arrow::schema(fields), 4, arrays);
  arrow::ProxyMemoryPool pool(arrow::default_memory_pool());
  MemorySink sink;
  auto encoder =
      ParquetEncoder::Make(ContextFor(batch->schema(), kMemory), &sink, &pool).ValueOrDie();
  constexpr int kBatches = 150;
  for (int i = 0; i < kBatches; ++i) WEIR_ASSERT_OK(encoder->Write(*batch));
  WEIR_ASSERT_OK(encoder->Finish());
  EXPECT_LE(pool.max_memory(), kMemory);
  auto metadata = OpenBytes(sink.bytes())->metadata();
  EXPECT_EQ(metadata->num_rows(), 4 * kBatches);
  EXPECT_EQ(metadata->num_columns(), kColumns);
  EXPECT_GT(metadata->num_row_groups(), 1);
  auto table = ReadTable(sink.bytes());
  EXPECT_TRUE(table->column(1599)->Slice(4 * kBatches - 4)->Equals(arrow::ChunkedArray(texts)));
}

TEST(ParquetWriter, LongRowsFitIntoTheMemory) {
  constexpr int64_t kMemory = 21 * kMiB;
  arrow::ProxyMemoryPool pool(arrow::default_memory_pool());
  MemorySink sink;
  auto encoder =
      ParquetEncoder::Make(ContextFor(Events::schema(), kMemory), &sink, &pool).ValueOrDie();
  Events events(100'000);
  // One batch of 20 MB among small ones.
  for (int64_t rows : {200, 2, 3, 1, 100}) WEIR_ASSERT_OK(encoder->Write(*events.Next(rows)));
  WEIR_ASSERT_OK(encoder->Finish());
  EXPECT_LE(pool.max_memory(), kMemory);
  EXPECT_EQ(ReadTable(sink.bytes())->num_rows(), 306);
}

TEST(ParquetWriter, ARowLargerThanARowGroupIsARowGroup) {
  EncoderContext context = ContextFor(Events::schema());
  context.options.row_group_bytes = 50'000;
  MemorySink sink;
  auto encoder = ParquetEncoder::Make(context, &sink, arrow::default_memory_pool()).ValueOrDie();
  Events events(100'000);
  for (int i = 0; i < 3; ++i) WEIR_ASSERT_OK(encoder->Write(*events.Next(2)));
  WEIR_ASSERT_OK(encoder->Finish());
  auto metadata = OpenBytes(sink.bytes())->metadata();
  EXPECT_EQ(metadata->num_row_groups(), 6);
  EXPECT_EQ(ReadTable(sink.bytes())->num_rows(), 6);
}

TEST(ParquetWriter, EncodingsFollowTheData) {
  MemorySink sink;
  auto encoder =
      ParquetEncoder::Make(ContextFor(Events::schema()), &sink, arrow::default_memory_pool())
          .ValueOrDie();
  Events events;
  for (int i = 0; i < 20; ++i) WEIR_ASSERT_OK(encoder->Write(*events.Next(2000)));
  WEIR_ASSERT_OK(encoder->Finish());
  const auto chosen = encoder->column_encodings();
  ASSERT_EQ(chosen.size(), 5u);
  EXPECT_EQ(chosen[0], "DELTA_BINARY_PACKED");
  EXPECT_EQ(chosen[1], "DELTA_BINARY_PACKED");
  EXPECT_EQ(chosen[2], "RLE_DICTIONARY");
  EXPECT_TRUE(chosen[3].starts_with("PLAIN")) << chosen[3];
  auto metadata = OpenBytes(sink.bytes())->metadata();
  auto row_group = metadata->RowGroup(0);
  auto has = [&](int column, parquet::Encoding::type encoding) {
    auto encodings = row_group->ColumnChunk(column)->encodings();
    return std::find(encodings.begin(), encodings.end(), encoding) != encodings.end();
  };
  EXPECT_TRUE(has(0, parquet::Encoding::DELTA_BINARY_PACKED));
  EXPECT_TRUE(has(2, parquet::Encoding::RLE_DICTIONARY));
  EXPECT_FALSE(has(0, parquet::Encoding::RLE_DICTIONARY));
}

TEST(ParquetWriter, ListsAreNotWrittenAsDeltas) {
  auto values = std::make_shared<arrow::Int64Builder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), values);
  for (int i = 0; i < 20'000; ++i) {
    WEIR_ASSERT_OK(lists.Append());
    WEIR_ASSERT_OK(values->Append(1'451'606'400'000'000 + i));
  }
  auto array = lists.Finish().ValueOrDie();
  auto flat = static_cast<const arrow::ListArray&>(*array).values();
  auto schema = arrow::schema({field("list", array->type()), field("flat", flat->type())});
  auto batch = arrow::RecordBatch::Make(schema, array->length(), {array, flat});
  MemorySink sink;
  auto encoder =
      ParquetEncoder::Make(ContextFor(schema), &sink, arrow::default_memory_pool()).ValueOrDie();
  WEIR_ASSERT_OK(encoder->Write(*batch));
  WEIR_ASSERT_OK(encoder->Finish());
  const auto chosen = encoder->column_encodings();
  EXPECT_TRUE(chosen[0].starts_with("PLAIN")) << chosen[0];
  EXPECT_EQ(chosen[1], "DELTA_BINARY_PACKED");
}

TEST(ParquetWriter, ALevelThatWasAskedForIsTheOnlyOne) {
  // Times that grow, but for some that spoil the deltas.
  arrow::Int64Builder builder;
  std::minstd_rand random(1);
  int64_t time = 1'451'606'400'000'000;
  for (int i = 0; i < 20'000; ++i) {
    time += static_cast<int64_t>(random() % 7'000'000 + random() % 7'000'000);
    WEIR_ASSERT_OK(builder.Append(i % 50 == 0 ? -1 : time));
  }
  auto batch = arrow::RecordBatch::Make(arrow::schema({field("n", arrow::int64())}), 20'000,
                                        {builder.Finish().ValueOrDie()});
  size_t bytes[2];
  for (bool asked : {false, true}) {
    EncoderContext context = ContextFor(batch->schema());
    if (asked) context.options.level = 1;
    MemorySink sink;
    auto encoder = ParquetEncoder::Make(context, &sink, arrow::default_memory_pool()).ValueOrDie();
    WEIR_ASSERT_OK(encoder->Write(*batch));
    WEIR_ASSERT_OK(encoder->Finish());
    bool has_level = encoder->column_encodings()[0].find(" level 3") != std::string::npos;
    EXPECT_EQ(has_level, !asked) << encoder->column_encodings()[0];
    bytes[asked] = sink.bytes().size();
  }
  EXPECT_LT(bytes[0], bytes[1]);
}

TEST(ParquetWriter, EncodingsOfNestedColumnsAreNamedByPath) {
  auto record = arrow::struct_({field("a", arrow::int64()), field("b", arrow::utf8())});
  auto batch = MakeBatch({{field("s", record), R"([{"a": 1, "b": "x"}, null])"}});
  MemorySink sink;
  auto encoder =
      ParquetEncoder::Make(ContextFor(batch->schema()), &sink, arrow::default_memory_pool())
          .ValueOrDie();
  WEIR_ASSERT_OK(encoder->Write(*batch));
  WEIR_ASSERT_OK(encoder->Finish());
  EXPECT_EQ(encoder->column_encodings(), (std::vector<std::string>{"s.a PLAIN, s.b PLAIN"}));
}

TEST(ParquetWriter, SameRowsSameBytes) {
  std::string files[2];
  for (std::string& file : files) {
    EncoderContext context = ContextFor(Events::schema(), 21 * kMiB);
    context.options.row_group_bytes = 200'000;
    MemorySink sink;
    auto encoder = ParquetEncoder::Make(context, &sink, arrow::default_memory_pool()).ValueOrDie();
    Events events;
    for (int i = 0; i < 30; ++i) WEIR_ASSERT_OK(encoder->Write(*events.Next(1000)));
    WEIR_ASSERT_OK(encoder->Finish());
    file = sink.bytes();
  }
  EXPECT_TRUE(files[0] == files[1]);
}

TEST(ParquetWriter, PageIndexPointsToThePages) {
  EncoderContext context = ContextFor(Events::schema());
  context.options.row_group_bytes = 500'000;
  MemorySink sink;
  auto encoder = ParquetEncoder::Make(context, &sink, arrow::default_memory_pool()).ValueOrDie();
  Events events;
  for (int i = 0; i < 40; ++i) WEIR_ASSERT_OK(encoder->Write(*events.Next(2000)));
  WEIR_ASSERT_OK(encoder->Finish());
  auto reader = OpenBytes(sink.bytes());
  const int row_groups = reader->metadata()->num_row_groups();
  ASSERT_GT(row_groups, 3);
  int64_t first_id = 1;
  for (int g = 0; g < row_groups; ++g) {
    auto indexes = reader->GetPageIndexReader()->RowGroup(g);
    auto row_group = reader->metadata()->RowGroup(g);
    ASSERT_NE(indexes, nullptr);
    auto offsets = indexes->GetOffsetIndex(0);
    ASSERT_NE(offsets, nullptr);
    EXPECT_EQ(offsets->page_locations()[0].offset, row_group->ColumnChunk(0)->data_page_offset());
    auto pages = std::dynamic_pointer_cast<parquet::Int64ColumnIndex>(indexes->GetColumnIndex(0));
    ASSERT_NE(pages, nullptr);
    EXPECT_EQ(pages->min_values()[0], first_id);
    first_id += row_group->num_rows();
    EXPECT_EQ(pages->max_values().back(), first_id - 1);
    EXPECT_EQ(indexes->GetColumnIndex(4), nullptr) << "JSON has no order";
  }
}

TEST(ParquetWriter, AFailedSinkFailsTheCopyAndIsLeftAlone) {
  EncoderContext context = ContextFor(Events::schema());
  context.options.row_group_bytes = 100'000;
  bool clean = false;
  for (int64_t fail_at = 0; !clean; ++fail_at) {
    ASSERT_LT(fail_at, 1000);
    MemorySink sink(fail_at);
    Status status;
    {
      auto encoder =
          ParquetEncoder::Make(context, &sink, arrow::default_memory_pool()).ValueOrDie();
      Events events;
      for (int i = 0; i < 20 && status.ok(); ++i) status = encoder->Write(*events.Next(1000));
      if (status.ok()) status = encoder->Finish();
    }
    clean = status.ok();
    if (clean) {
      EXPECT_GT(fail_at, 5);
      break;
    }
    EXPECT_TRUE(IsErrorCode(status, "io.no_space")) << status.ToString();
    EXPECT_EQ(sink.failures(), 1) << "written to after a failure";
  }
}

TEST(ParquetWriter, AnEncoderThatIsNotFinishedWritesNoFooter) {
  EncoderContext context = ContextFor(Events::schema());
  context.options.row_group_bytes = 100'000;
  MemorySink sink;
  size_t before = 0;
  {
    auto encoder = ParquetEncoder::Make(context, &sink, arrow::default_memory_pool()).ValueOrDie();
    Events events;
    for (int i = 0; i < 20; ++i) WEIR_ASSERT_OK(encoder->Write(*events.Next(1000)));
    EXPECT_GT(encoder->position().bytes_buffered, 0);
    before = sink.bytes().size();
    EXPECT_EQ(encoder->position().bytes_written, static_cast<int64_t>(before));
    EXPECT_GT(encoder->position().rows_written, 0);
    EXPECT_LT(encoder->position().rows_written, 20'000);
  }
  EXPECT_EQ(sink.bytes().size(), before);
}

}  // namespace
}  // namespace weir::parquet_format
