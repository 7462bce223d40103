#include "cli/record_file.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace weir::cli
