// What the delivering end of the copy loop writes through these destinations passes Verify.
#include "core/verify.h"

#include "base/crc64.h"
#include "core/part_writer.h"
#include "core/progress.h"
#include "io/file/file_testing.h"

namespace weir {
namespace {

CompletionRecord WriteCopy(const std::string& path, int64_t split_bytes, int slices,
                           size_t slice_bytes) {
  auto destination = OpenDestination(Sink(path)).ValueOrDie();
  Progress progress;
  PartWriterOptions options;
  options.destination = destination.get();
  options.progress = &progress;
  options.digest_algorithm = "sha256";
  options.part_extension = ".json";
  options.split_bytes = split_bytes;
  if (!path.ends_with('/')) options.single_name = path;
  auto writer =
      TextPartWriter::Make(options, Framing{"[\n", ",\n", "\n]\n"}, nullptr, 0).ValueOrDie();
  for (int slice = 0; slice < slices; ++slice) {
    Chunk chunk;
    chunk.bytes.Append(std::string(slice_bytes + slice, static_cast<char>('a' + slice % 26)));
    chunk.tail.bytes = static_cast<int64_t>(chunk.bytes.size());
    chunk.crc64 = Crc64(0, chunk.bytes.view());
    chunk.rows = 100;
    EXPECT_TRUE(writer->Add(slice, chunk).ok());
  }
  CompletionRecord record;
  record.format = "json";
  record.compression = "none";
  record.digest_algorithm = "sha256";
  record.parts = writer->Finish().ValueOrDie();
  for (const PartRecord& part : record.parts) {
    record.rows += part.rows;
    record.bytes += part.bytes;
  }
  EXPECT_TRUE(destination->Finish(ToJson(record)).ok());
  return record;
}

std::string Messages(const VerifyReport& report) {
  std::string messages;
  for (const VerifyProblem& problem : report.problems) messages += problem.message + "\n";
  return messages;
}

TEST(VerifyFiles, ADirectoryIsCheckedByItsManifest) {
  TempDirectory dir(TempDirectory::Fast());
  const std::string path = dir / "out";
  WriteCopy(path + "/", 3 << 20, 20, 500000);
  CompletionRecord record =
      CompletionRecordFromJson(ReadFile(path + "/manifest.json")).ValueOrDie();
  ASSERT_GE(record.parts.size(), 3u);
  EXPECT_EQ(record.rows, 2000);
  VerifyReport report = Verify(record, path, Registry()).ValueOrDie();
  EXPECT_TRUE(report.ok) << Messages(report);
  EXPECT_EQ(report.bytes_checked, record.bytes);

  std::filesystem::rename(path + "/part-00000.json", dir / "aside");
  std::filesystem::rename(path + "/part-00001.json", path + "/part-00000.json");
  std::filesystem::rename(dir / "aside", path + "/part-00001.json");
  report = Verify(record, path, Registry()).ValueOrDie();
  ASSERT_EQ(report.problems.size(), 2u) << Messages(report);
  EXPECT_EQ(report.problems[0].kind, VerifyProblem::Kind::kSwapped);
}

TEST(VerifyFiles, GroupsSayWhereALargeFileIsDamaged) {
  TempDirectory dir(TempDirectory::Fast());
  const std::string path = dir / "out.json";
  CompletionRecord record = WriteCopy(path, 0, 80, 700000);
  ASSERT_GE(record.parts[0].slices.size(), 3u);
  EXPECT_TRUE(Verify(record, "", Registry())->ok);

  std::string bytes = ReadFile(path);
  const SliceGroupRecord& second = record.parts[0].slices[1];
  bytes[second.offset] ^= 1;
  WriteFile(path, bytes);
  VerifyReport report = Verify(record, "", Registry()).ValueOrDie();
  ASSERT_EQ(report.problems.size(), 1u) << Messages(report);
  EXPECT_EQ(report.problems[0].kind, VerifyProblem::Kind::kSlices);
  EXPECT_EQ(report.problems[0].first_slice, second.first_slice);
  EXPECT_EQ(report.problems[0].first_row, second.first_slice * 100 + 1);
}

}  // namespace
}  // namespace weir
