// The characters a JSON string literal stands for (RFC 8259 section 7).
#pragma once

#include <string_view>

#include "base/byte_buffer.h"

namespace weir {

// Appends the text of the literal's inside, without its quotation marks, as UTF-8. A \u escape of
// half a surrogate pair, which RFC 8259 allows and UTF-8 has no form for, is appended in UTF-8's
// scheme (ED A0 80 to ED BF BF). False for an escape that JSON does not know.
bool AppendUnescapedJson(std::string_view body, ByteBuffer* out);

}  // namespace weir
