#include "cli/record_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace weir::cli {
namespace {

std::string Relocated(const std::string& part_path, const std::string& sink_path,
                      const std::string& record_path) {
  CompletionRecord record;
  record.parts.resize(1);
  record.parts[0].path = part_path;
  return RelocateParts(record, sink_path, record_path).parts[0].path;
}

TEST(RelocateParts, NamesFilesFromTheRecord) {
  EXPECT_EQ(Relocated("out/x.csv", "out/x.csv", "out/x.record.json"), "x.csv");
  EXPECT_EQ(Relocated("/data/x.csv", "/data/x.csv", "/data/records/x.json"), "../x.csv");
  EXPECT_EQ(Relocated("x.csv", "x.csv", "x.json"), "x.csv");
  EXPECT_EQ(Relocated("./x.csv", "./x.csv", "records/x.json"), "../x.csv");
}

TEST(RelocateParts, PartsAreNamedWithinTheirDirectory) {
  EXPECT_EQ(Relocated("part-00000.csv", "out/", "out.record.json"), "out/part-00000.csv");
  EXPECT_EQ(Relocated("part-00000.csv", "out/", "out/record.json"), "part-00000.csv");
}

TEST(RelocateParts, LeavesStandardOutput) {
  EXPECT_EQ(Relocated("-", "-", "r.json"), "-");
}

class RecordIsApart : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "weir-record-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name + "/";
    std::ofstream(directory_ + "there.csv") << "1\n";
    std::filesystem::create_symlink("there.csv", directory_ + "link.json");
    std::filesystem::create_directory_symlink(".", directory_ + "same");
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // Whether they are, in that directory.
  bool Apart(const std::string& record, const std::string& sink,
             const std::string& source = "pg:") {
    CopySpec spec;
    spec.source.uri = source.ends_with(':') ? source : directory_ + source;
    spec.sink.path = sink == "-" ? sink : directory_ + sink;
    Status status = CheckRecordIsApart(record[0] == '/' ? record : directory_ + record, spec);
    EXPECT_TRUE(status.ok() || IsErrorCode(status, "usage.conflicting_options")) << status;
    return status.ok();
  }

  std::string directory_;
};

TEST_F(RecordIsApart, FromADestinationByAnyName) {
  EXPECT_TRUE(Apart("out.json", "out.csv"));
  EXPECT_FALSE(Apart("out.csv", "out.csv"));
  EXPECT_FALSE(Apart("./out.csv", "out.csv"));
  EXPECT_FALSE(Apart("same/out.csv", "out.csv"));
  EXPECT_FALSE(Apart("none/../out.duckdb", "./out.duckdb"));
  EXPECT_FALSE(Apart("there.csv", "there.csv"));
  EXPECT_FALSE(Apart("link.json", "there.csv"));
  EXPECT_TRUE(Apart("there.csv", "-"));
  EXPECT_TRUE(Apart("/dev/null", "../../../../../../../../dev/null"));
}

TEST_F(RecordIsApart, FromAPartAndTheSource) {
  EXPECT_TRUE(Apart("parts/record.json", "parts/"));
  EXPECT_TRUE(Apart("part-00000.csv", "parts/"));
  EXPECT_FALSE(Apart("parts/part-00000.csv", "parts/"));
  EXPECT_FALSE(Apart("parts/manifest.json", "parts/"));
  EXPECT_FALSE(Apart("same/parts/part-00007.csv", "./parts/"));
  EXPECT_FALSE(Apart("link.json", "out.csv", "there.csv"));
  EXPECT_FALSE(Apart("same/there.csv", "-", "there.csv"));
}

}  // namespace
}  // namespace weir::cli
