#include "base/utf8.h"

#include <algorithm>

namespace weir {
namespace {

bool IsBetween(unsigned char byte, unsigned char low, unsigned char high) {
  return byte >= low && byte <= high;
}

// Table 3-7 of the Unicode Standard: the second byte's range depends on the first.
bool IsSecond(unsigned char first, unsigned char second) {
  switch (first) {
    case 0xE0:
      return IsBetween(second, 0xA0, 0xBF);
    case 0xED:
      return IsBetween(second, 0x80, 0x9F);
    case 0xF0:
      return IsBetween(second, 0x90, 0xBF);
    case 0xF4:
      return IsBetween(second, 0x80, 0x8F);
    default:
      return IsBetween(second, 0x80, 0xBF);
  }
}

}  // namespace

size_t Utf8Length(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const size_t length = IsBetween(first, 0xC2, 0xDF)   ? 2
                        : IsBetween(first, 0xE0, 0xEF) ? 3
                        : IsBetween(first, 0xF0, 0xF4) ? 4
                                                       : 0;
  if (length == 0 || text.size() < length) return 0;
  if (!IsSecond(first, static_cast<unsigned char>(text[1]))) return 0;
  const std::string_view rest = text.substr(2, length - 2);
  const bool continues = std::all_of(
      rest.begin(), rest.end(), [](unsigned char byte) { return IsBetween(byte, 0x80, 0xBF); });
  return continues ? length : 0;
}

size_t FindInvalidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = Utf8Length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace weir
