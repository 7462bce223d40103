// TextPartWriter; part_writer_file_test.cc has the other.
#include "base/crc64.h"
#include "core/copy_testing.h"
#include "core/part_writer.h"

namespace weir {
namespace {

class TextPartWriterTest : public testing::Test {
 protected:
  TextPartWriterTest() {
    options_.destination = &destination_;
    options_.progress = &progress_;
    options_.digest_algorithm = "sha256";
    options_.part_extension = ".txt";
    options_.single_name = "out.txt";
  }

  void Open() {
    const Compression* compression = compressed_ ? &compression_ : nullptr;
    writer_ = TextPartWriter::Make(options_, framing_, compression, 3).ValueOrDie();
  }
  // A chunk of two rows.
  void Add(int64_t slice, std::string_view text) {
    Chunk chunk;
    chunk.rows = 2;
    chunk.crc64 = Crc64(0, text);
    chunk.tail.bytes = static_cast<int64_t>(text.size());
    chunk.bytes.Append(compressed_ ? fmt::format("<{}>", text) : std::string(text));
    ASSERT_TRUE(writer_->Add(slice, chunk).ok());
  }
  std::vector<PartRecord> Finish() { return writer_->Finish().ValueOrDie(); }

  // What the file's text is, by its name.
  std::string Text(const std::string& name) {
    std::string text = files_.finished.at(name);
    if (!compressed_) return text;
    const size_t end = text.rfind("end ");
    EXPECT_TRUE(text.starts_with("begin")) << text;
    std::string inner = text.substr(5, end - 5), joined;
    const auto chunks = std::count(inner.begin(), inner.end(), '<');
    for (char c : inner) {
      if (c != '<' && c != '>') joined += c;
    }
    EXPECT_EQ(text.substr(end), fmt::format("end {}/{}", joined.size(), chunks));
    return joined;
  }

  // Groups must say exactly where their rows stand; separators between groups belong to none.
  void CheckRecord(const PartRecord& record) {
    const std::string text = Text(record.path);
    EXPECT_EQ(record.bytes, static_cast<int64_t>(files_.finished.at(record.path).size()));
    EXPECT_EQ(record.text_bytes, static_cast<int64_t>(text.size()));
    int64_t rows = 0, offset = static_cast<int64_t>(framing_.prologue.size());
    for (const SliceGroupRecord& group : record.slices) {
      EXPECT_EQ(group.offset, offset);
      EXPECT_EQ(group.crc64, Crc64Hex(Crc64(0, text.substr(group.offset, group.bytes))));
      rows += group.rows;
      offset += group.bytes + static_cast<int64_t>(framing_.separator.size());
    }
    EXPECT_EQ(record.rows, rows);
    auto digest = Digest::Make("sha256").ValueOrDie();
    digest->Update(files_.finished.at(record.path));
    EXPECT_EQ(record.digest, digest->FinishHex());
  }

