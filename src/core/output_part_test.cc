#include "core/output_part.h"

#include "base/crc64.h"
#include "core/copy_testing.h"

namespace weir {
namespace {

class OutputPartTest : public testing::Test {
 protected:
  Result<std::unique_ptr<OutputPart>> Open(const std::string& digest = "sha256") {
    return OutputPart::Open(&destination_, "part", digest, &progress_);
  }

  MemoryFiles files_;
  MemoryDestination destination_{&files_};
  Progress progress_;
};

TEST_F(OutputPartTest, CountsAndDigestsWhatItWrites) {
  auto part = Open().ValueOrDie();
  ASSERT_TRUE(part->Write("one ").ok());
  ASSERT_TRUE(part->Write("two").ok());
  EXPECT_EQ(part->bytes(), 7);
  EXPECT_EQ(progress_.bytes, 7);
  EXPECT_TRUE(files_.finished.empty());
  ASSERT_TRUE(part->Finish().ok());
  EXPECT_EQ(files_.finished.at("part"), "one two");
  auto digest = Digest::Make("sha256").ValueOrDie();
  digest->Update("one two");
  EXPECT_EQ(part->record().path, "part");
  EXPECT_EQ(part->record().bytes, 7);
  EXPECT_EQ(part->record().digest, digest->FinishHex());
}

TEST_F(OutputPartTest, TheCrcStartsAnewWhenTaken) {
  auto part = Open("none").ValueOrDie();
  ASSERT_TRUE(part->Write("one").ok());
  ASSERT_TRUE(part->Write("two").ok());
  EXPECT_EQ(part->TakeCrc64(), Crc64(0, "onetwo"));
  EXPECT_EQ(part->TakeCrc64(), Crc64(0, ""));
  ASSERT_TRUE(part->Write("three").ok());
  EXPECT_EQ(part->TakeCrc64(), Crc64(0, "three"));
  ASSERT_TRUE(part->Finish().ok());
  EXPECT_EQ(part->record().digest, "");
}

TEST_F(OutputPartTest, WhatWasNotWrittenIsNotCounted) {
  auto part = Open().ValueOrDie();
  ASSERT_TRUE(part->Write("one").ok());
  files_.on_step = [](std::string_view, std::string_view) { return Error("test.full", "full"); };
  EXPECT_TRUE(IsErrorCode(part->Write("two"), "test.full"));
  EXPECT_EQ(part->bytes(), 3);
  EXPECT_EQ(progress_.bytes, 3);
}

TEST_F(OutputPartTest, APartThatCannotBeFinishedHasNoDigest) {
  auto part = Open().ValueOrDie();
  files_.on_step = [](std::string_view, std::string_view) { return Error("test.full", "full"); };
  EXPECT_TRUE(IsErrorCode(part->Finish(), "test.full"));
  EXPECT_EQ(part->record().digest, "");
}

TEST_F(OutputPartTest, AnUnknownDigestOpensNothing) {
  EXPECT_TRUE(IsErrorCode(Open("sha255").status(), "usage.unknown_digest"));
  EXPECT_TRUE(files_.open.empty());
}

TEST_F(OutputPartTest, FailureToOpenIsPassedOn) {
  files_.on_step = [](std::string_view, std::string_view) { return Error("test.full", "full"); };
  EXPECT_TRUE(IsErrorCode(Open().status(), "test.full"));
}

}  // namespace
}  // namespace weir
