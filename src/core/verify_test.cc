#include "core/verify.h"

#include <sys/stat.h>

#include "core/verify_testing.h"

namespace weir {
namespace {

using Kind = VerifyProblem::Kind;

TEST(Verify, UndamagedFilesPass) {
  for (const std::string& digest : DigestAlgorithms()) {
    VerifyFixture copy(nullptr, digest);
    VerifyReport report = copy.Run();
    EXPECT_TRUE(report.ok) << VerifyFixture::Messages(report);
    EXPECT_EQ(report.parts_checked, VerifyFixture::kParts);
    EXPECT_EQ(report.bytes_checked, copy.record().bytes);
  }
}

TEST(Verify, EveryFlippedByteIsFoundAndPlaced) {
  VerifyFixture copy;
  const PartRecord part = copy.part(1);
  const std::string intact = copy.Read(1);
  for (size_t at = 0; at < intact.size(); ++at) {
    copy.Flip(1, at);
    const VerifyProblem problem = copy.RunForOne();
    EXPECT_EQ(problem.part, "part-00001.json");
    const SliceGroupRecord* hit = nullptr;
    for (const SliceGroupRecord& group : part.slices) {
      const int64_t distance = static_cast<int64_t>(at) - group.offset;
      if (distance >= 0 && distance < group.bytes) hit = &group;
    }
    if (hit == nullptr) {
      EXPECT_EQ(problem.kind, Kind::kOutsideSlices) << at;
    } else {
      EXPECT_EQ(problem.kind, Kind::kSlices) << at;
      EXPECT_EQ(problem.first_slice, hit->first_slice);
      EXPECT_EQ(problem.slice_count, 1);
      EXPECT_EQ(problem.first_row, hit->first_slice * VerifyFixture::kRowsPerSlice + 1);
      EXPECT_EQ(problem.row_count, VerifyFixture::kRowsPerSlice);
    }
    copy.Write(1, intact);
  }
}

TEST(Verify, MessagesSayWhere) {
  VerifyFixture copy;
  copy.Flip(1, copy.part(1).slices[2].offset + 3);
  copy.Flip(1, copy.part(1).slices[3].offset + 3);
  EXPECT_EQ(copy.RunForOne().message, "part-00001.json: slices 7 to 8 (rows 71 to 90) differ");
}

TEST(Verify, SlicesApartAreReportedApart) {
  VerifyFixture copy;
  copy.Flip(0, copy.part(0).slices[0].offset);
  copy.Flip(0, copy.part(0).slices[4].offset);
  copy.Flip(2, copy.part(2).slices[1].offset);
  VerifyReport report = copy.Run();
  ASSERT_EQ(report.problems.size(), 3u) << VerifyFixture::Messages(report);
  EXPECT_EQ(report.problems[1].first_slice, 4);
  EXPECT_EQ(report.problems[2].part, "part-00002.json");
}

TEST(Verify, WithoutADigestTheSlicesDecide) {
  VerifyFixture copy(nullptr, "none");
  copy.Flip(1, copy.part(1).slices[2].offset);
  EXPECT_EQ(copy.RunForOne().kind, Kind::kSlices);
}

TEST(Verify, ACutTailIsFoundWithItsRows) {
  for (const char* digest : {"sha256", "none"}) {
    VerifyFixture copy(nullptr, digest);
    const std::string bytes = copy.Read(1);
    copy.Write(1, bytes.substr(0, copy.part(1).slices[3].offset + 5));
    VerifyReport report = copy.Run();
    ASSERT_EQ(report.problems.size(), 2u) << VerifyFixture::Messages(report);
    EXPECT_EQ(report.problems[0].kind, Kind::kCut);
    EXPECT_EQ(report.problems[1].kind, Kind::kCut);
    EXPECT_EQ(report.problems[1].message,
              "part-00001.json: slices 8 to 9 (rows 81 to 100) are not all there");
    // The end alone: every slice is there.
    copy.Write(1, bytes.substr(0, bytes.size() - 1));
    EXPECT_EQ(copy.RunForOne().kind, Kind::kCut);
    copy.Write(1, "");
    EXPECT_FALSE(copy.Run().ok);
  }
}

TEST(Verify, ExtraBytesAreFound) {
  VerifyFixture copy(nullptr, "none");
  copy.Write(2, copy.Read(2) + "x");
  const VerifyProblem problem = copy.RunForOne();
  EXPECT_EQ(problem.kind, Kind::kExtraBytes);
  EXPECT_EQ(problem.message, "part-00002.json has 1 bytes more than were written");
}

TEST(Verify, SwappedPartsAreNamed) {
  for (const char* digest : {"sha256", "none"}) {
    VerifyFixture copy(nullptr, digest);
    const std::string one = copy.Read(1), two = copy.Read(2);
    copy.Write(1, two);
    copy.Write(2, one);
    VerifyReport report = copy.Run();
    ASSERT_EQ(report.problems.size(), 2u) << VerifyFixture::Messages(report);
    EXPECT_EQ(report.problems[0].kind, Kind::kSwapped);
    EXPECT_EQ(report.problems[0].message, "part-00001.json holds the contents of part-00002.json");
    EXPECT_EQ(report.problems[1].message, "part-00002.json holds the contents of part-00001.json");
  }
}

TEST(Verify, MissingAndUnreadablePartsAreNamed) {
  VerifyFixture copy;
  std::filesystem::remove(copy.PathOf(0));
  std::filesystem::remove(copy.PathOf(1));
  std::filesystem::create_directory(copy.PathOf(1));
  std::filesystem::remove(copy.PathOf(2));
  ASSERT_EQ(mkfifo(copy.PathOf(2).c_str(), 0600), 0);
  VerifyReport report = copy.Run();
  ASSERT_GE(report.problems.size(), 3u);
  EXPECT_EQ(report.problems[0].message, "part-00000.json is missing");
  EXPECT_EQ(report.problems[1].kind, Kind::kUnreadable);
  EXPECT_EQ(report.problems[2].kind, Kind::kCut);
}

TEST(Verify, PartsThatAreNotInTheRecordAreFound) {
  VerifyFixture copy;
  std::ofstream(copy.dir() + "/part-00003.json") << "left over";
  std::ofstream(copy.dir() + "/notes.txt") << "no part";
  const VerifyProblem problem = copy.RunForOne();
  EXPECT_EQ(problem.kind, Kind::kUnlisted);
  EXPECT_EQ(problem.part, "part-00003.json");
}

TEST(Verify, AbsolutePathsAndOtherDirectories) {
  VerifyFixture copy;
  for (int i = 0; i < VerifyFixture::kParts; ++i) copy.part(i).path = copy.PathOf(i);
  EXPECT_TRUE(Verify(copy.record(), "/nowhere", copy.registry())->ok);
}

TEST(Verify, AWholeFileIsCheckedByItsOwnBytes) {
  VerifyFixture copy;
  copy.record().parts.resize(1);
  PartRecord& part = copy.part(0);
  copy.record().format = "parquet";
  copy.record().rows = part.rows;
  copy.record().bytes = part.bytes;
  const std::string bytes = copy.Read(0);
  SliceGroupRecord footer;
  footer.first_slice = 4;
  footer.slice_count = 1;
  footer.rows = 0;
  footer.offset = part.slices.back().offset + part.slices.back().bytes;
  footer.bytes = part.bytes - footer.offset;
  footer.crc64 = Crc64Hex(Crc64(0, bytes.substr(footer.offset)));
  part.slices.push_back(footer);
  std::filesystem::remove(copy.dir() + "/part-00001.json");
  std::filesystem::remove(copy.dir() + "/part-00002.json");
  EXPECT_TRUE(copy.Run().ok);
  copy.Flip(0, bytes.size() - 1);
  EXPECT_EQ(copy.RunForOne().message, "part-00000.json: slice 4 differs");
}

TEST(Verify, ARecordThatContradictsItselfIsAProblem) {
  VerifyFixture copy;
  const CompletionRecord intact = copy.record();
  ++copy.record().rows;
  EXPECT_EQ(copy.RunForOne().kind, Kind::kRecord);
  copy.record() = intact;
  ++copy.record().bytes;
  EXPECT_EQ(copy.RunForOne().kind, Kind::kRecord);
  copy.record() = intact;
  ++copy.part(0).slices[0].rows;
  EXPECT_EQ(copy.RunForOne().kind, Kind::kRecord);
  for (int64_t offset : {int64_t{0}, int64_t{1} << 53}) {
    copy.record() = intact;
    copy.part(0).slices[1].offset = offset;
    EXPECT_EQ(copy.RunForOne().kind, Kind::kRecord);
  }
  copy.record() = intact;
  copy.part(0).slices[1].bytes = int64_t{1} << 53;
  EXPECT_EQ(copy.RunForOne().kind, Kind::kRecord);
}

TEST(Verify, WhatHasNoFilesCannotBeVerified) {
  VerifyFixture copy;
  copy.part(0).path = "-";
  EXPECT_TRUE(
      IsErrorCode(Verify(copy.record(), copy.dir(), copy.registry()).status(), "verify.no_files"));
  copy.part(0).path = "x.duckdb";
  copy.record().format = "duckdb";
  TableSinkKind table;
  table.name = "duckdb";
  copy.registry().table_sinks.push_back(table);
  EXPECT_TRUE(
      IsErrorCode(Verify(copy.record(), copy.dir(), copy.registry()).status(), "verify.no_files"));
}

TEST(Verify, UnknownMethodsAreErrors) {
  VerifyFixture copy;
  copy.record().digest_algorithm = "sha3";
  EXPECT_TRUE(IsErrorCode(Verify(copy.record(), copy.dir(), copy.registry()).status(),
                          "usage.unknown_digest"));
  copy.record().compression = "lz4";
  EXPECT_TRUE(IsErrorCode(Verify(copy.record(), copy.dir(), copy.registry()).status(),
                          "verify.unknown_compression"));
}

TEST(Verify, EndsWhenAskedTo) {
  VerifyFixture copy;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(
      IsErrorCode(Verify(copy.record(), copy.dir(), copy.registry(), stop.get_token()).status(),
                  "interrupted"));
}

}  // namespace
}  // namespace weir