  MemoryFiles files_;
  MemoryDestination destination_{&files_};
  Progress progress_;
  PartWriterOptions options_;
  Framing framing_{"[", ",", "]"};
  Compression compression_ = BracketCompression();
  bool compressed_ = false;
  std::unique_ptr<TextPartWriter> writer_;
};

TEST_F(TextPartWriterTest, JoinsChunksBetweenPrologueAndEpilogue) {
  Open();
  Add(0, "1,2");
  Add(0, "3,4");
  Add(2, "5,6");
  EXPECT_EQ(progress_.rows, 6);
  const auto records = Finish();
  EXPECT_EQ(Text("out.txt"), "[1,2,3,4,5,6]");
  ASSERT_EQ(records.size(), 1u);
  CheckRecord(records[0]);
  EXPECT_EQ(records[0].rows, 6);
  ASSERT_EQ(records[0].slices.size(), 1u);
  EXPECT_EQ(records[0].slices[0].slice_count, 3);
  EXPECT_EQ(progress_.bytes, 13);
}

TEST_F(TextPartWriterTest, NoRowsMakePrologueAndEpilogue) {
  for (bool compressed : {false, true}) {
    compressed_ = compressed;
    files_.open.clear();
    Open();
    const auto records = Finish();
    EXPECT_EQ(Text("out.txt"), "[]");
    ASSERT_EQ(records.size(), 1u);
    CheckRecord(records[0]);
    EXPECT_EQ(records[0].rows, 0);
    EXPECT_TRUE(records[0].slices.empty());
  }
}

TEST_F(TextPartWriterTest, EmptyFramingAddsNothing) {
  framing_ = {};
  compressed_ = true;
  Open();
  Add(0, "1\n2\n");
  Add(1, "3\n4\n");
  const auto records = Finish();
  EXPECT_EQ(files_.finished.at("out.txt"), "begin<1\n2\n><3\n4\n>end 8/2");
  CheckRecord(records[0]);
}

TEST_F(TextPartWriterTest, CompressedChunksAreJoinedIntoOneStream) {
  compressed_ = true;
  Open();
  Add(0, "1,2");
  Add(1, "3,4");
  const auto records = Finish();
  EXPECT_EQ(files_.finished.at("out.txt"), "begin<[><1,2><,><3,4><]>end 9/5");
  CheckRecord(records[0]);
}

TEST_F(TextPartWriterTest, FullPartsAreFollowedByOthers) {
  for (bool compressed : {false, true}) {
    compressed_ = compressed;
    files_.open.clear();
    options_.single_name = "";
    options_.split_bytes = compressed ? 18 : 6;
    Open();
    Add(0, "1,2");
    Add(0, "3,4");
    Add(1, "5,6");  // the part before is full: [1,2,3,4
    Add(1, "7,8");
    Add(2, "9,0");
    const auto records = Finish();
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(Text("part-00000.txt"), "[1,2,3,4]");
    EXPECT_EQ(Text("part-00001.txt"), "[5,6,7,8]");
    EXPECT_EQ(Text("part-00002.txt"), "[9,0]");
    for (const PartRecord& record : records) CheckRecord(record);
    EXPECT_EQ(records[1].slices[0].first_slice, 1);
    EXPECT_EQ(records[1].slices[0].slice_count, 1);
    EXPECT_EQ(records[2].slices[0].first_slice, 2);
  }
}

TEST_F(TextPartWriterTest, APartIsNotCutBeforeItsFirstRow) {
  framing_.prologue = "a prologue longer than a part";
  options_.single_name = "";
  options_.split_bytes = 5;
  Open();
  Add(0, "1,2");
  Add(1, "3,4");
  const auto records = Finish();
  ASSERT_EQ(records.size(), 2u);
  for (const PartRecord& record : records) EXPECT_EQ(record.rows, 2);
}

TEST_F(TextPartWriterTest, LargeSlicesHaveGroupsOfTheirOwn) {
  const std::string large = std::string(5 << 20, '1');
  Open();
  Add(0, large);
  Add(0, large);  // beyond the target, but the same slice
  Add(1, "2");
  Add(2, "3");
  const auto records = Finish();
  CheckRecord(records[0]);
  ASSERT_EQ(records[0].slices.size(), 2u);
  EXPECT_EQ(records[0].slices[0].slice_count, 1);
  EXPECT_EQ(records[0].slices[0].rows, 4);
  EXPECT_EQ(records[0].slices[1].first_slice, 1);
  EXPECT_EQ(records[0].slices[1].slice_count, 2);
  EXPECT_EQ(records[0].slices[1].rows, 4);
}

TEST_F(TextPartWriterTest, EveryFailureIsPassedOn) {
  options_.single_name = "";
  options_.split_bytes = 6;
  int steps = 0, step_to_fail = 0;
  files_.on_step = [&](std::string_view, std::string_view) {
    return ++steps == step_to_fail ? Error("test.full", "full") : Status::OK();
  };
  auto write = [&]() -> Status {
    Chunk chunk;
    chunk.rows = 1;
    chunk.bytes.Append("12345");
    chunk.tail.bytes = 5;
    ARROW_ASSIGN_OR_RAISE(auto writer, TextPartWriter::Make(options_, framing_, nullptr, 0));
    for (int64_t slice = 0; slice < 3; ++slice) ARROW_RETURN_NOT_OK(writer->Add(slice, chunk));
    return writer->Finish().status();
  };
  ASSERT_TRUE(write().ok());
  const int steps_of_all = steps;
  EXPECT_EQ(steps_of_all, 3 * 5);  // open, three writes, finish
  for (step_to_fail = 1; step_to_fail <= steps_of_all; ++step_to_fail) {
    steps = 0;
    files_.open.clear();
    EXPECT_TRUE(IsErrorCode(write(), "test.full")) << step_to_fail;
    EXPECT_EQ(steps, step_to_fail);  // and nothing is done after it
  }
}

}  // namespace
}  // namespace weir
