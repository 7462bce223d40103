#include "io/file/temp_name.h"

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
// ".weir-", a pid of up to 10 digits, "-", the random part, ".tmp" and the leading dot.
constexpr size_t kNameBytesMax = NAME_MAX - 1 - 6 - 10 - 1 - kRandomDigits - 4;

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

bool IsTempNameOf(std::string_view name, std::string_view candidate) {
  const std::string prefix = Prefix(name);
  if (!candidate.starts_with(prefix) || !candidate.ends_with(kSuffix)) return false;
  candidate.remove_prefix(prefix.size());
  if (candidate.size() <= kSuffix.size() + kRandomDigits + 1) return false;
  candidate.remove_suffix(kSuffix.size());
  const std::string_view random = candidate.substr(candidate.size() - kRandomDigits);
  std::string_view pid = candidate.substr(0, candidate.size() - kRandomDigits);
  if (!pid.ends_with('-')) return false;
  pid.remove_suffix(1);
  return std::all_of(pid.begin(), pid.end(), IsDigit) &&
         std::all_of(random.begin(), random.end(), IsHexDigit);
}

}  // namespace weir
