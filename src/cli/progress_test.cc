#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/progress_line.h"

namespace weir::cli {
namespace {

ProgressSample Sample() {
  ProgressSample sample;
  sample.rows = 1234567;
  sample.rows_estimate = 10000000;
  sample.bytes = 64 << 20;
  sample.seconds = 2;
  sample.rows_per_second = 500000;
  sample.bytes_per_second = 32 << 20;
  sample.rss_bytes = 41 << 20;
  return sample;
}

TEST(ProgressLine, SaysHowFarAndHowLong) {
  EXPECT_EQ(ProgressLine(Sample(), 200),
            "1,234,567 of about 10,000,000 rows  12%  32 MiB/s  ETA 17.5 s  memory 41 MiB");
}

TEST(ProgressLine, FitsTheTerminal) {
  EXPECT_EQ(ProgressLine(Sample(), 20), "1,234,567 of about ");
  EXPECT_EQ(ProgressLine(Sample(), 0), "");
}

TEST(ProgressLine, PromisesNothingItCannotKnow) {
  ProgressSample sample = Sample();
  sample.rows_estimate = -1;
  EXPECT_EQ(ProgressLine(sample, 200), "1,234,567 rows  32 MiB/s  memory 41 MiB");
  sample.rows_estimate = 1000;  // too low
  EXPECT_EQ(ProgressLine(sample, 200), "1,234,567 of about 1,000 rows  32 MiB/s  memory 41 MiB");
}

TEST(ProgressJson, HasNullForTheUnknown) {
  ProgressSample sample = Sample();
  auto json = nlohmann::json::parse(ProgressJson(sample));
  EXPECT_EQ(json["event"], "progress");
  EXPECT_EQ(json["rows"], 1234567);
  EXPECT_EQ(json["rowsEstimate"], 10000000);
  EXPECT_EQ(json["etaSeconds"], 18);
  sample.rows_estimate = -1;
  json = nlohmann::json::parse(ProgressJson(sample));
  EXPECT_TRUE(json["rowsEstimate"].is_null());
  EXPECT_TRUE(json["etaSeconds"].is_null());
}

TEST(SpeedMeter, FollowsTheLastSeconds) {
  SpeedMeter meter;
  ProgressSample sample;
  for (int i = 1; i <= 50; ++i) {
    sample.seconds = i * 0.2;
    sample.rows = i * 200;
    meter.Measure(&sample);
  }
  EXPECT_NEAR(sample.rows_per_second, 1000, 1);
  for (int i = 51; i <= 100; ++i) {  // stalls
    sample.seconds = i * 0.2;
    meter.Measure(&sample);
  }
  EXPECT_LT(sample.rows_per_second, 20);
}

CompletionRecord Record() {
  CompletionRecord record;
  record.rows = 1000000;
  record.bytes = 64 << 20;
  record.seconds = 2;
  record.peak_rss_bytes = 41 << 20;
  record.digest_algorithm = "sha256";
  record.parts.resize(1);
  record.parts[0].digest = "0123456789abcdef";
  return record;
}

TEST(Summary, IsOneLine) {
  EXPECT_EQ(Summary(Record(), "out.csv"),
            "1,000,000 rows, 64 MiB in 2.0 s (500,000 rows/s), peak memory 41 MiB, "
            "sha256 0123456789ab, out.csv\n");
  CompletionRecord parts = Record();
  parts.parts.resize(3);
  EXPECT_EQ(
      Summary(parts, "out/"),
      "1,000,000 rows, 64 MiB in 2.0 s (500,000 rows/s), peak memory 41 MiB, 3 parts, out/\n");
}

TEST(ResultJson, SaysThatItIsDone) {
  const auto json = nlohmann::json::parse(ResultJson(Record(), "out.csv"));
  EXPECT_EQ(json["event"], "result");
  EXPECT_EQ(json["ok"], true);
  EXPECT_EQ(json["rows"], 1000000);
  EXPECT_EQ(json["sha256"], "0123456789abcdef");
}

TEST(GroupDigits, GroupsByThree) {
  EXPECT_EQ(GroupDigits(0), "0");
  EXPECT_EQ(GroupDigits(999), "999");
  EXPECT_EQ(GroupDigits(-1234567), "-1,234,567");
  EXPECT_EQ(GroupDigits(100000), "100,000");
}

}  // namespace
}  // namespace weir::cli
