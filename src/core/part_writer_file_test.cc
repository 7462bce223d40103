// FilePartWriter; part_writer_text_test.cc has the other.
#include "base/crc64.h"
#include "core/copy_testing.h"
#include "core/part_writer.h"

namespace weir {
namespace {

// Writes each batch only when the next one comes.
class LateEncoder : public FileEncoder {
 public:
  explicit LateEncoder(ByteSink* sink) : blocks_(sink, 1) {}

  Status Write(const arrow::RecordBatch& batch) override {
    if (held_ != nullptr) ARROW_RETURN_NOT_OK(blocks_.Write(*held_));
    held_ = batch.Slice(0);
    return Status::OK();
  }
  Status Finish() override {
    if (held_ != nullptr) ARROW_RETURN_NOT_OK(blocks_.Write(*held_));
    return blocks_.Finish();
  }
  FileEncoderPosition position() const override { return blocks_.position(); }

 private:
  BlockEncoder blocks_;
  BatchPointer held_;
};

class FilePartWriterTest : public testing::Test {
 protected:
  FilePartWriterTest() {
    options_.destination = &destination_;
    options_.progress = &progress_;
    options_.digest_algorithm = "sha256";
    options_.part_extension = ".blocks";
    options_.single_name = "out.blocks";
  }

  void Open(int64_t block_bytes) {
    writer_ = std::make_unique<FilePartWriter>(
        options_, [block_bytes](ByteSink* sink) -> Result<std::unique_ptr<FileEncoder>> {
          return std::make_unique<BlockEncoder>(sink, block_bytes);
        });
  }
  void OpenLate() {
    writer_ = std::make_unique<FilePartWriter>(
        options_, [](ByteSink* sink) -> Result<std::unique_ptr<FileEncoder>> {
          return std::make_unique<LateEncoder>(sink);
        });
  }
  void OpenParts(int64_t block_bytes, int64_t split_bytes, int64_t split_rows = 0) {
    options_.single_name = "";
    options_.split_bytes = split_bytes;
    options_.split_rows = split_rows;
    Open(block_bytes);
  }
  // Rows of three bytes each.
  void Add(int64_t slice, int64_t first, int64_t rows) {
    ASSERT_TRUE(writer_->Add(slice, *Numbers(first, rows)).ok());
  }
  std::vector<PartRecord> Finish() { return writer_->Finish().ValueOrDie(); }

  // Groups must cover the file without a gap and say which rows they hold.
  void CheckRecord(const PartRecord& record) {
    const std::string& text = files_.finished.at(record.path);
    EXPECT_EQ(record.bytes, static_cast<int64_t>(text.size()));
    EXPECT_EQ(record.text_bytes, record.bytes);
    int64_t rows = 0, offset = 0;
    for (const SliceGroupRecord& group : record.slices) {
      const std::string part = text.substr(group.offset, group.bytes);
      const auto lines = std::count(part.begin(), part.end(), '\n');
      EXPECT_EQ(group.offset, offset);
      EXPECT_EQ(group.crc64, Crc64Hex(Crc64(0, part)));
      EXPECT_EQ(group.rows, part.ends_with("end\n") ? lines - 1 : lines);
      rows += group.rows;
      offset += group.bytes;
    }
    EXPECT_EQ(offset, record.bytes);
    EXPECT_EQ(record.rows, rows);
  }

  MemoryFiles files_;
  MemoryDestination destination_{&files_};
  Progress progress_;
  PartWriterOptions options_;
  std::unique_ptr<FilePartWriter> writer_;
};

TEST_F(FilePartWriterTest, WritesOneFile) {
  Open(9);
  Add(0, 10, 2);
  Add(0, 12, 2);
  Add(2, 14, 1);
  EXPECT_EQ(progress_.rows, 5);
  EXPECT_TRUE(writer_->column_encodings().empty());
  const auto records = Finish();
  EXPECT_EQ(files_.finished.at("out.blocks"), "10\n11\n12\n13\n14\nend\n");
  ASSERT_EQ(writer_->column_encodings().size(), 1u);
  EXPECT_EQ(writer_->column_encodings()[0], std::vector<std::string>{"in blocks"});
  ASSERT_EQ(records.size(), 1u);
  CheckRecord(records[0]);
  ASSERT_EQ(records[0].slices.size(), 1u);
  EXPECT_EQ(records[0].slices[0].first_slice, 0);
  EXPECT_EQ(records[0].slices[0].slice_count, 3);
}

TEST_F(FilePartWriterTest, NoRowsMakeAFileToo) {
  Open(9);
  const auto records = Finish();
  EXPECT_EQ(files_.finished.at("out.blocks"), "end\n");
  ASSERT_EQ(records.size(), 1u);
  CheckRecord(records[0]);
  EXPECT_EQ(records[0].rows, 0);
}

TEST_F(FilePartWriterTest, SplitsByBytesWrittenAndBuffered) {
  OpenParts(9, 12);
  for (int64_t slice = 0; slice < 5; ++slice) Add(slice, 10 + 2 * slice, 2);
  const auto records = Finish();
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(files_.finished.at("part-00000.blocks"), "10\n11\n12\n13\nend\n");
  EXPECT_EQ(files_.finished.at("part-00001.blocks"), "14\n15\n16\n17\nend\n");
  EXPECT_EQ(files_.finished.at("part-00002.blocks"), "18\n19\nend\n");
  for (const PartRecord& record : records) CheckRecord(record);
}

TEST_F(FilePartWriterTest, SplitsBeforeTooManyRows) {
  OpenParts(9, 1 << 20, 5);
  for (int64_t slice = 0; slice < 5; ++slice) Add(slice, 10 + 2 * slice, 2);
  const auto records = Finish();
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].rows, 4);
  EXPECT_EQ(records[1].rows, 4);
  EXPECT_EQ(records[2].rows, 2);
  for (const PartRecord& record : records) CheckRecord(record);
}

