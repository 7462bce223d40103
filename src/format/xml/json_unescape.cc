#include "format/xml/json_unescape.h"

#include <algorithm>
#include <cstdint>

namespace weir {
namespace {

// The four hexadecimal digits at `at`, or -1.
int32_t ReadHex4(std::string_view body, size_t at) {
  if (body.size() - at < 4) return -1;
  int32_t value = 0;
  for (size_t i = at; i < at + 4; ++i) {
    const char c = body[i];
    int32_t digit;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
      digit = (c | 0x20) - 'a' + 10;
    } else {
      return -1;
    }
    value = value << 4 | digit;
  }
  return value;
}

void AppendUtf8(uint32_t c, ByteBuffer* out) {
  char* to = out->Reserve(4);
  if (c < 0x80) {
    to[0] = static_cast<char>(c);
    out->Commit(1);
  } else if (c < 0x800) {
    to[0] = static_cast<char>(0xC0 | c >> 6);
    to[1] = static_cast<char>(0x80 | (c & 0x3F));
    out->Commit(2);
  } else if (c < 0x10000) {
    to[0] = static_cast<char>(0xE0 | c >> 12);
    to[1] = static_cast<char>(0x80 | (c >> 6 & 0x3F));
    to[2] = static_cast<char>(0x80 | (c & 0x3F));
    out->Commit(3);
  } else {
    to[0] = static_cast<char>(0xF0 | c >> 18);
    to[1] = static_cast<char>(0x80 | (c >> 12 & 0x3F));
    to[2] = static_cast<char>(0x80 | (c >> 6 & 0x3F));
    to[3] = static_cast<char>(0x80 | (c & 0x3F));
    out->Commit(4);
  }
}

// Appends what the \uXXXX whose digits start at `at` stands for, together with the \uXXXX after it
// when the two are a surrogate pair. Returns where it ends; 0 when it is malformed.
size_t AppendUnicodeEscape(std::string_view body, size_t at, ByteBuffer* out) {
  const int32_t unit = ReadHex4(body, at);
  if (unit < 0) return 0;
  at += 4;
  const bool high = unit >= 0xD800 && unit < 0xDC00;
  if (high && body.substr(at, 2) == "\\u") {
    const int32_t low = ReadHex4(body, at + 2);
    if (low >= 0xDC00 && low < 0xE000) {
      AppendUtf8(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), out);
      return at + 6;
    }
  }
  AppendUtf8(unit, out);
  return at;
}

// The character a two-character escape stands for, or 0.
char SimpleEscape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

}  // namespace

bool AppendUnescapedJson(std::string_view body, ByteBuffer* out) {
  size_t at = 0;
  while (at < body.size()) {
    const size_t backslash = std::min(body.find('\\', at), body.size());
    out->Append(body.substr(at, backslash - at));
    if (backslash == body.size()) return true;
    if (backslash + 1 == body.size()) return false;
    const char kind = body[backslash + 1];
    at = backslash + 2;
    if (kind == 'u') {
      at = AppendUnicodeEscape(body, at, out);
      if (at == 0) return false;
    } else {
      const char c = SimpleEscape(kind);
      if (c == 0) return false;
      out->Append(c);
    }
  }
  return true;
}

}  // namespace weir
