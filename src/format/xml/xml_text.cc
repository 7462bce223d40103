#include "format/xml/xml_text.h"

#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "format/xml/xml_name.h"

namespace weir {
namespace {

// What a first, coarse look at a text finds: `special` has some false alarms (TAB and LF).
struct Glance {
  bool high = false;
  bool special = false;
};

bool IsSpecial(uint8_t c) {
  return c < 0x20 || c == '<' || c == '>' || c == '&';
}

#if defined(__SSE2__)
// 16 bytes at a time; returns how far it came.
size_t GlanceBlocks(std::string_view text, Glance* glance) {
  const __m128i last_control = _mm_set1_epi8(0x1F);
  const __m128i less = _mm_set1_epi8('<');
  const __m128i greater = _mm_set1_epi8('>');
  const __m128i ampersand = _mm_set1_epi8('&');
  __m128i all = _mm_setzero_si128();
  __m128i special = _mm_setzero_si128();
  size_t at = 0;
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
    const __m128i angle = _mm_or_si128(_mm_cmpeq_epi8(block, less), _mm_cmpeq_epi8(block, greater));
    all = _mm_or_si128(all, block);
    special = _mm_or_si128(special, _mm_or_si128(control, angle));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(block, ampersand));
  }
  glance->high = _mm_movemask_epi8(all) != 0;
  glance->special = _mm_movemask_epi8(special) != 0;
  return at;
}
#else
size_t GlanceBlocks(std::string_view, Glance*) {
  return 0;
}
#endif

Glance GlanceAt(std::string_view text) {
  Glance glance;
  for (size_t at = GlanceBlocks(text, &glance); at < text.size(); ++at) {
    const auto c = static_cast<uint8_t>(text[at]);
    glance.high |= c >= 0x80;
    glance.special |= IsSpecial(c);
  }
  return glance;
}

// True at a three-byte sequence of U+FFFE, U+FFFF or a surrogate.
bool IsForbiddenHigh(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  if (byte(0) == 0xEF) return at + 2 < text.size() && byte(1) == 0xBF && byte(2) >= 0xBE;
  return byte(0) == 0xED && at + 2 < text.size() && byte(1) >= 0xA0;
}

bool IsForbiddenControl(uint8_t c) {
  return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

void InspectControls(std::string_view text, XmlTextNeeds* needs) {
  for (char c : text) {
    needs->entities |= c == '<' || c == '>' || c == '&' || c == '\r';
    needs->escapes |= IsForbiddenControl(static_cast<uint8_t>(c));
  }
}

// Only EF and ED lead to something forbidden; memchr finds them fast.
bool HasForbiddenHigh(std::string_view text, uint8_t lead) {
  size_t at = 0;
  while (at < text.size()) {
    const void* found = std::memchr(text.data() + at, lead, text.size() - at);
    if (found == nullptr) return false;
    at = static_cast<const char*>(found) - text.data();
    if (IsForbiddenHigh(text, at)) return true;
    ++at;
  }
  return false;
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string_view EntityOf(char c) {
  switch (c) {
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '&':
      return "&amp;";
    case '\r':
      return "&#13;";
    default:
      return {};
  }
}

void AppendWithEntities(std::string_view text, ByteBuffer* out) {
  size_t span = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const std::string_view entity = EntityOf(text[at]);
    if (entity.empty()) continue;
    out->Append(text.substr(span, at - span));
    out->Append(entity);
    span = at + 1;
  }
  out->Append(text.substr(span));
}

void AppendWithEscapes(std::string_view text, ByteBuffer* out) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t start = at;
    const auto c = static_cast<uint8_t>(text[at]);
    const bool looks_escaped = c == '_' && at + 1 < text.size() && text[at + 1] == 'x';
    if (looks_escaped || IsForbiddenControl(c) || (c >= 0x80 && IsForbiddenHigh(text, at))) {
      AppendXmlEscape(NextCodePoint(text, &at), out);
      continue;
    }
    ++at;
    const std::string_view entity = EntityOf(text[start]);
    out->Append(entity.empty() ? text.substr(start, 1) : entity);
  }
}

}  // namespace

XmlTextNeeds InspectXmlText(std::string_view text) {
  const Glance glance = GlanceAt(text);
  XmlTextNeeds needs;
  needs.utf8_check = glance.high;
  if (glance.special) InspectControls(text, &needs);
  if (glance.high && !needs.escapes) {
    needs.escapes = HasForbiddenHigh(text, 0xEF) || HasForbiddenHigh(text, 0xED);
  }
  if (!text.empty() && static_cast<uint8_t>(text[0]) <= 0x20) needs.blank = IsBlank(text);
  return needs;
}

void AppendXmlContent(std::string_view text, const XmlTextNeeds& needs, ByteBuffer* out) {
  if (needs.escapes) out->Append(R"( escaped="true")");
  if (needs.blank) out->Append(R"( xml:space="preserve")");
  out->Append('>');
  if (needs.escapes) {
    AppendWithEscapes(text, out);
  } else if (needs.entities) {
    AppendWithEntities(text, out);
  } else {
    out->Append(text);
  }
}

}  // namespace weir
