#include "format/parquet/format.h"

#include <arrow/io/memory.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include "format/arrow_io/file_testing.h"

namespace weir {
namespace {

using arrow::field;

std::shared_ptr<parquet::FileMetaData> MetadataOf(const std::string& bytes) {
  std::shared_ptr<arrow::io::RandomAccessFile> file =
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes));
  return parquet::ParquetFileReader::Open(file)->metadata();
}

Result<std::shared_ptr<arrow::Table>> RoundTrip(
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
    const std::shared_ptr<arrow::Schema>& schema, const FormatOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(std::string bytes, Encode(ParquetFormat(), batches, schema, options));
  TemporaryFile file(bytes);
  return ReadFile(ParquetFormat(), FileSpec(file.path()));
}

// The only column of a one-column table, through a file and back.
Result<std::shared_ptr<arrow::ChunkedArray>> RoundTrip(const TestColumn& column,
                                                       const FormatOptions& options = {}) {
  auto batch = MakeBatch({column});
  ARROW_ASSIGN_OR_RAISE(auto table, RoundTrip({batch}, batch->schema(), options));
  return table->column(0);
}

TEST(ParquetFormat, EveryTypeComesBackAsItWentIn) {
  auto batch = MakeBatch(EveryType());
  auto expected = arrow::Table::FromRecordBatches({batch}).ValueOrDie();
  for (const char* compression : {"zstd", "snappy", "gzip", "none"}) {
    FormatOptions options;
    options.compression = compression;
    auto table = RoundTrip({batch}, batch->schema(), options);
    WEIR_ASSERT_OK(table.status());
    EXPECT_TRUE((*table)->schema()->Equals(*batch->schema(), /*check_metadata=*/true))
        << (*table)->schema()->ToString(true);
    for (int i = 0; i < batch->num_columns(); ++i) {
      EXPECT_TRUE((*table)->column(i)->Equals(expected->column(i)))
          << batch->schema()->field(i)->ToString() << (*table)->column(i)->ToString();
    }
  }
}

TEST(ParquetFormat, NoRowsOneRowOnlyNulls) {
  auto full = MakeBatch(EveryType());
  auto no_rows = RoundTrip({}, full->schema());
  WEIR_ASSERT_OK(no_rows.status());
  EXPECT_EQ((*no_rows)->num_rows(), 0);
  EXPECT_TRUE((*no_rows)->schema()->Equals(*full->schema(), /*check_metadata=*/true));
  auto empty_batch = RoundTrip({full->Slice(0, 0)}, full->schema());
  WEIR_ASSERT_OK(empty_batch.status());
  EXPECT_EQ((*empty_batch)->num_rows(), 0);

  auto one = RoundTrip({full->Slice(1, 1)}, full->schema());
  WEIR_ASSERT_OK(one.status());
  EXPECT_TRUE((*one)->Equals(*arrow::Table::FromRecordBatches({full->Slice(1, 1)}).ValueOrDie()));

  auto nullable = EveryType();
  std::erase_if(nullable, [](const TestColumn& column) { return !column.field->nullable(); });
  for (TestColumn& column : nullable) column.json = "[null, null, null]";
  auto nulls = MakeBatch(nullable);
  auto read = RoundTrip({nulls, nulls}, nulls->schema());
  WEIR_ASSERT_OK(read.status());
  EXPECT_TRUE((*read)->Equals(*arrow::Table::FromRecordBatches({nulls, nulls}).ValueOrDie()));
}

TEST(ParquetFormat, KindsAreLogicalTypes) {
  auto batch = MakeBatch(EveryType());
  auto bytes = Encode(ParquetFormat(), {batch}, batch->schema()).ValueOrDie();
  auto metadata = MetadataOf(bytes);
  auto leaf = [&](const std::string& name) {
    return metadata->schema()->Column(metadata->schema()->ColumnIndex(name));
  };
  EXPECT_TRUE(leaf("json")->logical_type()->is_JSON());
  EXPECT_TRUE(leaf("uuid")->logical_type()->is_UUID());
  EXPECT_TRUE(leaf("numeric")->logical_type()->is_string());
  EXPECT_EQ(leaf("decimal9")->physical_type(), parquet::Type::INT32);
  EXPECT_EQ(leaf("decimal18")->physical_type(), parquet::Type::INT64);
  EXPECT_EQ(leaf("decimal38")->physical_type(), parquet::Type::FIXED_LEN_BYTE_ARRAY);
  const auto& instant =
      static_cast<const parquet::TimestampLogicalType&>(*leaf("timestamptz")->logical_type());
  EXPECT_TRUE(instant.is_adjusted_to_utc());
  EXPECT_EQ(instant.time_unit(), parquet::LogicalType::TimeUnit::MICROS);
  const auto& local =
      static_cast<const parquet::TimestampLogicalType&>(*leaf("timestamp")->logical_type());
  EXPECT_FALSE(local.is_adjusted_to_utc());
}

