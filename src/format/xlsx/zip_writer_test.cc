#include "format/xlsx/zip_writer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "format/xlsx/xlsx_testing.h"

namespace weir {
namespace {

TEST(ZipWriter, WhatIsWrittenIsRead) {
  StringSink sink;
  auto zip = ZipWriter::Make(&sink, 6).ValueOrDie();
  std::string expected;
  std::mt19937 random(1);
  ASSERT_TRUE(zip->Begin("a/big").ok());
  for (int i = 0; i < 200; ++i) {
    std::string piece(random() % 10000, 'x');
    for (char& c : piece) c = static_cast<char>(random() % 64);
    ASSERT_TRUE(zip->Write(piece).ok());
    expected += piece;
  }
  ASSERT_TRUE(zip->End().ok());
  ASSERT_TRUE(zip->Begin("empty").ok());
  ASSERT_TRUE(zip->End().ok());
  ASSERT_TRUE(zip->Finish().ok());
  EXPECT_EQ(zip->bytes_written(), static_cast<int64_t>(sink.content.size()));
  EXPECT_EQ(zip->bytes_buffered(), 0);

  auto members = ReadZip(sink.content).ValueOrDie();
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].name, "a/big");
  EXPECT_TRUE(Inflate(members[0]).ValueOrDie() == expected);
  EXPECT_EQ(Inflate(members[1]).ValueOrDie(), "");

  StringSink copied;
  auto copy = ZipWriter::Make(&copied, 1).ValueOrDie();
  ASSERT_TRUE(copy->Add(members[0]).ok());
  ASSERT_TRUE(copy->Finish().ok());
  EXPECT_TRUE(MemberOf(copied.content, "a/big") == expected);
}

TEST(ZipArchive, DamageIsSeen) {
  StringSink sink;
  auto zip = ZipWriter::Make(&sink, 6).ValueOrDie();
  ASSERT_TRUE(zip->Begin("a").ok());
  ASSERT_TRUE(zip->Write("hello hello hello").ok());
  ASSERT_TRUE(zip->End().ok());
  ASSERT_TRUE(zip->Finish().ok());
  for (size_t size = 0; size < sink.content.size(); ++size) {
    EXPECT_FALSE(ReadZip(std::string_view(sink.content).substr(0, size)).ok()) << size;
  }
  std::vector<ZipMember> members = ReadZip(sink.content).ValueOrDie();
  members[0].crc32 ^= 1;
  EXPECT_FALSE(Inflate(members[0]).ok());
}

TEST(ZipWriter, AFailingSinkIsReported) {
  for (int writes = 0;; ++writes) {
    StringSink sink;
    sink.writes_left = writes;
    auto zip = ZipWriter::Make(&sink, 1).ValueOrDie();
    std::mt19937 random(1);
    std::string noise(1 << 20, ' ');
    for (char& c : noise) c = static_cast<char>(random());
    Status status = zip->Begin("a");
    if (status.ok()) status = zip->Write(noise);
    if (status.ok()) status = zip->End();
    if (status.ok()) status = zip->Finish();
    if (status.ok()) {
      EXPECT_GE(writes, 4);
      break;
    }
    EXPECT_TRUE(IsErrorCode(status, "io.no_space"));
  }
}

}  // namespace
}  // namespace weir
