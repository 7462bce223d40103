#include "base/duration.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace weir {
namespace {

constexpr int64_t kMsMax = int64_t{365} * 24 * 3600 * 1000;

Status InvalidDuration(std::string_view text) {
  return Error("usage.invalid_duration", fmt::format("\"{}\" is not a length of time", text),
               "write a number and a unit: 500ms, 30s, 5m, 1h30m or 2d");
}

std::optional<int64_t> UnitMs(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  if (unit == "m" || unit == "min") return 60 * 1000;
  if (unit == "h") return 3600 * 1000;
  if (unit == "d") return 24 * 3600 * 1000;
  return std::nullopt;
}

}  // namespace

Result<int64_t> ParseDurationMs(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  int64_t total = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    int64_t number = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (parsed.ec != std::errc() || number < 0 || number > kMsMax) return InvalidDuration(text);
    rest.remove_prefix(parsed.ptr - rest.data());
    const std::string_view unit = rest.substr(0, rest.find_first_of(kDigits));
    const std::optional<int64_t> ms = UnitMs(unit);
    if (!ms || number > (kMsMax - total) / *ms) return InvalidDuration(text);
    total += number * *ms;
    rest.remove_prefix(unit.size());
  }
  if (total == 0) return InvalidDuration(text);
  return total;
}

std::string FormatDuration(double seconds) {
  if (seconds < 59.95) return fmt::format("{:.1f} s", std::max(seconds, 0.0));
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}m {:02}s", whole / 60, whole % 60);
  return fmt::format("{}h {:02}m", whole / 3600, whole % 3600 / 60);
}

}  // namespace weir
