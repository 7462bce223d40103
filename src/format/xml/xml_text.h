// Text as the content of an XML 1.0 element. Markup is written as entities and CR as &#13;, which
// parsers would turn into LF. Characters XML has no form for (U+0000 to U+001F but TAB, LF, CR;
// U+FFFE, U+FFFF; lone surrogates out of JSON) are written _xHHHH_ in an element that says so by
// escaped="true"; there, and only there, a "_x" of the text itself is written "_x005F_x".
#pragma once

#include <string_view>

#include "base/byte_buffer.h"

namespace weir {

// What a text needs before it can stand in an element.
struct XmlTextNeeds {
  bool utf8_check = false;  // it has bytes beyond ASCII
  bool entities = false;    // it has < > & or CR
  bool escapes = false;     // it has characters XML 1.0 has no form for
  bool blank = false;       // it is white space only (and not empty), which some readers drop

  bool none() const { return !utf8_check && !entities && !escapes && !blank; }
};

// A lone surrogate in UTF-8's scheme (ED A0 80 to ED BF BF) counts as a character to escape.
XmlTextNeeds InspectXmlText(std::string_view text);

// Closes a start tag and appends its content: to a buffer that ends in `<name` the attributes the
// text needs, `>` and the text. REQUIRES: `text` is UTF-8 but for lone surrogates.
void AppendXmlContent(std::string_view text, const XmlTextNeeds& needs, ByteBuffer* out);

}  // namespace weir