TEST(ParquetFormat, MetadataLetsSparkReadOldDates) {
  auto batch = MakeBatch({{field("d", arrow::date32()), "[-719162]"}});
  FormatOptions options;
  options.level = 3;
  auto metadata =
      MetadataOf(Encode(ParquetFormat(), {batch}, batch->schema(), options).ValueOrDie());
  const auto& pairs = *metadata->key_value_metadata();
  EXPECT_EQ(pairs.Get("org.apache.spark.version").ValueOrDie(), "3.5.0");
  EXPECT_EQ(pairs.Get("weir.compression").ValueOrDie(), "zstd 3");
  EXPECT_TRUE(pairs.Contains("ARROW:schema"));
  EXPECT_EQ(metadata->version(), parquet::ParquetVersion::PARQUET_2_6);
}

TEST(ParquetFormat, TypesFewReadersKnowAreConverted) {
  using arrow::TimeUnit;
  auto us = arrow::timestamp(TimeUnit::MICRO, "Europe/Berlin");
  struct Case {
    std::shared_ptr<arrow::DataType> from, to;
    const char* json;
    const char* stored;
  };
  const Case cases[] = {
      {arrow::timestamp(TimeUnit::SECOND, "Europe/Berlin"), us, "[-1, null]", "[-1000000, null]"},
      {arrow::timestamp(TimeUnit::MILLI, "Europe/Berlin"), us, "[-1, null]", "[-1000, null]"},
      {arrow::timestamp(TimeUnit::NANO, "Europe/Berlin"), us, "[-1000, null]", "[-1, null]"},
      {arrow::time32(TimeUnit::SECOND), arrow::time32(TimeUnit::MILLI), "[1, null]",
       "[1000, null]"},
      {arrow::time64(TimeUnit::NANO), arrow::time64(TimeUnit::MICRO), "[2000, null]", "[2, null]"},
      {arrow::date64(), arrow::date32(), "[86400000, null]", "[1, null]"},
      {arrow::float16(), arrow::float32(), "[1.5, null]", "[1.5, null]"},
      {arrow::utf8_view(), arrow::utf8(), R"(["a view longer than 12", null])",
       R"(["a view longer than 12", null])"},
      {arrow::list(field("element", arrow::timestamp(TimeUnit::NANO))),
       arrow::list(field("element", arrow::timestamp(TimeUnit::MICRO))), "[[1000], null]",
       "[[1], null]"},
  };
  for (const Case& each : cases) {
    auto read = RoundTrip({field("c", each.from), each.json});
    WEIR_ASSERT_OK(read.status());
    EXPECT_TRUE((*read)->Equals(arrow::ChunkedArray(FromJson(each.to, each.stored))))
        << each.from->ToString() << (*read)->ToString();
  }
}

TEST(ParquetFormat, DictionariesAreWrittenDense) {
  auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  auto schema = arrow::schema({field("d", type)});
  auto batch = [&](const char* indices, const char* values) {
    auto array = arrow::json::DictArrayFromJSONString(type, indices, values).ValueOrDie();
    return arrow::RecordBatch::Make(schema, array->length(), {array});
  };
  // The dictionaries of two batches have nothing in common.
  auto table =
      RoundTrip({batch("[0, 1, null]", R"(["a", "b"])"), batch("[1]", R"(["c", "d"])")}, schema);
  WEIR_ASSERT_OK(table.status());
  auto column = arrow::Concatenate((*table)->column(0)->chunks()).ValueOrDie();
  EXPECT_TRUE(column->Equals(FromJson(arrow::utf8(), R"(["a", "b", null, "d"])")));
}

TEST(ParquetFormat, FinerTimesThanMicrosecondsEndTheCopyUnlessAllowed) {
  TestColumn column{field("t", arrow::timestamp(arrow::TimeUnit::NANO)), "[1000, null, -1001]"};
  Status failed = RoundTrip(column).status();
  EXPECT_TRUE(IsErrorCode(failed, "format.inexact_value")) << failed.ToString();
  EXPECT_NE(failed.message().find("column \"t\", row 3"), std::string::npos) << failed.message();
  FormatOptions options;
  options.allow_lossy = {"t"};
  auto cut = RoundTrip(column, options);
  WEIR_ASSERT_OK(cut.status());
  EXPECT_TRUE((*cut)->Equals(
      arrow::ChunkedArray(FromJson(arrow::timestamp(arrow::TimeUnit::MICRO), "[1, null, -2]"))));

  FormatVerdict strict = ParquetFormat().check(*column.field, {});
  EXPECT_EQ(strict.fidelity, Fidelity::kExact);
  EXPECT_FALSE(strict.note.empty());
  EXPECT_EQ(ParquetFormat().check(*column.field, options).fidelity, Fidelity::kLossy);
}

