#include "format/csv/quoting.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace weir::csv_internal {
namespace {

// Writes into exactly the room that the function may touch, with a guard after it, from a text of
// exactly its size on the heap, so that the sanitizer sees a read past either end.
template <typename Write>
std::string WithinBounds(const std::string& text, Write write) {
  std::vector<char> bytes(text.begin(), text.end());
  std::string out(QuotedBytesMax(text.size()) + 1, '#');
  char* end = write(std::string_view(bytes.data(), bytes.size()), out.data());
  EXPECT_EQ(out.back(), '#');
  return out.substr(0, static_cast<size_t>(end - out.data()));
}

std::string Quoted(const std::string& text) {
  return WithinBounds(text, [](std::string_view t, char* out) { return WriteQuoted(t, out); });
}

std::string Field(const Quoting& quoting, const std::string& text) {
  return WithinBounds(text, [&](std::string_view t, char* out) { return quoting.Write(t, out); });
}

std::string ExpectedQuoted(const std::string& text) {
  std::string out = "\"";
  for (char byte : text) out += byte == '"' ? std::string("\"\"") : std::string(1, byte);
  return out + "\"";
}

TEST(WriteQuoted, DoublesQuotesWhereverTheyStand) {
  EXPECT_EQ(Quoted(""), "\"\"");
  EXPECT_EQ(Quoted("\""), "\"\"\"\"");
  EXPECT_EQ(Quoted(R"({"a": "b"})"), R"("{""a"": ""b""}")");
  for (size_t size = 0; size < 70; ++size) {
    EXPECT_EQ(Quoted(std::string(size, '"')), ExpectedQuoted(std::string(size, '"')));
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '"';
      EXPECT_EQ(Quoted(text), ExpectedQuoted(text)) << size << " " << at;
    }
  }
}

TEST(WriteQuoted, RandomTexts) {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string text(random() % 200, 0);
    unsigned density = random() % 8 + 1;
    for (char& byte : text) byte = random() % density == 0 ? '"' : static_cast<char>(random());
    ASSERT_EQ(Quoted(text), ExpectedQuoted(text));
  }
}

TEST(Quoting, EverySpecialByteAtEveryPlace) {
  const Quoting quoting(Dialect::kPostgres, ';', "", false);
  for (char special : {';', '"', '\r', '\n'}) {
    for (size_t size = 1; size < 70; ++size) {
      for (size_t at = 0; at < size; ++at) {
        std::string text(size, 'x');
        text[at] = special;
        EXPECT_EQ(Field(quoting, text), ExpectedQuoted(text)) << size << " " << at;
      }
    }
  }
}

TEST(Quoting, NoOtherByteIsSpecial) {
  const Quoting quoting(Dialect::kPostgres, ';', "", false);
  for (int byte = 0; byte < 256; ++byte) {
    char c = static_cast<char>(byte);
    if (c == ';' || c == '"' || c == '\r' || c == '\n') continue;
    for (size_t size = 1; size < 40; ++size) {
      std::string text(size, c);
      EXPECT_EQ(Field(quoting, text), text);
    }
  }
}

// Mixtures, since a wrong way of gathering a short text's bytes could make a special byte of two
// that are not.
TEST(Quoting, MixturesOfBytesAreJudgedByteByByte) {
  const Quoting quoting(Dialect::kPostgres, ';', "", false);
  auto expect_field = [&](const std::string& text) {
    bool special = text.find_first_of(";\"\r\n") != std::string::npos;
    ASSERT_EQ(Field(quoting, text), special ? ExpectedQuoted(text) : text);
  };
  for (int pair = 0; pair < 65536; ++pair) {
    expect_field({static_cast<char>(pair >> 8), static_cast<char>(pair)});
  }
  std::mt19937 random(5);
  for (int i = 0; i < 100000; ++i) {
    std::string text(random() % 40 + 1, 0);
    for (char& byte : text) byte = static_cast<char>(random());
    expect_field(text);
  }
}

TEST(Quoting, BlanksAtTheEdges) {
  const Quoting iso(Dialect::kIso, ',', "", false);
  const Quoting postgres(Dialect::kPostgres, ',', "", false);
  for (std::string text : {" a", "a ", "\ta", "a\t", " ", "a long text that ends with a blank "}) {
    EXPECT_EQ(Field(iso, text), ExpectedQuoted(text));
    EXPECT_EQ(Field(postgres, text), text);
  }
  EXPECT_EQ(Field(iso, "a b"), "a b");
}

TEST(Quoting, WhatEqualsTheNullText) {
  const Quoting nothing(Dialect::kPostgres, ',', "", false);
  EXPECT_EQ(Field(nothing, ""), "\"\"");
  const Quoting null(Dialect::kPostgres, ',', "NULL", false);
  EXPECT_EQ(Field(null, "NULL"), "\"NULL\"");
  EXPECT_EQ(Field(null, "NULLS"), "NULLS");
  EXPECT_EQ(Field(null, "null"), "null");
  EXPECT_EQ(Field(null, ""), "");
  const Quoting iso(Dialect::kIso, ',', "NULL", false);
  EXPECT_EQ(Field(iso, ""), "\"\"");
  const Quoting longer(Dialect::kIso, ',', "this is not a value", false);
  EXPECT_EQ(Field(longer, "this is not a value"), "\"this is not a value\"");
}

TEST(Quoting, TheEndOfDataMark) {
  for (Dialect dialect : {Dialect::kIso, Dialect::kPostgres}) {
    const Quoting alone(dialect, ',', "", true);
    EXPECT_EQ(Field(alone, "\\."), "\"\\.\"");
    EXPECT_EQ(Field(alone, "\\.."), "\\..");
    const Quoting among(dialect, ',', "", false);
    EXPECT_EQ(Field(among, "\\."), "\\.");
  }
}

}  // namespace
}  // namespace weir::csv_internal
