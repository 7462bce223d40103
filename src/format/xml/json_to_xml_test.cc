#include "format/xml/json_to_xml.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace weir {
namespace {

std::string Convert(std::string_view json) {
  JsonToXml converter;
  ByteBuffer out;
  Status status = converter.Append("x", json, &out);
  return status.ok() ? std::string(out.view()) : "failed: " + GetErrorInfo(status).code;
}

// A reader of what the converter writes, made from its documented rule: XML back to JSON.
class Reader {
 public:
  explicit Reader(std::string xml) : xml_(std::move(xml)) {}

  std::string Json() { return Element(); }
  std::string name() const { return name_; }

 private:
  std::string Element() {
    Expect("<");
    const std::string name = Until(" >/");
    std::map<std::string, std::string> attributes;
    while (xml_[at_] == ' ') {
      ++at_;
      const std::string key = Until("=");
      Expect("=\"");
      attributes[key] = Until("\"");
      Expect("\"");
    }
    std::string json;
    if (xml_[at_] == '/') {
      Expect("/>");
      json = Value(attributes, {}, "");
    } else {
      Expect(">");
      std::vector<std::pair<std::string, std::string>> children;
      std::string text = Until("<");
      while (xml_.compare(at_, 2, "</") != 0) {
        std::string child = Element();
        children.emplace_back(name_, child);
      }
      Expect("</" + name + ">");
      json = Value(attributes, children, text);
    }
    name_ = name;
    return json;
  }

  static std::string Value(std::map<std::string, std::string> attributes,
                           const std::vector<std::pair<std::string, std::string>>& children,
                           const std::string& text) {
    const std::string type = attributes["type"];
    if (type == "null") return "null";
    if (type == "number" || type == "boolean") return text;
    if (type.empty()) return "\"" + text + "\"";
    std::string json = type == "object" ? "{" : "[";
    for (const auto& [name, value] : children) {
      if (json.size() > 1) json += ',';
      if (type == "object") json += "\"" + name + "\":";
      json += value;
    }
    return json + (type == "object" ? "}" : "]");
  }

  std::string Until(const char* stops) {
    const size_t start = at_;
    at_ = std::min(xml_.find_first_of(stops, at_), xml_.size());
    return xml_.substr(start, at_ - start);
  }

  void Expect(const std::string& text) {
    ASSERT_EQ(xml_.substr(at_, text.size()), text);
    at_ += text.size();
  }

