#include "format/xml/xml_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace weir {
namespace {

std::string Content(std::string_view text) {
  ByteBuffer out;
  AppendXmlContent(text, InspectXmlText(text), &out);
  return std::string(out.view());
}

TEST(XmlText, PlainTextNeedsNothing) {
  for (const char* text : {"", "a", "  a ", "0123456789abcdefghij", "a\tb\nc", "\"it's\""}) {
    EXPECT_TRUE(InspectXmlText(text).none()) << text;
    EXPECT_EQ(Content(text), fmt::format(">{}", text));
  }
}

TEST(XmlText, MarkupAndCarriageReturnBecomeEntities) {
  EXPECT_EQ(Content("a<b>&c"), ">a&lt;b&gt;&amp;c");
  EXPECT_EQ(Content("]]>"), ">]]&gt;");
  EXPECT_EQ(Content("a\r\nb"), ">a&#13;\nb");
  EXPECT_EQ(Content("é<"), ">é&lt;");
}

TEST(XmlText, WhiteSpaceAloneIsMarked) {
  EXPECT_EQ(Content(" \n\t"), " xml:space=\"preserve\"> \n\t");
  EXPECT_EQ(Content("\r"), " xml:space=\"preserve\">&#13;");
}

TEST(XmlText, ForbiddenCharactersAreEscapedAndSaidToBe) {
  EXPECT_EQ(Content(std::string_view("a\0b", 3)), " escaped=\"true\">a_x0000_b");
  EXPECT_EQ(Content("\x1F<\r"), " escaped=\"true\">_x001F_&lt;&#13;");
  EXPECT_EQ(Content("\uFFFE\uFFFF\uFFFD"), " escaped=\"true\">_xFFFE__xFFFF_\uFFFD");
  EXPECT_EQ(Content("\xED\xA0\xBD"), " escaped=\"true\">_xD83D_");
  // U+D7FF and U+1FFFF look alike at first, and are allowed.
  EXPECT_EQ(Content("\xED\x9F\xBF\xF0\x9F\xBF\xBF"), ">\xED\x9F\xBF\xF0\x9F\xBF\xBF");
}

TEST(XmlText, OnlyEscapedElementsProtectTheirUnderscores) {
  EXPECT_EQ(Content("_x0041_"), ">_x0041_");
  EXPECT_EQ(Content("_x0041_\x01 _ x_"), " escaped=\"true\">_x005F_x0041__x0001_ _ x_");
}

TEST(XmlText, EveryPositionInABlockIsSeen) {
  for (size_t size = 1; size < 70; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = '&';
      EXPECT_EQ(Content(text), fmt::format(">{:a<{}}&amp;{:a<{}}", "", at, "", size - at - 1));
      text[at] = '\x0B';
      EXPECT_TRUE(InspectXmlText(text).escapes);
      EXPECT_FALSE(InspectXmlText(text).utf8_check);
      text[at] = '\x80';
      EXPECT_TRUE(InspectXmlText(text).utf8_check);
    }
  }
}

}  // namespace
}  // namespace weir
