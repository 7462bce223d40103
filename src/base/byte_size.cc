#include "base/byte_size.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/ascii.h"

namespace weir {
namespace {

Status InvalidSize(std::string_view text, std::string_view reason) {
  return Error("usage.invalid_size", fmt::format("invalid size \"{}\": {}", text, reason),
               "write a number with a unit, e.g. 64MiB, 512MB or 1.5GiB");
}

std::optional<int64_t> UnitBytes(std::string_view unit) {
  if (unit.empty() || unit == "b") return 1;
  const size_t power = std::string_view("kmgt").find(unit[0]);
  if (power == std::string_view::npos) return std::nullopt;
  const std::string_view rest = unit.substr(1);
  int64_t base = 0;
  if (rest.empty() || rest == "ib") base = 1024;
  if (rest == "b") base = 1000;
  if (base == 0) return std::nullopt;
  int64_t bytes = 1;
  for (size_t i = 0; i <= power; ++i) bytes *= base;
  return bytes;
}

}  // namespace

Result<int64_t> ParseByteSize(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() &&
         (std::isdigit(static_cast<unsigned char>(text[digits])) || text[digits] == '.')) {
    ++digits;
  }
  const std::string_view number = text.substr(0, digits);
  std::string_view unit = text.substr(digits);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  const std::optional<int64_t> unit_bytes = UnitBytes(LowerAscii(unit));
  if (number.empty()) return InvalidSize(text, "it does not begin with a number");
  if (!unit_bytes) return InvalidSize(text, fmt::format("\"{}\" is not a unit", unit));

  // Whole numbers stay exact at every size; only a fraction goes through a double.
  const char* end = number.data() + number.size();
  int64_t whole = 0;
  auto parsed = std::from_chars(number.data(), end, whole);
  if (parsed.ec == std::errc() && parsed.ptr == end) {
    int64_t bytes = 0;
    if (__builtin_mul_overflow(whole, *unit_bytes, &bytes)) return InvalidSize(text, "too large");
    return bytes;
  }
  double fraction = 0;
  auto parsed_fraction = std::from_chars(number.data(), end, fraction);
  if (parsed_fraction.ec != std::errc() || parsed_fraction.ptr != end) {
    return InvalidSize(text, fmt::format("\"{}\" is not a number", number));
  }
  const double bytes = std::floor(fraction * static_cast<double>(*unit_bytes));
  if (!(bytes < 9.2e18)) return InvalidSize(text, "too large");
  return static_cast<int64_t>(bytes);
}

std::string FormatByteSize(int64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (std::abs(value) >= 1023.95 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  std::string number = unit == 0 ? fmt::format("{}", bytes) : fmt::format("{:.1f}", value);
  if (number.ends_with(".0")) number.resize(number.size() - 2);
  return fmt::format("{} {}", number, kUnits[unit]);
}

}  // namespace weir
