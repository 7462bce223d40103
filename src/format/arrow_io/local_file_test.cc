#include "format/arrow_io/local_file.h"

#include <arrow/buffer.h>

#include "format/arrow_io/byte_sink_stream.h"
#include "format/arrow_io/file_columns.h"
#include "format/arrow_io/file_testing.h"

namespace weir {
namespace {

TEST(LocalFile, SaysWhyItCannotBeOpened) {
  auto missing = LocalFile::Open("/nonexistent/file.parquet");
  EXPECT_TRUE(IsErrorCode(missing.status(), "io.not_found")) << missing.status().ToString();
  auto directory = LocalFile::Open("/tmp");
  EXPECT_TRUE(IsErrorCode(directory.status(), "source.not_a_file"));
  auto device = LocalFile::Open("/dev/null");
  EXPECT_TRUE(IsErrorCode(device.status(), "source.not_a_file"));
}

TEST(LocalFile, ReadsNoFurtherThanTheFileGoes) {
  TemporaryFile temporary("0123456789");
  auto file = LocalFile::Open(temporary.path()).ValueOrDie();
  EXPECT_EQ(file->ReadAt(2, 3).ValueOrDie()->ToString(), "234");
  EXPECT_FALSE(file->hit_end());
  // A damaged length must not become an allocation.
  EXPECT_EQ(file->ReadAt(8, int64_t{1} << 60).ValueOrDie()->ToString(), "89");
  EXPECT_TRUE(file->hit_end());
  EXPECT_EQ(file->ReadAt(100, 5).ValueOrDie()->size(), 0);
  EXPECT_EQ(file->ReadAt(3, -5).ValueOrDie()->size(), 0);
  WEIR_ASSERT_OK(file->Seek(4));
  EXPECT_EQ(file->Read(3).ValueOrDie()->ToString(), "456");
  EXPECT_EQ(file->Tell().ValueOrDie(), 7);
}

TEST(LocalFile, MapsLargeReads) {
  std::string bytes;
  for (int i = 0; i < 20000; ++i) bytes += std::to_string(i);
  TemporaryFile temporary(bytes);
  auto file = LocalFile::Open(temporary.path()).ValueOrDie();
  file->set_mapped_bytes_min(1000);
  auto mapped = file->ReadAt(5001, 20000).ValueOrDie();
  EXPECT_EQ(mapped->ToString(), bytes.substr(5001, 20000));
  file->ReleaseMappedPages();
  EXPECT_EQ(mapped->ToString(), bytes.substr(5001, 20000));
  mapped.reset();
  file->ReleaseMappedPages();  // nothing is mapped any more
}

TEST(LocalFile, NoticesChanges) {
  TemporaryFile temporary("0123456789");
  auto file = LocalFile::Open(temporary.path()).ValueOrDie();
  WEIR_ASSERT_OK(file->CheckUnchanged());
  std::filesystem::resize_file(temporary.path(), 5);
  EXPECT_TRUE(IsErrorCode(file->CheckUnchanged(), "source.changed"));
  EXPECT_TRUE(IsErrorCode(file->ReadAt(4, 6).status(), "source.changed"));
}

TEST(ByteSinkStream, GathersSmallWritesAndKeepsTheOrder) {
  MemorySink sink;
  ByteSinkStream stream(&sink);
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    std::string piece(static_cast<size_t>(i % 100), static_cast<char>('a' + i % 26));
    if (i % 500 == 499) piece.assign(100'000, 'L');
    expected += piece;
    WEIR_ASSERT_OK(stream.Write(piece));
    EXPECT_EQ(stream.position(), static_cast<int64_t>(expected.size()));
  }
  WEIR_ASSERT_OK(stream.Flush());
  EXPECT_EQ(sink.bytes(), expected);
  EXPECT_LT(sink.writes(), 20);
  stream.Detach();
  EXPECT_FALSE(stream.Write("more").ok());
  EXPECT_EQ(sink.bytes(), expected);
}

TEST(FileColumns, AreChosenInOrderAndRenamed) {
  auto schema = arrow::schema({arrow::field("id", arrow::int64()),
                               arrow::field("created_at", arrow::date32()),
                               arrow::field("x", arrow::utf8()), arrow::field("x", arrow::utf8())});
  SourceSpec spec = FileSpec("some/dir/records.parquet");
  EXPECT_EQ(RelationName(spec.uri), "records");
  EXPECT_EQ(ChooseColumns(spec, *schema).ValueOrDie().indices, (std::vector<int>{0, 1, 2, 3}));
  spec.columns = {{"created_at", "created"}, {"id", "id"}, {"created_at", "again"}};
  auto columns = ChooseColumns(spec, *schema).ValueOrDie();
  EXPECT_EQ(columns.schema->field_names(), (std::vector<std::string>{"created", "id", "again"}));
  EXPECT_EQ(columns.FieldsToRead(), (std::vector<int>{0, 1}));
  EXPECT_EQ(columns.PositionsInRead(), (std::vector<int>{1, 0, 1}));

  spec.columns = {{"create_at", "c"}};
  Status unknown = ChooseColumns(spec, *schema).status();
  EXPECT_TRUE(IsErrorCode(unknown, "source.unknown_column"));
  EXPECT_NE(unknown.message().find("\"created_at\""), std::string::npos) << unknown.message();
  spec.columns = {{"x", "x"}};
  EXPECT_TRUE(IsErrorCode(ChooseColumns(spec, *schema).status(), "source.ambiguous_column"));
}

TEST(FileColumns, FilesAreNotQueried) {
  WEIR_ASSERT_OK(CheckFileSource(FileSpec("a.parquet")));
  for (int what = 0; what < 4; ++what) {
    SourceSpec spec = FileSpec("a.parquet");
    if (what == 0) spec.query = "SELECT 1";
    if (what == 1) spec.table = "t";
    if (what == 2) spec.where = "x > 1";
    if (what == 3) spec.order_by = {{"x"}};
    Status status = CheckFileSource(spec);
    EXPECT_TRUE(IsErrorCode(status, "usage.file_source"));
    EXPECT_NE(GetErrorInfo(status).hint.find("FROM 'a.parquet'"), std::string::npos);
  }
}

}  // namespace
}  // namespace weir
