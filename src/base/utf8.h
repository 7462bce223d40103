// Whether bytes are UTF-8 (RFC 3629).
#pragma once

#include <cstddef>
#include <string_view>

namespace weir {

// The bytes of the character that `text` begins with; 0 when it begins with none: an empty text, a
// stray or missing continuation, an overlong form, a surrogate, or something past U+10FFFF.
size_t Utf8Length(std::string_view text);

// The offset of the first byte that is not part of a character; npos when there is none.
size_t FindInvalidUtf8(std::string_view text);

}  // namespace weir