TEST(ParquetFormat, ColumnsWithoutAFormAreRefused) {
  auto check = [](std::shared_ptr<arrow::DataType> type, ValueKind kind = ValueKind::kPlain) {
    return ParquetFormat().check(*MakeField("c", std::move(type), kind), {});
  };
  EXPECT_EQ(check(arrow::month_day_nano_interval()).fidelity, Fidelity::kRefused);
  EXPECT_EQ(check(arrow::list(arrow::month_interval())).fidelity, Fidelity::kRefused);
  EXPECT_EQ(check(arrow::struct_({})).fidelity, Fidelity::kRefused);
  EXPECT_EQ(check(arrow::dense_union({field("a", arrow::int8())})).fidelity, Fidelity::kRefused);
  EXPECT_EQ(check(arrow::int64(), ValueKind::kTimestampTz2000).fidelity, Fidelity::kRefused);
  EXPECT_EQ(check(arrow::utf8(), ValueKind::kNumeric).fidelity, Fidelity::kWidened);
  EXPECT_EQ(check(arrow::float16()).fidelity, Fidelity::kWidened);
  EXPECT_EQ(check(arrow::duration(arrow::TimeUnit::MICRO)).fidelity, Fidelity::kWidened);
  EXPECT_NE(check(arrow::decimal256(39, 0)).note, "");
  for (const TestColumn& column : EveryType()) {
    FormatVerdict verdict = ParquetFormat().check(*column.field, {});
    EXPECT_LE(verdict.fidelity, Fidelity::kWidened) << column.field->ToString();
    EXPECT_NE(verdict.target_type, "") << column.field->ToString();
  }
  EXPECT_EQ(check(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")).target_type,
            "INT64 TIMESTAMP(us, UTC)");
  EXPECT_EQ(check(arrow::list(arrow::decimal128(18, 4))).target_type,
            "LIST of INT64 DECIMAL(18, 4)");
}

TEST(ParquetFormat, WrongOptionsAreAnsweredWithTheRightOnes) {
  auto validate = [](auto change) {
    FormatOptions options;
    change(&options);
    return ParquetFormat().validate(options);
  };
  WEIR_ASSERT_OK(validate([](FormatOptions*) {}));
  WEIR_ASSERT_OK(validate([](FormatOptions* options) { options->level = 22; }));
  Status status = validate([](FormatOptions* options) { options->compression = "zst"; });
  EXPECT_TRUE(IsErrorCode(status, "usage.unknown_compression"));
  EXPECT_NE(status.message().find("\"zstd\""), std::string::npos) << status.message();
  EXPECT_NE(GetErrorInfo(status).hint.find("zstd, snappy, gzip, none"), std::string::npos);
  EXPECT_TRUE(
      IsErrorCode(validate([](FormatOptions* options) { options->level = 23; }), "usage.level"));
  EXPECT_TRUE(IsErrorCode(validate([](FormatOptions* options) {
                            options->compression = "snappy";
                            options->level = 1;
                          }),
                          "usage.level"));
  EXPECT_TRUE(IsErrorCode(validate([](FormatOptions* options) { options->row_group_bytes = 0; }),
                          "usage.row_group_bytes"));
}

TEST(ParquetFormat, NamesMustTellColumnsApart) {
  Status none = Encode(ParquetFormat(), {}, arrow::schema({})).status();
  EXPECT_TRUE(IsErrorCode(none, "plan.unsupported")) << none.ToString();
  auto twice = arrow::schema({field("a", arrow::int32()), field("a", arrow::utf8())});
  EXPECT_TRUE(IsErrorCode(Encode(ParquetFormat(), {}, twice).status(), "plan.unsupported"));

  // Two leaves with the dotted path a.b, and encodings that suit only one of them.
  auto batch = MakeBatch({{field("a.b", arrow::int64()), "[1, 2, 3]"},
                          {field("a", arrow::struct_({field("b", arrow::utf8())})),
                           R"([{"b": "x"}, null, {"b": "x"}])"}});
  auto table = RoundTrip({batch}, batch->schema());
  WEIR_ASSERT_OK(table.status());
  EXPECT_TRUE((*table)->Equals(*arrow::Table::FromRecordBatches({batch}).ValueOrDie()));
}

}  // namespace
}  // namespace weir
