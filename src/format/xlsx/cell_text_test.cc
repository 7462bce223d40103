#include "format/xlsx/cell_text.h"

#include <gtest/gtest.h>

#include <string>

namespace weir {
namespace {

std::string Cell(std::string_view text) {
  ByteBuffer out;
  AppendCellText(text, InspectCellText(text), &out);
  return std::string(out.view());
}

TEST(CellText, PlainTextStays) {
  EXPECT_EQ(Cell(""), "<t></t>");
  EXPECT_EQ(Cell("=1+1"), "<t>=1+1</t>");
  EXPECT_EQ(Cell("a\tb\nc \"d\" é 😀"), "<t>a\tb\nc \"d\" é 😀</t>");
}

TEST(CellText, MarkupBecomesEntities) {
  EXPECT_EQ(Cell("<a&b>]]>"), "<t>&lt;a&amp;b&gt;]]&gt;</t>");
}

TEST(CellText, SpaceAtTheEdgesIsKept) {
  EXPECT_EQ(Cell(" a"), "<t xml:space=\"preserve\"> a</t>");
  EXPECT_EQ(Cell("a\n"), "<t xml:space=\"preserve\">a\n</t>");
}

TEST(CellText, ForbiddenCharactersAreEscaped) {
  EXPECT_EQ(Cell(std::string_view("a\0\x1F\r\n", 5)),
            "<t xml:space=\"preserve\">a_x0000__x001F__x000D_\n</t>");
  EXPECT_EQ(Cell("\uFFFE\uFFFF\uFFFD"), "<t>_xFFFE__xFFFF_\uFFFD</t>");
}

TEST(CellText, WhatLooksEscapedIsProtected) {
  EXPECT_EQ(Cell("_x000A_"), "<t>_x005F_x000A_</t>");
  EXPECT_EQ(Cell("a_xabCD_x0041_"), "<t>a_x005F_xabCD_x005F_x0041_</t>");
  EXPECT_EQ(Cell("_x00G0_ _x000_ _x00001_ x_1 _"), "<t>_x00G0_ _x000_ _x00001_ x_1 _</t>");
}

TEST(CellText, CountsUtf16Units) {
  EXPECT_EQ(CountUtf16Units(""), 0u);
  EXPECT_EQ(CountUtf16Units("aé名😀"), 5u);
}

}  // namespace
}  // namespace weir