TEST_F(FilePartWriterTest, AsManyRowsAsAllowedFillAPart) {
  OpenParts(9, 1 << 20, 6);
  for (int64_t slice = 0; slice < 3; ++slice) Add(slice, 10 + 2 * slice, 2);
  const auto records = Finish();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].rows, 6);
}

TEST_F(FilePartWriterTest, AFileThatIsNotSplitHoldsAnyNumberOfRows) {
  options_.split_rows = 1;
  Open(9);
  Add(0, 10, 2);
  Add(1, 12, 2);
  EXPECT_EQ(Finish().size(), 1u);
}

TEST_F(FilePartWriterTest, APartNamesNoSliceOfTheNext) {
  OpenParts(9, 12);
  Add(3, 10, 4);
  Add(5, 14, 4);
  Add(5, 18, 4);
  const auto records = Finish();
  ASSERT_EQ(records.size(), 3u);
  const std::vector<int64_t> slices = {3, 5, 5};
  for (size_t i = 0; i < records.size(); ++i) {
    ASSERT_EQ(records[i].slices.size(), 1u);
    EXPECT_EQ(records[i].slices[0].first_slice, slices[i]) << i;
    EXPECT_EQ(records[i].slices[0].slice_count, 1) << i;
  }
}

// An encoder may write a slice's last rows long after it was given them.
TEST_F(FilePartWriterTest, GroupsNameTheSlicesOfTheirRows) {
  constexpr int64_t kRows = 24, kRowBytes = 100'000;  // 2.4 MB a slice
  constexpr int64_t kBlockRows = 88;                  // 8.8 MB: amid the fourth slice
  const BatchPointer batch = LongTexts(kRows, kRowBytes - 1);
  for (bool late : {false, true}) {
    files_.open.clear();
    late ? OpenLate() : Open(kBlockRows * kRowBytes);
    for (int64_t slice = 0; slice < 9; ++slice) ASSERT_TRUE(writer_->Add(slice, *batch).ok());
    const auto records = Finish();
    CheckRecord(records[0]);
    int64_t row = 0;
    EXPECT_GE(records[0].slices.size(), 3u);
    for (const SliceGroupRecord& group : records[0].slices) {
      EXPECT_EQ(group.first_slice, row / kRows);
      row += group.rows;
      EXPECT_EQ(group.first_slice + group.slice_count - 1, (row - 1) / kRows);
    }
    EXPECT_EQ(row, 9 * kRows);
  }
}

TEST_F(FilePartWriterTest, EveryFailureIsPassedOn) {
  options_.single_name = "";
  options_.split_bytes = 6;
  int steps = 0, step_to_fail = 0;
  files_.on_step = [&](std::string_view, std::string_view) {
    return ++steps == step_to_fail ? Error("test.full", "full") : Status::OK();
  };
  auto write = [&]() -> Status {
    Open(3);
    for (int64_t slice = 0; slice < 3; ++slice) {
      ARROW_RETURN_NOT_OK(writer_->Add(slice, *Numbers(10 + 2 * slice, 2)));
    }
    return writer_->Finish().status();
  };
  ASSERT_TRUE(write().ok());
  const int steps_of_all = steps;
  EXPECT_EQ(steps_of_all, 3 * 5);  // open, two blocks, the end, finish
  for (step_to_fail = 1; step_to_fail <= steps_of_all; ++step_to_fail) {
    steps = 0;
    files_.open.clear();
    EXPECT_TRUE(IsErrorCode(write(), "test.full")) << step_to_fail;
    EXPECT_EQ(steps, step_to_fail);
  }
}

TEST_F(FilePartWriterTest, FailureToMakeAnEncoderIsPassedOn) {
  writer_ = std::make_unique<FilePartWriter>(options_,
                                             [](ByteSink*) -> Result<std::unique_ptr<FileEncoder>> {
                                               return Error("test.encoder", "none");
                                             });
  EXPECT_TRUE(IsErrorCode(writer_->Add(0, *Numbers(0, 1)), "test.encoder"));
  EXPECT_TRUE(files_.finished.empty());
}

}  // namespace
}  // namespace weir
