#include "format/xml/xml_name.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "format/xml/xml_name_table.h"

namespace weir {
namespace {

enum AsciiClass : uint8_t { kOther = 0, kMark = 1, kLetter = 2 };

constexpr std::array<uint8_t, 128> MakeAsciiClasses() {
  std::array<uint8_t, 128> classes{};
  for (int c = 'a'; c <= 'z'; ++c) classes[c] = kLetter;
  for (int c = 'A'; c <= 'Z'; ++c) classes[c] = kLetter;
  for (int c = '0'; c <= '9'; ++c) classes[c] = kMark;
  classes['_'] = kLetter;
  classes['-'] = kMark;
  classes['.'] = kMark;
  return classes;
}

constexpr std::array<uint8_t, 128> kAsciiClasses = MakeAsciiClasses();

template <size_t kCount>
bool IsIn(const XmlCharRange (&ranges)[kCount], uint32_t code_point) {
  const XmlCharRange* above =
      std::upper_bound(std::begin(ranges), std::end(ranges), code_point,
                       [](uint32_t c, const XmlCharRange& range) { return c < range.first; });
  return above != ranges && code_point <= std::prev(above)->last;
}

bool MayStart(uint32_t code_point) {
  if (code_point < 128) return kAsciiClasses[code_point] == kLetter;
  return IsIn(kXmlLetters, code_point);
}

bool MayFollow(uint32_t code_point) {
  if (code_point < 128) return kAsciiClasses[code_point] != kOther;
  return IsIn(kXmlLetters, code_point) || IsIn(kXmlNameMarks, code_point);
}

bool StartsWithXml(std::string_view name) {
  return name.size() >= 3 && (name[0] | 0x20) == 'x' && (name[1] | 0x20) == 'm' &&
         (name[2] | 0x20) == 'l';
}

// A name of ASCII that needs no escape: nearly all of them.
bool IsPlain(std::string_view name) {
  if (name.empty() || StartsWithXml(name)) return false;
  const auto first = static_cast<uint8_t>(name[0]);
  if (first >= 128 || kAsciiClasses[first] != kLetter) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<uint8_t>(name[i]);
    if (c >= 128 || kAsciiClasses[c] == kOther) return false;
    if (c == '_' && i + 1 < name.size() && name[i + 1] == 'x') return false;
  }
  return true;
}

}  // namespace

uint32_t NextCodePoint(std::string_view text, size_t* at) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[i])); };
  const size_t i = *at;
  const uint32_t lead = byte(i);
  if (lead < 0x80) {
    *at = i + 1;
    return lead;
  }
  if (lead < 0xE0) {
    *at = i + 2;
    return (lead & 0x1F) << 6 | (byte(i + 1) & 0x3F);
  }
  if (lead < 0xF0) {
    *at = i + 3;
    return (lead & 0x0F) << 12 | (byte(i + 1) & 0x3F) << 6 | (byte(i + 2) & 0x3F);
  }
  *at = i + 4;
  return (lead & 0x07) << 18 | (byte(i + 1) & 0x3F) << 12 | (byte(i + 2) & 0x3F) << 6 |
         (byte(i + 3) & 0x3F);
}

void AppendXmlEscape(uint32_t code_point, ByteBuffer* out) {
  const int digits = code_point > 0xFFFF ? 6 : 4;
  char* to = out->Reserve(9);
  *to++ = '_';
  *to++ = 'x';
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    *to++ = "0123456789ABCDEF"[code_point >> shift & 0xF];
  }
  *to = '_';
  out->Commit(3 + digits);
}

void AppendXmlName(std::string_view name, ByteBuffer* out) {
  if (IsPlain(name)) {
    out->Append(name);
    return;
  }
  if (name.empty()) {
    out->Append("_x_");
    return;
  }
  size_t at = 0;
  while (at < name.size()) {
    const size_t start = at;
    const uint32_t code_point = NextCodePoint(name, &at);
    const bool allowed =
        start == 0 ? MayStart(code_point) && !StartsWithXml(name) : MayFollow(code_point);
    const bool looks_escaped = code_point == '_' && at < name.size() && name[at] == 'x';
    if (allowed && !looks_escaped) {
      out->Append(name.substr(start, at - start));
    } else {
      AppendXmlEscape(code_point, out);
    }
  }
}

}  // namespace weir
