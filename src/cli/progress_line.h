// What is said about a running copy, as text: apart from who says it when, so that it can be
// tested.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/completion_record.h"

namespace weir::cli {

struct ProgressSample {
  int64_t rows = 0;
  int64_t rows_estimate = -1;  // -1: unknown
  int64_t bytes = 0;
  double seconds = 0;  // since the copy began
  double rows_per_second = 0;
  double bytes_per_second = 0;
  int64_t rss_bytes = 0;
};

// Speeds, smoothed over the last two seconds or so.
class SpeedMeter {
 public:
  // Fills the speeds of `sample` from its counters and the samples before.
  void Measure(ProgressSample* sample);

 private:
  ProgressSample last_;
  bool begun_ = false;
};

// Seconds until the end at the present speed, -1 when that cannot be told.
double EtaSeconds(const ProgressSample& sample);

// "1,234,567 of about 10,000,000 rows  12%  45.1 MiB/s  ETA 31 s  memory 41 MiB", cut to `width`.
std::string ProgressLine(const ProgressSample& sample, int width);

// One line of --progress json.
std::string ProgressJson(const ProgressSample& sample);
// Its last line, of a copy that was completed.
std::string ResultJson(const CompletionRecord& record, const std::string& path);

// The line at the end for people: rows, bytes, time, speed, memory, digest, path.
std::string Summary(const CompletionRecord& record, const std::string& path);

// "12,345,678"
std::string GroupDigits(int64_t number);

struct ProgressField {
  std::string name;
  std::string meaning;
};

// What the objects of --progress json hold, for the documentation.
std::vector<ProgressField> ProgressFields();

}  // namespace weir::cli
