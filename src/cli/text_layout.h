// Text for people: wrapped paragraphs and aligned tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

inline constexpr size_t kTextWidth = 96;

// Breaks `text` at spaces into lines of at most `width` columns, each indented by `indent` spaces
// and ended by a newline. Newlines in the text stay.
std::string Wrap(std::string_view text, size_t indent, size_t width = kTextWidth);

// `label` at `indent`, and `text` wrapped beside it from column `column` on; below the label when
// it is too long.
std::string Labelled(std::string_view label, std::string_view text, size_t indent, size_t column,
                     size_t width = kTextWidth);

// Rows of cells with columns of equal width, two spaces apart; spaces at the end are left out. The
// last column may be of any length.
std::string AlignTable(const std::vector<std::vector<std::string>>& rows, size_t indent = 0);

// How many columns of a terminal UTF-8 text takes, counting one for each character.
size_t DisplayWidth(std::string_view text);

}  // namespace weir::cli
