// Any text as an XML name, and back: the escapes of SQL/XML (ISO 9075-14, 9.1, "fully escaped").
//
// A character that may not stand where it stands is written _xHHHH_, with its code point in four
// upper-case hexadecimal digits (six above U+FFFF); so is a colon, the first letter of a name that
// begins with "xml" in any case, and the underscore of a "_x" that is part of the name. The empty
// name, which SQL/XML does not know, is "_x_". Different names have different forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/byte_buffer.h"

namespace weir {

// Appends `name` as a name that every XML 1.0 parser accepts. REQUIRES: `name` is UTF-8; a lone
// surrogate in the same scheme (ED A0 80 to ED BF BF) is allowed and escaped.
void AppendXmlName(std::string_view name, ByteBuffer* out);

// Appends the escape of one code point: _x0020_.
void AppendXmlEscape(uint32_t code_point, ByteBuffer* out);

// The code point that starts at `at`, which moves past it. REQUIRES: as above.
uint32_t NextCodePoint(std::string_view text, size_t* at);

}  // namespace weir
