#include "format/xlsx/cell_text.h"

#include <array>
#include <cstdint>

namespace weir {
namespace {

enum ByteFlags : uint8_t { kNone = 0, kHigh = 1, kEscape = 2 };

constexpr std::array<uint8_t, 256> MakeByteFlags() {
  std::array<uint8_t, 256> flags{};
  for (int c = 0; c < 0x20; ++c) flags[c] = kEscape;
  for (int c = 0x80; c < 0x100; ++c) flags[c] = kHigh;
  flags['\t'] = flags['\n'] = kNone;
  for (char c : {'<', '>', '&', '_'}) flags[static_cast<uint8_t>(c)] = kEscape;
  flags[0xEF] = kHigh | kEscape;  // leads U+FFFE and U+FFFF
  return flags;
}

constexpr std::array<uint8_t, 256> kByteFlags = MakeByteFlags();

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// "_xHHHH_", at which a reader would see an escape.
bool LooksEscaped(std::string_view text) {
  return text.size() >= 7 && text[1] == 'x' && IsHex(text[2]) && IsHex(text[3]) && IsHex(text[4]) &&
         IsHex(text[5]) && text[6] == '_';
}

void AppendEscape(uint32_t unit, ByteBuffer* out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const char escape[] = {'_',
                         'x',
                         kDigits[unit >> 12 & 15],
                         kDigits[unit >> 8 & 15],
                         kDigits[unit >> 4 & 15],
                         kDigits[unit & 15],
                         '_'};
  out->Append(std::string_view(escape, sizeof(escape)));
}

// Appends the form of the character at the start of `text`, if it is none of its own. Returns how
// many bytes it stands for; 0 when there is nothing to escape.
size_t AppendEscaped(std::string_view text, ByteBuffer* out) {
  const auto c = static_cast<uint8_t>(text[0]);
  switch (c) {
    case '<':
      out->Append("&lt;");
      return 1;
    case '>':
      out->Append("&gt;");
      return 1;
    case '&':
      out->Append("&amp;");
      return 1;
    case '_':
      if (!LooksEscaped(text)) return 0;
      AppendEscape(c, out);
      return 1;
    case 0xEF: {
      const bool forbidden = text.size() >= 3 && text[1] == '\xBF' && text[2] >= '\xBE';
      if (!forbidden) return 0;
      AppendEscape(text[2] == '\xBE' ? 0xFFFE : 0xFFFF, out);
      return 3;
    }
    default:
      AppendEscape(c, out);
      return 1;
  }
}

void AppendEscapedText(std::string_view text, ByteBuffer* out) {
  size_t span = 0;
  size_t at = 0;
  while (at < text.size()) {
    if ((kByteFlags[static_cast<uint8_t>(text[at])] & kEscape) == 0) {
      ++at;
      continue;
    }
    out->Append(text.substr(span, at - span));
    const size_t taken = AppendEscaped(text.substr(at), out);
    span = at + taken;
    at += taken == 0 ? 1 : taken;
  }
  out->Append(text.substr(span));
}

}  // namespace

CellTextNeeds InspectCellText(std::string_view text) {
  uint8_t flags = 0;
  for (char c : text) flags |= kByteFlags[static_cast<uint8_t>(c)];
  return {(flags & kHigh) != 0, (flags & kEscape) != 0};
}

size_t CountUtf16Units(std::string_view text) {
  size_t units = 0;
  for (char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    units += (byte & 0xC0) != 0x80;  // not a continuation: a character begins
    units += byte >= 0xF0;           // beyond U+FFFF: two units
  }
  return units;
}

void AppendCellText(std::string_view text, const CellTextNeeds& needs, ByteBuffer* out) {
  const bool edge_space = !text.empty() && (IsSpace(text.front()) || IsSpace(text.back()));
  out->Append(edge_space ? R"(<t xml:space="preserve">)" : "<t>");
  if (needs.escapes) {
    AppendEscapedText(text, out);
  } else {
    out->Append(text);
  }
  out->Append("</t>");
}

}  // namespace weir
