#include "cli/text_layout.h"

#include <algorithm>

namespace weir::cli {
namespace {

void EndLine(std::string* out) {
  while (out->ends_with(' ')) out->pop_back();
  *out += '\n';
}

// Wraps one line, the first of which begins at column `at` already.
void WrapLine(std::string_view line, size_t indent, size_t width, size_t at, std::string* out) {
  bool line_begins = true;
  while (!line.empty()) {
    const size_t space = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, space);
    const size_t needed = DisplayWidth(word) + (line_begins ? 0 : 1);
    if (!line_begins && at + needed > width) {
      EndLine(out);
      *out += std::string(indent, ' ');
      at = indent;
      line_begins = true;
    }
    if (!line_begins) *out += ' ';
    *out += word;
    at += needed;
    line_begins = false;
    line.remove_prefix(std::min(space + 1, line.size()));
  }
  EndLine(out);
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

std::string Wrap(std::string_view text, size_t indent, size_t width) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    out += std::string(indent, ' ');
    WrapLine(text.substr(0, end), indent, width, indent, &out);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string Labelled(std::string_view label, std::string_view text, size_t indent, size_t column,
                     size_t width) {
  std::string out = std::string(indent, ' ') + std::string(label);
  const size_t at = indent + DisplayWidth(label);
  if (at + 2 <= column) {
    out += std::string(column - at, ' ');
  } else {
    out += '\n' + std::string(column, ' ');
  }
  WrapLine(text, column, width, column, &out);
  return out;
}

std::string AlignTable(const std::vector<std::vector<std::string>>& rows, size_t indent) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    out += std::string(indent, ' ');
    for (size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out += std::string(widths[i] - DisplayWidth(row[i]) + 2, ' ');
    }
    EndLine(&out);
  }
  return out;
}

}  // namespace weir::cli
