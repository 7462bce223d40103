// Verify over compressed parts; core's own tests have the plain ones.
#include "core/verify.h"

#include "core/verify_testing.h"
#include "io/compress/compression.h"

namespace weir {
namespace {

using Kind = VerifyProblem::Kind;

class VerifyCompressedTest : public testing::TestWithParam<const char*> {
 protected:
  const Compression compression_ =
      GetParam() == std::string("gzip") ? GzipCompression() : ZstdCompression();
};

INSTANTIATE_TEST_SUITE_P(All, VerifyCompressedTest, testing::Values("gzip", "zstd"));

TEST_P(VerifyCompressedTest, UndamagedFilesPass) {
  VerifyFixture copy(&compression_);
  VerifyReport report = copy.Run();
  EXPECT_TRUE(report.ok) << VerifyFixture::Messages(report);
  EXPECT_NE(copy.part(0).bytes, copy.part(0).text_bytes);
}

TEST_P(VerifyCompressedTest, EveryFlippedByteIsFound) {
  for (const char* digest : {"sha256", "none"}) {
    VerifyFixture copy(&compression_, digest);
    const std::string intact = copy.Read(1);
    int placed = 0, harmless = 0;
    for (size_t at = 0; at < intact.size(); ++at) {
      copy.Flip(1, at);
      VerifyReport report = copy.Run();
      if (report.ok) ++harmless;
      for (const VerifyProblem& problem : report.problems) {
        EXPECT_EQ(problem.part, "part-00001.json");
        if (problem.slice_count == 0) continue;
        ++placed;
        // Nothing before the damage is blamed, and nothing beyond the part.
        EXPECT_GE(problem.first_slice, 5);
        EXPECT_LE(problem.first_slice + problem.slice_count, 10);
        break;
      }
      copy.Write(1, intact);
    }
    EXPECT_GT(placed, static_cast<int>(intact.size()) / 2);
    // Without a digest a flip that changes no text (gzip's time) is none.
    if (digest == std::string("sha256")) {
      EXPECT_EQ(harmless, 0);
    } else {
      EXPECT_LT(harmless, 40);
    }
  }
}

TEST_P(VerifyCompressedTest, TheDamagedSliceIsNamed) {
  VerifyFixture copy(&compression_, "sha256");
  // A wrong byte in the record's slice stands for one in the text that decompresses all the same.
  copy.part(1).slices[3].crc64 = "0123456789abcdef";
  // The file itself is right, so only the slices tell.
  const VerifyProblem problem = copy.RunForOne();
  EXPECT_EQ(problem.kind, Kind::kSlices);
  EXPECT_EQ(problem.message, "part-00001.json: slice 8 (rows 81 to 90) differs");
}

TEST_P(VerifyCompressedTest, EveryCutIsFound) {
  for (const char* digest : {"sha256", "none"}) {
    VerifyFixture copy(&compression_, digest);
    const std::string intact = copy.Read(1);
    for (size_t size = 0; size < intact.size(); ++size) {
      copy.Write(1, intact.substr(0, size));
      VerifyReport report = copy.Run();
      ASSERT_FALSE(report.ok) << size;
      for (const VerifyProblem& problem : report.problems) EXPECT_EQ(problem.kind, Kind::kCut);
    }
  }
}

TEST_P(VerifyCompressedTest, ExtraBytesAreFound) {
  VerifyFixture copy(&compression_, "none");
  const std::string intact = copy.Read(1);
  for (const std::string& extra : {std::string("x"), intact}) {
    copy.Write(1, intact + extra);
    VerifyReport report = copy.Run();
    ASSERT_FALSE(report.ok);
    EXPECT_EQ(report.problems[0].kind, Kind::kExtraBytes);
  }
}

TEST_P(VerifyCompressedTest, SwappedAndMissingPartsAreNamed) {
  VerifyFixture copy(&compression_);
  const std::string one = copy.Read(1), two = copy.Read(2);
  copy.Write(1, two);
  copy.Write(2, one);
  std::filesystem::remove(copy.PathOf(0));
  VerifyReport report = copy.Run();
  ASSERT_EQ(report.problems.size(), 3u) << VerifyFixture::Messages(report);
  EXPECT_EQ(report.problems[0].kind, Kind::kMissing);
  EXPECT_EQ(report.problems[1].kind, Kind::kSwapped);
  EXPECT_EQ(report.problems[2].kind, Kind::kSwapped);
}

TEST_P(VerifyCompressedTest, ADamagedStreamSaysWhatCouldNotBeChecked) {
  VerifyFixture copy(&compression_);
  std::string bytes = copy.Read(1);
  // Where a chunk begins: a block of the reserved type 3, a frame without its magic number.
  const bool gzip = GetParam() == std::string("gzip");
  const std::string border = gzip ? std::string("\0\0\xff\xff", 4) : "\x28\xb5\x2f\xfd";
  const size_t found = bytes.find(border, bytes.size() / 2);
  ASSERT_NE(found, std::string::npos);
  bytes[gzip ? found + border.size() : found] = '\xff';
  copy.Write(1, bytes);
  VerifyReport report = copy.Run();
  ASSERT_FALSE(report.ok);
  const VerifyProblem& last = report.problems.back();
  EXPECT_EQ(last.kind, Kind::kUnchecked) << last.message;
  EXPECT_NE(last.message.find("cannot be read: damaged"), std::string::npos) << last.message;
  EXPECT_EQ(last.first_slice + last.slice_count, 10);
}

}  // namespace
}  // namespace weir
