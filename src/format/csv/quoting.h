// Puts a text into a field: bare where it can be, in quotes with its quotes doubled where it must.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/format_options.h"
#include "format/csv/blocks.h"

namespace weir::csv_internal {

// The text in quotes; writes up to QuotedBytesMax(text.size()) bytes at `out` and returns the end
// of the field.
char* WriteQuoted(std::string_view text, char* out);
constexpr size_t QuotedBytesMax(size_t text_bytes) {
  return 2 * text_bytes + 2 + kBlockBytes;
}

// The rules of one file; see format.h. Thread-safe.
class Quoting {
 public:
  Quoting(Dialect dialect, char delimiter, std::string null_text, bool single_column);

  const std::string& null_text() const { return null_text_; }

  // The text as a field; writes up to QuotedBytesMax(text.size()) bytes at `out` and returns the
  // field's end.
  char* Write(std::string_view text, char* out) const {
    if (text.size() >= kBlockBytes) {
      if (!CopyBlocks(text, out)) return WriteQuoted(text, out);
    } else if (!text.empty()) {
      if (AnyMatch(Special(LoadShort(text.data(), text.size())))) return WriteQuoted(text, out);
      CopyShort(text.data(), text.size(), out);
    }
    if (IsQuotedWhole(text)) return WriteQuoted(text, out);
    return out + text.size();
  }

 private:
  Block Special(Block block) const {
    return reinterpret_cast<Block>((block == delimiter_) | (block == quote_) | (block == cr_) |
                                   (block == lf_));
  }
  // Copies as long as nothing needs quotes; false at the first block where something does.
  bool CopyBlocks(std::string_view text, char* out) const {
    const char* bytes = text.data();
    const size_t last = text.size() - kBlockBytes;
    for (size_t i = 0; i < last; i += kBlockBytes) {
      Block block = LoadBlock(bytes + i);
      if (AnyMatch(Special(block))) return false;
      StoreBlock(block, out + i);
    }
    Block block = LoadBlock(bytes + last);
    if (AnyMatch(Special(block))) return false;
    StoreBlock(block, out + last);
    return true;
  }
  // Whether a text without special bytes needs quotes for what it is as a whole.
  bool IsQuotedWhole(std::string_view text) const {
    if (text.empty()) return quotes_empty_;
    if (quotes_blanks_ && (IsBlank(text.front()) || IsBlank(text.back()))) return true;
    if (quotes_end_of_data_ && text == "\\.") return true;
    return text.size() == null_text_.size() && text == null_text_;
  }
  static bool IsBlank(char byte) { return byte == ' ' || byte == '\t'; }

  const Block delimiter_, quote_, cr_, lf_;
  const std::string null_text_;
  const bool quotes_empty_;
  const bool quotes_blanks_;
  const bool quotes_end_of_data_;
};

}  // namespace weir::csv_internal