  const std::string xml_;
  size_t at_ = 0;
  std::string name_;
};

TEST(JsonToXml, WhatDoesNotFitIsRefused) {
  std::string json = "[0";
  for (int i = 1; i < 100'000; ++i) json += ",0";
  json += "]";
  ByteBuffer out;
  JsonToXml tight(1 << 20);
  Status status = tight.Append("x", json, &out);
  EXPECT_EQ(GetErrorInfo(status).code, "memory.value_too_large");
  EXPECT_LE(out.size(), (1 << 20) + 100);
  out.Clear();
  JsonToXml roomy(4 << 20);
  EXPECT_TRUE(roomy.Append("x", json, &out).ok());
  EXPECT_GT(out.size(), 2u << 20);
}

TEST(JsonToXml, Scalars) {
  EXPECT_EQ(Convert("1"), R"(<x type="number">1</x>)");
  EXPECT_EQ(Convert(R"("1")"), "<x>1</x>");
  EXPECT_EQ(Convert(R"("")"), "<x></x>");
  EXPECT_EQ(Convert("true"), R"(<x type="boolean">true</x>)");
  EXPECT_EQ(Convert(R"("true")"), "<x>true</x>");
  EXPECT_EQ(Convert(" null\n"), R"(<x type="null"/>)");
}

TEST(JsonToXml, NumbersKeepEveryDigit) {
  for (std::string number :
       {"-0", "1.50", "12345678901234567890.123456789012345678901234567890", "1E+400", "0.10e-7"}) {
    EXPECT_EQ(Convert(number), fmt::format(R"(<x type="number">{}</x>)", number));
    EXPECT_EQ(Convert(fmt::format("[{} ]", number)),
              fmt::format(R"(<x type="array"><item type="number">{}</item></x>)", number));
  }
}

TEST(JsonToXml, ObjectsAndArrays) {
  EXPECT_EQ(Convert(R"({"a": 1, "b": [], "c": {}, "a": null})"),
            R"(<x type="object"><a type="number">1</a><b type="array"/><c type="object"/>)"
            R"(<a type="null"/></x>)");
  EXPECT_EQ(Convert(R"([1, "1", [[]], ["b"]])"),
            R"(<x type="array"><item type="number">1</item><item>1</item>)"
            R"(<item type="array"><item type="array"/></item>)"
            R"(<item type="array"><item>b</item></item></x>)");
  EXPECT_EQ(Convert("{}"), R"(<x type="object"/>)");
  EXPECT_EQ(Convert("[ ]"), R"(<x type="array"/>)");
}

TEST(JsonToXml, Names) {
  EXPECT_EQ(Convert(R"({"first name":"","":1,"xml":2,"a\u0062\n":3,"q\"k":4,"\ud800":5,"é":6})"),
            R"(<x type="object"><first_x0020_name></first_x0020_name><_x_ type="number">1</_x_>)"
            R"(<_x0078_ml type="number">2</_x0078_ml><ab_x000A_ type="number">3</ab_x000A_>)"
            R"(<q_x0022_k type="number">4</q_x0022_k><_xD800_ type="number">5</_xD800_>)"
            R"(<é type="number">6</é></x>)");
}

TEST(JsonToXml, Strings) {
  EXPECT_EQ(Convert(R"("a\"\\\/\b\f\n\r\tA")"),
            "<x escaped=\"true\">a\"\\/_x0008__x000C_\n&#13;\tA</x>");
  EXPECT_EQ(Convert(R"("\u0000_x0000_")"), "<x escaped=\"true\">_x0000__x005F_x0000_</x>");
  EXPECT_EQ(Convert(R"("<a&b>")"), "<x>&lt;a&amp;b&gt;</x>");
  EXPECT_EQ(Convert(R"("\ud83d\uDE00 é \u00e9")"), "<x>😀 é é</x>");
  EXPECT_EQ(Convert(R"("\ud83d \ude00 \ud83d\ud83d\ude00")"),
            "<x escaped=\"true\">_xD83D_ _xDE00_ _xD83D_😀</x>");
  EXPECT_EQ(Convert(R"(" ")"), "<x xml:space=\"preserve\"> </x>");
  EXPECT_EQ(Convert(R"("\\")"), "<x>\\</x>");
}

TEST(JsonToXml, RoundTrips) {
  for (std::string json :
       {R"({"a":1,"b":[true,false,null,"x",1.0,[1],[],{}],"c":{"d":{"e":[{"f":""}]}}})",
        R"([[[[]]],[{}],["1",1],"null",null])", R"({"a":{"a":{"a":["a"]}},"b":-1e-9})",
        R"({"item":["item",{"item":[]}],"type":"type"})"}) {
    EXPECT_EQ(Reader(Convert(json)).Json(), json);
  }
}

TEST(JsonToXml, OneConverterTakesManyValues) {
  JsonToXml converter;
  ByteBuffer out;
  const std::string text(3 << 20, 'y');
  const std::string big = fmt::format(R"(["{}"])", text);
  for (const std::string& json : {std::string("[1]"), big, std::string(R"({"a":"b"})")}) {
    ASSERT_TRUE(converter.Append("x", json, &out).ok());
  }
  const std::string expected =
      fmt::format(R"(<x type="array"><item type="number">1</item></x>)"
                  R"(<x type="array"><item>{}</item></x><x type="object"><a>b</a></x>)",
                  text);
  EXPECT_TRUE(out.view() == expected);
}

TEST(JsonToXml, DepthIsCapped) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(Reader(Convert(nested(kXmlDepthMax))).Json(), nested(kXmlDepthMax));
  EXPECT_EQ(Convert(nested(kXmlDepthMax + 1)), "failed: format.json_too_deep");
  EXPECT_EQ(Convert(nested(1000000)), "failed: format.json_too_deep");
}

TEST(JsonToXml, RefusesWhatIsNotJson) {
  for (const char* json :
       {"",          " ",           "{",           "[1",          "[1]]",     "[1] 2", "{} {}",
        "1 2",       "01",          "+1",          "NaN",         "nul",      "tru",   "truex",
        "\"a",       "\"a\" \"b\"", "[1,]",        "{\"a\"}",     "{\"a\":}", "{a:1}", "\"\\x\"",
        "\"\\u12\"", "[\"a\nb\"]",  "{\"a\":1<2}", "{\"\\q\":1}", "]",        "\"a\"b"}) {
    EXPECT_EQ(Convert(json), "failed: format.invalid_json") << json;
  }
  EXPECT_EQ(Convert("[\"\xFF\"]"), "failed: format.invalid_utf8");
}

}  // namespace
}  // namespace weir
