// Strings as JSON string literals, and whether bytes are UTF-8.
//
// RFC 8259 section 7. What is escaped, and how, is what PostgreSQL's escape_json escapes: quotation
// mark, reverse solidus, \b \f \n \r \t, and the other control characters below U+0020 as \u00xx in
// lowercase. DEL, '/' and everything outside ASCII stand as they are.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/byte_buffer.h"

namespace weir {

// Appends `text` with its quotation marks. `text` must be UTF-8 for the result to be JSON.
void AppendJsonString(std::string_view text, ByteBuffer* out);

// The same without the quotation marks, to build one literal out of several pieces.
void AppendJsonStringBody(std::string_view text, ByteBuffer* out);

bool IsValidUtf8(std::string_view text);

// The offset of the first byte that is not part of well-formed UTF-8; text.size() when there is
// none. Slow: for error messages.
size_t FirstInvalidUtf8(std::string_view text);

// True for a number as RFC 8259 section 6 writes it: -12.50e+3, but not +1, .5, 007 or NaN.
bool IsJsonNumber(std::string_view text);

}  // namespace weir
