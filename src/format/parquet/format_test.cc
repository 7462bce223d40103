#include "format/parquet/format.h"

#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include "core/copy_spec.h"
#include "format/arrow_io/file_testing.h"

namespace weir {
namespace {

[[maybe_unused]] std::shared_ptr<parquet::FileMetaData> MetadataOf(const std::string& bytes) {
  auto file = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes));
  return parquet::ParquetFileReader::Open(file)->metadata();
}

TEST(ParquetFormat, EveryTypeComesBackAsItWentIn) {
  auto batch = MakeBatch(EveryType());
  auto expected = arrow::Table::FromRecordBatches({batch}).ValueOrDie();
  for (const char* compression : {"zstd", "snappy", "gzip", "none"}) {
    FormatOptions options;
    options.compression = compression;
    auto bytes = Encode(ParquetFormat(), {batch}, batch->schema(), options);
    WEIR_ASSERT_OK(bytes.status());
    TemporaryFile file(*bytes, ".parquet");
    auto table = ReadFile(ParquetFormat(), FileSpec(file.path()));
    WEIR_ASSERT_OK(table.status());
    ASSERT_EQ((*table)->num_columns(), batch->num_columns());
    for (int i = 0; i < batch->num_columns(); ++i) {
      EXPECT_TRUE((*table)->field(i)->Equals(*batch->schema()->field(i), /*check_metadata=*/true))
          << (*table)->field(i)->ToString(true) << " / " << batch->schema()->field(i)->ToString(true);
      EXPECT_TRUE((*table)->column(i)->Equals(expected->column(i)))
          << batch->schema()->field(i)->ToString() << (*table)->column(i)->ToString();
    }
  }
}

}  // namespace
}  // namespace weir
