#include "cli/progress_line.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/byte_size.h"
#include "base/duration.h"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

double RowsPerSecond(const CompletionRecord& record) {
  return record.seconds > 0 ? static_cast<double>(record.rows) / record.seconds : 0;
}

// The digest of a copy that wrote one file.
std::string DigestOf(const CompletionRecord& record) {
  return record.parts.size() == 1 ? record.parts[0].digest : "";
}

}  // namespace

void SpeedMeter::Measure(ProgressSample* sample) {
  constexpr double kSmoothingSeconds = 2;
  const double elapsed = sample->seconds - last_.seconds;
  if (elapsed <= 0) {
    sample->rows_per_second = last_.rows_per_second;
    sample->bytes_per_second = last_.bytes_per_second;
    return;
  }
  const double rows = static_cast<double>(sample->rows - last_.rows) / elapsed;
  const double bytes = static_cast<double>(sample->bytes - last_.bytes) / elapsed;
  // The first sample counts in full, each later one by how long it took.
  const double weight = begun_ ? 1 - std::exp(-elapsed / kSmoothingSeconds) : 1;
  sample->rows_per_second = last_.rows_per_second + weight * (rows - last_.rows_per_second);
  sample->bytes_per_second = last_.bytes_per_second + weight * (bytes - last_.bytes_per_second);
  begun_ = begun_ || sample->rows > 0;
  last_ = *sample;
}

double EtaSeconds(const ProgressSample& sample) {
  if (sample.rows_estimate <= sample.rows || sample.rows_per_second < 0.5) return -1;
  return static_cast<double>(sample.rows_estimate - sample.rows) / sample.rows_per_second;
}

std::string GroupDigits(int64_t number) {
  const std::string digits = fmt::format("{}", number);
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    const bool begins_group = (digits.size() - i) % 3 == 0;
    if (begins_group && i > 0 && digits[i - 1] != '-') grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string ProgressLine(const ProgressSample& sample, int width) {
  std::string line = GroupDigits(sample.rows);
  if (sample.rows_estimate > 0) {
    line += fmt::format(" of about {}", GroupDigits(sample.rows_estimate));
  }
  line += " rows";
  // An estimate that was too low would promise more than 100 %.
  if (sample.rows_estimate > 0 && sample.rows <= sample.rows_estimate) {
    line += fmt::format("  {}%", sample.rows * 100 / sample.rows_estimate);
  }
  line += fmt::format("  {}/s", FormatByteSize(static_cast<int64_t>(sample.bytes_per_second)));
  const double eta = EtaSeconds(sample);
  if (eta >= 0) line += fmt::format("  ETA {}", FormatDuration(eta));
  if (sample.rss_bytes >= 0) line += fmt::format("  memory {}", FormatByteSize(sample.rss_bytes));
  // A line as wide as the terminal would wrap.
  return line.substr(0, std::max(width - 1, 0));
}

std::string ProgressJson(const ProgressSample& sample) {
  const double eta = EtaSeconds(sample);
  Json json = {{"event", "progress"}, {"rows", sample.rows}};
  json["rowsEstimate"] = sample.rows_estimate >= 0 ? Json(sample.rows_estimate) : Json();
  json["bytes"] = sample.bytes;
  json["seconds"] = std::round(sample.seconds * 1000) / 1000;
  json["rowsPerSecond"] = std::llround(sample.rows_per_second);
  json["bytesPerSecond"] = std::llround(sample.bytes_per_second);
  json["etaSeconds"] = eta >= 0 ? Json(std::llround(eta)) : Json();
  json["rssBytes"] = sample.rss_bytes;
  return Line(json);
}

std::string ResultJson(const CompletionRecord& record, const std::string& path) {
  Json json = {{"event", "result"},
               {"ok", true},
               {"exitStatus", 0},
               {"rows", record.rows},
               {"bytes", record.bytes},
               {"parts", record.parts.size()},
               {"seconds", record.seconds},
               {"rowsPerSecond", std::llround(RowsPerSecond(record))},
               {"peakRssBytes", record.peak_rss_bytes},
               {"path", path}};
  const std::string digest = DigestOf(record);
  if (!digest.empty()) json[record.digest_algorithm] = digest;
  return Line(json);
}

std::string Summary(const CompletionRecord& record, const std::string& path) {
  std::string line = fmt::format("{} row{}", GroupDigits(record.rows), record.rows == 1 ? "" : "s");
  if (record.bytes > 0 || record.rows == 0) line += ", " + FormatByteSize(record.bytes);
  line += fmt::format(" in {} ({} rows/s)", FormatDuration(record.seconds),
                      GroupDigits(std::llround(RowsPerSecond(record))));
  if (record.peak_rss_bytes >= 0) {
    line += fmt::format(", peak memory {}", FormatByteSize(record.peak_rss_bytes));
  }
  if (record.parts.size() > 1) line += fmt::format(", {} parts", record.parts.size());
  const std::string digest = DigestOf(record);
  if (!digest.empty()) {
    line += fmt::format(", {} {}", record.digest_algorithm, digest.substr(0, 12));
  }
  return line + fmt::format(", {}\n", path == "-" ? "standard output" : path);
}

std::vector<ProgressField> ProgressFields() {
  return {
      {"event", "progress (about once a second), warning, or result (the last line)"},
      {"rows", "progress, result when ok: rows delivered to the destination so far"},
      {"rowsEstimate", "progress: how many rows the source is thought to have; null if unknown"},
      {"bytes", "progress, result when ok: bytes written to the destination"},
      {"seconds", "progress, result when ok: how long the copy has run"},
      {"rowsPerSecond, bytesPerSecond",
       "progress: speed over the last two seconds; result when ok: rowsPerSecond over the whole "
       "copy"},
      {"etaSeconds", "progress: seconds left at this speed; null if unknown"},
      {"rssBytes", "progress: resident memory of the process"},
      {"message", "warning: what to look at"},
      {"ok, exitStatus", "result: whether the copy is complete, and weir's exit status"},
      {"parts, path, peakRssBytes", "result, when ok: files written, DEST, the most memory used"},
      {"sha256", "result, when ok and one file was written: its digest, under the digest's name"},
      {"error",
       "result, when not ok: code (docs/errors.md), message, hint, sqlstate, errno, "
       "retryable"},
  };
}

}  // namespace weir::cli
