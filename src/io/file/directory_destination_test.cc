#include "io/file/file_testing.h"

namespace weir {
namespace {

using NameSet = std::set<std::string>;

class DirectoryDestinationTest : public testing::Test {
 protected:
  Status Write(const std::vector<NamedPart>& parts, IfExists if_exists = IfExists::kFail) {
    return WriteParts(Sink(path_ + "/", if_exists), parts, "{\"version\": 1}");
  }

  TempDirectory dir_;
  const std::string path_ = dir_ / "out";
};

TEST_F(DirectoryDestinationTest, PartsAndManifestAppearWithFinish) {
  auto destination = OpenDestination(Sink(path_ + "/")).ValueOrDie();
  for (std::string name : {"part-00000.csv", "part-00001.csv"}) {
    auto part = destination->OpenPart(name).ValueOrDie();
    ASSERT_TRUE(part->Write(name).ok());
    ASSERT_TRUE(part->Finish().ok());
  }
  EXPECT_EQ(Names(path_), (NameSet{".weir.lock", ".weir.tmp"}));
  ASSERT_TRUE(destination->Finish("{\"version\": 1}").ok());
  destination.reset();
  EXPECT_EQ(Names(path_), (NameSet{"part-00000.csv", "part-00001.csv", "manifest.json"}));
  EXPECT_EQ(ReadFile(path_ + "/part-00001.csv"), "part-00001.csv");
  EXPECT_EQ(ReadFile(path_ + "/manifest.json"), "{\"version\": 1}");
}

TEST_F(DirectoryDestinationTest, SplittingMakesADirectoryOfAnyPath) {
  SinkSpec spec = Sink(path_);
  spec.split_bytes = 100;
  ASSERT_TRUE(WriteParts(spec, {{"part-00000.csv", "x"}}).ok());
  EXPECT_EQ(Names(path_), (NameSet{"part-00000.csv", "manifest.json"}));
  spec.path = "-";
  EXPECT_TRUE(IsErrorCode(WriteParts(spec, {}), "io.invalid_path"));
}

TEST_F(DirectoryDestinationTest, WithoutFinishTheDirectoryIsAsBefore) {
  for (bool existed : {false, true}) {
    if (existed) {
      std::filesystem::create_directory(path_);
      WriteFile(path_ + "/notes.txt", "mine");
    }
    auto destination = OpenDestination(Sink(path_ + "/")).ValueOrDie();
    auto part = destination->OpenPart("part-00000.csv").ValueOrDie();
    ASSERT_TRUE(part->Write("half").ok());
    EXPECT_FALSE(destination->Finish("{}").ok()) << "a part is not finished";
    part.reset();
    destination.reset();
    EXPECT_EQ(std::filesystem::exists(path_), existed);
    EXPECT_EQ(Names(path_), existed ? NameSet{"notes.txt"} : NameSet{});
  }
}

TEST_F(DirectoryDestinationTest, AnEarlierSetIsNotMixedWithTheNew) {
  std::filesystem::create_directory(path_);
  WriteFile(path_ + "/notes.txt", "mine");
  WriteFile(path_ + "/part-0.parquet", "another program's");
  for (std::string name : {"part-00007.json.gz", "manifest.json"}) {
    WriteFile(path_ + "/" + name, "old");
    Status status = Write({{"part-00000.csv", "x"}});
    EXPECT_TRUE(IsErrorCode(status, "io.exists")) << status.ToString();
    EXPECT_NE(status.message().find(name), std::string::npos);
    std::filesystem::remove(path_ + "/" + name);
  }
  ASSERT_TRUE(Write({{"part-00000.csv", "x"}}).ok());
  EXPECT_EQ(Names(path_),
            (NameSet{"notes.txt", "part-0.parquet", "part-00000.csv", "manifest.json"}));
}

TEST_F(DirectoryDestinationTest, ReplacingRemovesTheWholeOldSet) {
  ASSERT_TRUE(
      Write({{"part-00000.csv", "a"}, {"part-00001.csv", "b"}, {"part-00002.csv", "c"}}).ok());
  WriteFile(path_ + "/notes.txt", "mine");
  ASSERT_TRUE(Write({{"part-00000.csv", "new"}}, IfExists::kReplace).ok());
  EXPECT_EQ(Names(path_), (NameSet{"notes.txt", "part-00000.csv", "manifest.json"}));
  EXPECT_EQ(ReadFile(path_ + "/part-00000.csv"), "new");
}

TEST_F(DirectoryDestinationTest, OneCopyAtATime) {
  auto first = OpenDestination(Sink(path_ + "/")).ValueOrDie();
  Status second = Write({}, IfExists::kReplace);
  EXPECT_TRUE(IsErrorCode(second, "io.busy")) << second.ToString();
  first.reset();
  EXPECT_TRUE(Write({}).ok());
}

TEST_F(DirectoryDestinationTest, WithoutLocksAStageInUseKeepsOthersOut) {
  SystemCalls calls = RealSystemCalls();
  calls.flock = [](int, int) {
    errno = ENOLCK;
    return -1;
  };
  const SinkSpec spec = Sink(path_ + "/");
  auto first = OpenDestinationWith(spec, {}, &calls).ValueOrDie();
  Status second = WriteParts(spec, {}, "{}", &calls);
  EXPECT_TRUE(IsErrorCode(second, "io.busy")) << second.ToString();
  EXPECT_NE(GetErrorInfo(second).hint.find(".weir.tmp"), std::string::npos);
  first.reset();
  EXPECT_TRUE(WriteParts(spec, {{"part-00000.csv", "x"}}, "{}", &calls).ok());
}

TEST_F(DirectoryDestinationTest, AFileThatAppearsMeanwhileIsNotOverwritten) {
  auto destination = OpenDestination(Sink(path_ + "/")).ValueOrDie();
  for (std::string name : {"part-00000.csv", "part-00001.csv"}) {
    ASSERT_TRUE(destination->OpenPart(name).ValueOrDie()->Finish().ok());
  }
  WriteFile(path_ + "/part-00001.csv", "theirs");
  EXPECT_TRUE(IsErrorCode(destination->Finish("{}"), "io.exists"));
  destination.reset();
  EXPECT_EQ(Names(path_), NameSet{"part-00001.csv"});
  EXPECT_EQ(ReadFile(path_ + "/part-00001.csv"), "theirs");
}

TEST_F(DirectoryDestinationTest, ImpossiblePlacesAreNamed) {
  Status missing = WriteParts(Sink(dir_ / "no/such/"), {});
  EXPECT_TRUE(IsErrorCode(missing, "io.not_found"));
  EXPECT_EQ(GetErrorInfo(missing).hint, "create it first: mkdir -p " + (dir_ / "no"));
  WriteFile(dir_ / "file", "");
  EXPECT_TRUE(IsErrorCode(WriteParts(Sink(dir_ / "file/"), {}), "io.not_a_directory"));
}

}  // namespace
}  // namespace weir
