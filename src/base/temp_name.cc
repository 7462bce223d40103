#include "base/temp_name.h"

#include <fmt/format.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <random>

#include "base/crc64.h"

namespace weir {
namespace {

constexpr std::string_view kSuffix = ".tmp";
constexpr size_t kRandomDigits = 16;
// What DuckDB appends to a database's name for files beside it is shorter.
constexpr size_t kAppendedBytesMax = 16;
// ".weir-", a pid of up to 10 digits, "-", the random part, ".tmp" and the leading dot.
constexpr size_t kNameBytesMax = NAME_MAX - 1 - 6 - 10 - 1 - kRandomDigits - 4 - kAppendedBytesMax;

std::string Prefix(std::string_view name) {
  if (name.size() <= kNameBytesMax) return fmt::format(".{}.weir-", name);
  constexpr size_t kChecksumBytes = 17;
  size_t kept = kNameBytesMax - kChecksumBytes;
  // Some file systems refuse half a UTF-8 character.
  while (kept > 0 && (static_cast<unsigned char>(name[kept]) & 0xC0) == 0x80) --kept;
  return fmt::format(".{}~{}.weir-", name.substr(0, kept), Crc64Hex(Crc64(0, name)));
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHexDigit(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f');
}

}  // namespace

std::string MakeTempName(std::string_view name) {
  static thread_local std::random_device random;
  const uint64_t high = random(), low = random();
  return fmt::format("{}{}-{:016x}{}", Prefix(name), getpid(), high << 32 | low, kSuffix);
}

std::string_view TempNameIn(std::string_view name, std::string_view candidate) {
  const std::string prefix = Prefix(name);
  if (!candidate.starts_with(prefix)) return {};
  const size_t digits = prefix.size();
  size_t at = digits;
  while (at < candidate.size() && IsDigit(candidate[at])) ++at;
  if (at == digits || at == candidate.size() || candidate[at] != '-') return {};
  const std::string_view random = candidate.substr(at + 1, kRandomDigits);
  at += 1 + random.size();
  const bool is_temp = random.size() == kRandomDigits &&
                       std::all_of(random.begin(), random.end(), IsHexDigit) &&
                       candidate.substr(at).starts_with(kSuffix);
  return is_temp ? candidate.substr(0, at + kSuffix.size()) : std::string_view();
}

bool IsTempNameOf(std::string_view name, std::string_view candidate) {
  return !candidate.empty() && TempNameIn(name, candidate) == candidate;
}

}  // namespace weir
