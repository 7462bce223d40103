#include "format/json/json_string.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace weir {
namespace {

std::string Quoted(std::string_view text) {
  ByteBuffer out;
  AppendJsonString(text, &out);
  return std::string(out.view());
}

// The definition, a byte at a time.
std::string QuotedSlowly(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20
                   ? fmt::format("\\u{:04x}", static_cast<unsigned char>(c))
                   : std::string(1, c);
    }
  }
  return out + '"';
}

TEST(JsonString, EveryByteAtEveryPlaceOfEveryLength) {
  for (size_t length = 1; length <= 40; ++length) {
    for (size_t place = 0; place < length; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(length, 'x');
        text[place] = static_cast<char>(byte);
        ASSERT_EQ(Quoted(text), QuotedSlowly(text)) << byte << " at " << place << "/" << length;
      }
    }
  }
}

TEST(JsonString, NeighboursOfASpecialByteAreLeftAlone) {
  // Bytes whose subtraction borrows from the next one.
  std::string text;
  for (int i = 0; i < 256; ++i) {
    for (int j : {0x00, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x7f, 0x80, 0xff}) {
      text += static_cast<char>(i);
      text += static_cast<char>(j);
    }
  }
  for (size_t start = 0; start < 32; ++start) {
    EXPECT_EQ(Quoted(text.substr(start)), QuotedSlowly(text.substr(start)));
  }
}

TEST(JsonString, ReadBackByAnotherParser) {
  std::string text = "tab\t nul ";
  text += '\0';
  text += " \x1b\x7f quote\" back\\ slash/ é😀 \r\n";
  EXPECT_EQ(nlohmann::json::parse(Quoted(text)).get<std::string>(), text);
  EXPECT_EQ(Quoted(""), "\"\"");
}

TEST(JsonString, Utf8) {
  EXPECT_TRUE(IsValidUtf8("aé😀"));
  EXPECT_EQ(FirstInvalidUtf8("aé😀"), 7u);
  EXPECT_EQ(FirstInvalidUtf8("aé\xff"), 3u);
  EXPECT_EQ(FirstInvalidUtf8("\xc3"), 0u);              // cut
  EXPECT_EQ(FirstInvalidUtf8("ab\xed\xa0\x80"), 2u);    // a surrogate
  EXPECT_EQ(FirstInvalidUtf8("\xc0\x80"), 0u);          // overlong
  EXPECT_EQ(FirstInvalidUtf8("\xf4\x90\x80\x80"), 0u);  // past U+10FFFF
}

TEST(JsonString, Numbers) {
  for (const char* text : {"0", "-0", "12", "-12.50", "1e5", "1E+05", "0.001e-10",
                           "123456789012345678901234567890.5"}) {
    EXPECT_TRUE(IsJsonNumber(text)) << text;
    EXPECT_TRUE(nlohmann::json::accept(text)) << text;
  }
  for (const char* text : {"", "-", "+1", ".5", "5.", "007", "-01", "1e", "1e+", "NaN", "Infinity",
                           "1 ", " 1", "0x10", "1,000", "--1"}) {
    EXPECT_FALSE(IsJsonNumber(text)) << text;
  }
}

}  // namespace
}  // namespace weir
