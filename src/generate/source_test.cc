#include "generate/source.h"

#include <gtest/gtest.h>

#include <arrow/api.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>

#include "core/field.h"
#include "generate/awkward.h"

namespace weir {
namespace {

SourceSpec SpecOf(int64_t rows) {
  SourceSpec spec;
  spec.uri = "generate:records";
  spec.generate_count = rows;
  return spec;
}

std::unique_ptr<Source> OpenSource(const SourceSpec& spec, const ReadOptions& options = {}) {
  auto source = GenerateSource().open(spec, options, {});
  EXPECT_TRUE(source.ok()) << source.status();
  return source.ok() ? std::move(*source) : nullptr;
}

std::shared_ptr<arrow::Table> ReadSlice(Source* source, int64_t index) {
  auto reader = source->Open(source->SliceAt(index), {});
  EXPECT_TRUE(reader.ok()) << reader.status();
  return (*reader)->ToTable().ValueOrDie();
}

std::shared_ptr<arrow::Table> ReadAll(Source* source) {
  std::vector<std::shared_ptr<arrow::Table>> tables;
  for (int64_t i = 0; i < source->description().slice_count; ++i) {
    tables.push_back(ReadSlice(source, i));
  }
  return arrow::ConcatenateTables(tables).ValueOrDie()->CombineChunks().ValueOrDie();
}

template <typename ArrayType>
const ArrayType& ColumnAs(const arrow::Table& table, int column) {
  return static_cast<const ArrayType&>(*table.column(column)->chunk(0));
}

TEST(GenerateSource, EveryRowOnceInOrder) {
  auto source = OpenSource(SpecOf(70'001));
  EXPECT_EQ(source->description().slice_count, 3);
  EXPECT_EQ(source->description().rows_estimate, 70'001);
  auto table = ReadAll(source.get());
  ASSERT_EQ(table->num_rows(), 70'001);
  ASSERT_TRUE(table->ValidateFull().ok());
  const auto& ids = ColumnAs<arrow::Int64Array>(*table, 0);
  for (int64_t i = 0; i < ids.length(); ++i) ASSERT_EQ(ids.Value(i), i + 1);
}

TEST(GenerateSource, SchemaAndTypes) {
  auto typed = OpenSource(SpecOf(1));
  EXPECT_TRUE(typed->description().schema->Equals(arrow::Schema(
      {arrow::field("id", arrow::int64(), false),
       arrow::field("created_at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
       arrow::field("name", arrow::utf8()), arrow::field("value", arrow::decimal128(18, 4)),
       arrow::field("metadata", arrow::utf8())})))
      << typed->description().schema->ToString();
  EXPECT_EQ(KindOf(*typed->description().schema->field(4)), ValueKind::kJson);
  ReadOptions options;
  options.form.exact_text = true;
  auto text = OpenSource(SpecOf(1), options);
  EXPECT_EQ(KindOf(*text->description().schema->field(1)), ValueKind::kTimestampTz2000);
  EXPECT_EQ(KindOf(*text->description().schema->field(3)), ValueKind::kNumeric);
}

// The rows are a contract: published figures and checksums stand on them.
TEST(GenerateSource, RowsDoNotChange) {
  ReadOptions options;
  options.form.exact_text = true;
  auto table = ReadAll(OpenSource(SpecOf(20), options).get());
  const auto& names = ColumnAs<arrow::StringArray>(*table, 2);
  const auto& values = ColumnAs<arrow::StringArray>(*table, 3);
  const auto& metadata = ColumnAs<arrow::StringArray>(*table, 4);
  EXPECT_EQ(names.GetView(0), "Ada Lamarr 413489");
  EXPECT_EQ(values.GetView(0), "764289.5584");
  EXPECT_EQ(
      metadata.GetView(0),
      R"({"ok": true, "ref": 64129198, "tags": ["red"], "score": 74.20, "origin": "Zürich"})");
  EXPECT_EQ(names.GetView(12), "comma, separated");  // id 13
  EXPECT_EQ(values.GetView(12), "0.0000");
  EXPECT_EQ(metadata.GetView(12), "{}");
  EXPECT_EQ(ColumnAs<arrow::Int64Array>(*table, 1).Value(12), -946'684'800'000'000);
}

TEST(GenerateSource, TypedAndTextFormsAgree) {
  ReadOptions options;
  auto typed = ReadAll(OpenSource(SpecOf(40'000), options).get());
  options.form.exact_text = true;
  auto text = ReadAll(OpenSource(SpecOf(40'000), options).get());
  const auto& instants = ColumnAs<arrow::TimestampArray>(*typed, 1);
  const auto& instants2000 = ColumnAs<arrow::Int64Array>(*text, 1);
  const auto& decimals = ColumnAs<arrow::Decimal128Array>(*typed, 3);
  const auto& digits = ColumnAs<arrow::StringArray>(*text, 3);
  for (int64_t i = 0; i < 40'000; ++i) {
    ASSERT_EQ(instants.IsNull(i), instants2000.IsNull(i));
    ASSERT_EQ(decimals.IsNull(i), digits.IsNull(i));
    if (!instants.IsNull(i)) {
      ASSERT_EQ(instants.Value(i) - 946'684'800'000'000, instants2000.Value(i));
    }
    if (!decimals.IsNull(i)) {
      ASSERT_EQ(decimals.FormatValue(i), digits.GetString(i));
    }
  }
  for (int column : {0, 2, 4}) {
    EXPECT_TRUE(typed->column(column)->Equals(*text->column(column)));
  }
}

TEST(GenerateSource, BytesDoNotDependOnBatchesOrCount) {
  ReadOptions small;
  small.batch_bytes = 10'000;
  auto of_many = ReadSlice(OpenSource(SpecOf(1'000'000)).get(), 7);
  auto of_few = ReadSlice(OpenSource(SpecOf(8 * 32'768), small).get(), 7);
  EXPECT_GT(of_few->column(0)->num_chunks(), of_many->column(0)->num_chunks());
  EXPECT_TRUE(of_many->Equals(*of_few));
}

TEST(GenerateSource, BatchesHoldAboutWhatIsAsked) {
  auto source = OpenSource(SpecOf(32'768));
  auto reader = source->Open(source->SliceAt(0), {}).ValueOrDie();
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_TRUE(reader->ReadNext(&batch).ok());
  int64_t bytes = 0;
  for (const auto& column : batch->columns()) {
    for (const auto& buffer : column->data()->buffers) bytes += buffer ? buffer->size() : 0;
  }
  EXPECT_GT(bytes, 256 * 1024 * 3 / 4);
  EXPECT_LT(bytes, 256 * 1024 * 5 / 4);
}

TEST(GenerateSource, OneRowIn50IsAwkwardAndAllAwkwardValuesComeEarly) {
  auto table = ReadAll(OpenSource(SpecOf(50 * 31)).get());
  const auto& names = ColumnAs<arrow::StringArray>(*table, 2);
  std::set<std::string> seen;
  int64_t awkward = 0;
  std::set<std::string_view> wanted;
  for (const auto& name : AwkwardNames()) {
    if (name) wanted.insert(*name);
  }
  for (int64_t i = 0; i < names.length(); ++i) {
    bool is_awkward = names.IsNull(i) || wanted.contains(names.GetView(i));
    awkward += is_awkward;
    if (!names.IsNull(i)) seen.insert(names.GetString(i));
  }
  EXPECT_EQ(awkward, 31);
  for (std::string_view name : wanted) EXPECT_TRUE(seen.contains(std::string(name))) << name;
}

TEST(GenerateSource, MetadataIsJsonOfAbout80Bytes) {
  auto table = ReadAll(OpenSource(SpecOf(20'000)).get());
  const auto& metadata = ColumnAs<arrow::StringArray>(*table, 4);
  int64_t bytes = 0;
  for (int64_t i = 0; i < metadata.length(); ++i) {
    if (metadata.IsNull(i)) continue;
    ASSERT_TRUE(nlohmann::json::accept(metadata.GetView(i))) << metadata.GetView(i);
    bytes += static_cast<int64_t>(metadata.GetView(i).size());
  }
  EXPECT_GT(bytes / metadata.length(), 70);
  EXPECT_LT(bytes / metadata.length(), 90);
}

TEST(GenerateSource, ColumnsAndLimit) {
  SourceSpec spec = SpecOf(100'000);
  spec.columns = {{"value", "amount"}, {"id", "id"}, {"id", "again"}};
  spec.limit = 40'000;
  auto source = OpenSource(spec);
  EXPECT_EQ(source->description().slice_count, 2);
  EXPECT_EQ(source->description().schema->field_names(),
            (std::vector<std::string>{"amount", "id", "again"}));
  EXPECT_EQ(source->description().columns[0].name, "amount");
  auto table = ReadAll(source.get());
  EXPECT_EQ(table->num_rows(), 40'000);
  EXPECT_TRUE(table->column(1)->Equals(*table->column(2)));
  auto* projectable = dynamic_cast<ProjectableSource*>(source.get());
  auto reader = projectable->OpenColumns(source->SliceAt(1), {2}, {}).ValueOrDie();
  auto one = reader->ToTable().ValueOrDie();
  EXPECT_EQ(one->schema()->field_names(), std::vector<std::string>{"again"});
  EXPECT_EQ(one->num_rows(), 40'000 - 32'768);
}

TEST(GenerateSource, NoRows) {
  auto source = OpenSource(SpecOf(0));
  EXPECT_EQ(source->description().slice_count, 1);
  EXPECT_EQ(ReadAll(source.get())->num_rows(), 0);
}

TEST(GenerateSource, Errors) {
  auto code = [](const SourceSpec& spec) {
    auto source = GenerateSource().open(spec, {}, {});
    return source.ok() ? "" : GetErrorInfo(source.status()).code;
  };
  SourceSpec spec = SpecOf(10);
  spec.uri = "generate:recrods";
  EXPECT_EQ(code(spec), "generate.unknown_dataset");
  spec = SpecOf(10);
  spec.columns = {{"nmae", "nmae"}};
  EXPECT_EQ(code(spec), "generate.unknown_column");
  spec = SpecOf(-1);
  EXPECT_EQ(code(spec), "generate.count");
  spec.generate_count.reset();
  EXPECT_EQ(code(spec), "usage.missing_option");
  spec = SpecOf(10);
  spec.where = "id > 3";
  EXPECT_EQ(code(spec), "generate.unsupported");
}

TEST(GenerateSource, Stops) {
  auto source = OpenSource(SpecOf(100'000));
  std::stop_source stop;
  auto reader = source->Open(source->SliceAt(0), stop.get_token()).ValueOrDie();
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_TRUE(reader->ReadNext(&batch).ok());
  stop.request_stop();
  EXPECT_TRUE(IsErrorCode(reader->ReadNext(&batch), "interrupted"));
}

}  // namespace
}  // namespace weir
