#include "format/xml/xml_name.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace weir {
namespace {

std::string Encode(std::string_view name) {
  ByteBuffer out;
  AppendXmlName(name, &out);
  return std::string(out.view());
}

std::string Utf8(uint32_t c) {
  std::string text;
  if (c < 0x80) return text += static_cast<char>(c);
  if (c < 0x800) {
    text += static_cast<char>(0xC0 | c >> 6);
  } else if (c < 0x10000) {
    text += static_cast<char>(0xE0 | c >> 12);
    text += static_cast<char>(0x80 | (c >> 6 & 0x3F));
  } else {
    text += static_cast<char>(0xF0 | c >> 18);
    text += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    text += static_cast<char>(0x80 | (c >> 6 & 0x3F));
  }
  return text += static_cast<char>(0x80 | (c & 0x3F));
}

// What a reader does, written from the documentation rather than from the code.
std::string Decode(const std::string& name) {
  if (name == "_x_") return "";
  std::string text;
  size_t at = 0;
  while (at < name.size()) {
    if (name.compare(at, 2, "_x") == 0) {
      const size_t end = name.find('_', at + 2);
      text +=
          Utf8(static_cast<uint32_t>(std::stoul(name.substr(at + 2, end - at - 2), nullptr, 16)));
      at = end + 1;
    } else {
      text += name[at++];
    }
  }
  return text;
}

TEST(XmlName, PlainNamesStay) {
  for (const char* name : {"id", "created_at", "_", "_1", "a-b.c", "Größe", "名前", "é", "x", "xm",
                           "axml", "a_", "__"}) {
    EXPECT_EQ(Encode(name), name);
  }
}

TEST(XmlName, OthersAreEscaped) {
  EXPECT_EQ(Encode(""), "_x_");
  EXPECT_EQ(Encode("first name"), "first_x0020_name");
  EXPECT_EQ(Encode("1st"), "_x0031_st");
  EXPECT_EQ(Encode("-a"), "_x002D_a");
  EXPECT_EQ(Encode(".a"), "_x002E_a");
  EXPECT_EQ(Encode("a:b"), "a_x003A_b");
  EXPECT_EQ(Encode("xmlns"), "_x0078_mlns");
  EXPECT_EQ(Encode("XML"), "_x0058_ML");
  EXPECT_EQ(Encode("_x"), "_x005F_x");
  EXPECT_EQ(Encode("a_x0020_b"), "a_x005F_x0020_b");
  EXPECT_EQ(Encode("_x_"), "_x005F_x_");
  EXPECT_EQ(Encode("<&>\""), "_x003C__x0026__x003E__x0022_");
  EXPECT_EQ(Encode(std::string("a\0b\n", 4)), "a_x0000_b_x000A_");
  EXPECT_EQ(Encode("·a"), "_x00B7_a");  // may follow, not begin
  EXPECT_EQ(Encode("a·"), "a·");
  EXPECT_EQ(Encode("😀"), "_x01F600_");
  EXPECT_EQ(Encode("\xED\xA0\x80"), "_xD800_");
}

TEST(XmlName, IsReversibleAndDistinct) {
  std::set<std::string> encoded;
  std::set<std::string> names = {"", "_x_", "_x", "x", "xml", "_x0078_ml", "a b", "a_x0020_b", "_"};
  for (uint32_t c = 0; c < 0x11000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    names.insert(Utf8(c));
    names.insert(fmt::format("a{0}_x{0}", Utf8(c)));
  }
  for (const std::string& name : names) {
    const std::string form = Encode(name);
    EXPECT_EQ(Decode(form), name);
    EXPECT_TRUE(encoded.insert(form).second) << form;
  }
}

}  // namespace
}  // namespace weir
