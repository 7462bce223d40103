#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>

#include "base/temp_name.h"
#include "io/file/file_testing.h"

namespace weir {
namespace {

class FileDestinationTest : public testing::Test {
 protected:
  std::string Only() const {
    auto names = Names(dir_.path());
    return names.size() == 1 ? *names.begin() : "";
  }

  TempDirectory dir_;
  const std::string path_ = dir_ / "out.csv";
};

TEST_F(FileDestinationTest, AppearsWithFinish) {
  auto destination = OpenDestination(Sink(path_)).ValueOrDie();
  auto part = destination->OpenPart("ignored").ValueOrDie();
  ASSERT_TRUE(part->Write("id,name\n").ok());
  ASSERT_TRUE(part->Write("").ok());
  ASSERT_TRUE(part->Write(std::string(3 << 20, 'x')).ok());
  EXPECT_TRUE(IsTempNameOf("out.csv", Only())) << Only();
  ASSERT_TRUE(part->Finish().ok());
  EXPECT_TRUE(IsTempNameOf("out.csv", Only())) << Only();
  part.reset();
  ASSERT_TRUE(destination->Finish("{}").ok());
  destination.reset();
  EXPECT_EQ(Only(), "out.csv");
  EXPECT_EQ(ReadFile(path_), "id,name\n" + std::string(3 << 20, 'x'));
}

TEST_F(FileDestinationTest, WithoutFinishNothingIsLeft) {
  for (bool finish_part : {false, true}) {
    auto destination = OpenDestination(Sink(path_)).ValueOrDie();
    auto part = destination->OpenPart("").ValueOrDie();
    ASSERT_TRUE(part->Write("half").ok());
    EXPECT_EQ(finish_part ? part->Finish().ok() : destination->Finish("{}").ok(), finish_part);
    part.reset();
    destination.reset();
    EXPECT_EQ(Names(dir_.path()).size(), 0u);
  }
}

TEST_F(FileDestinationTest, ThePartMayOutliveItsDestination) {
  auto destination = OpenDestination(Sink(path_)).ValueOrDie();
  auto part = destination->OpenPart("").ValueOrDie();
  destination.reset();
  EXPECT_TRUE(part->Write("x").ok());
  part.reset();
  EXPECT_EQ(Names(dir_.path()).size(), 0u);
}

TEST_F(FileDestinationTest, ExistingIsReportedAtOpen) {
  WriteFile(path_, "old");
  Status status = OpenDestination(Sink(path_)).status();
  EXPECT_TRUE(IsErrorCode(status, "io.exists"));
  EXPECT_EQ(status.message(), path_ + " exists already");
  EXPECT_NE(GetErrorInfo(status).hint.find("--if-exists replace"), std::string::npos);
  EXPECT_EQ(ReadFile(path_), "old");
  EXPECT_EQ(Only(), "out.csv");
}

TEST_F(FileDestinationTest, ReplacingKeepsThePermissions) {
  WriteFile(path_, "old");
  chmod(path_.c_str(), 0640);
  ASSERT_TRUE(WriteOne(Sink(path_, IfExists::kReplace), "new").ok());
  EXPECT_EQ(ReadFile(path_), "new");
  struct stat found {};
  stat(path_.c_str(), &found);
  EXPECT_EQ(found.st_mode & 0777, 0640u);
  EXPECT_EQ(Only(), "out.csv");
}

TEST_F(FileDestinationTest, AFailedReplacementKeepsTheOldFile) {
  WriteFile(path_, "old");
  { auto destination = OpenDestination(Sink(path_, IfExists::kReplace)).ValueOrDie(); }
  EXPECT_EQ(ReadFile(path_), "old");
  EXPECT_EQ(Only(), "out.csv");
}

TEST_F(FileDestinationTest, PermissionsFollowTheUmask) {
  const mode_t before = umask(027);
  ASSERT_TRUE(WriteOne(Sink(path_), "x").ok());
  umask(before);
  struct stat found {};
  stat(path_.c_str(), &found);
  EXPECT_EQ(found.st_mode & 0777, 0640u);
}

TEST_F(FileDestinationTest, OfTwoRacingCopiesOneWins) {
  auto first = OpenDestination(Sink(path_)).ValueOrDie();
  auto second = OpenDestination(Sink(path_)).ValueOrDie();
  for (auto* destination : {&first, &second}) {
    auto part = (*destination)->OpenPart("").ValueOrDie();
    ASSERT_TRUE(part->Write(destination == &first ? "first" : "second").ok());
    ASSERT_TRUE(part->Finish().ok());
  }
  ASSERT_TRUE(second->Finish("{}").ok());
  Status lost = first->Finish("{}");
  EXPECT_TRUE(IsErrorCode(lost, "io.exists")) << lost.ToString();
  EXPECT_NE(GetErrorInfo(lost).hint.find("--if-exists replace"), std::string::npos);
  first.reset();
  EXPECT_EQ(ReadFile(path_), "second");
  EXPECT_EQ(Only(), "out.csv");
}

TEST_F(FileDestinationTest, FileSystemsWithoutTheRenameFlagAreAsSafe) {
  SystemCalls calls = RealSystemCalls();
  calls.rename_no_replace = [](const char*, const char*) {
    errno = EINVAL;
    return -1;
  };
  ASSERT_TRUE(WriteOne(Sink(path_), "x", &calls).ok());
  EXPECT_EQ(Only(), "out.csv");
  auto destination = OpenDestinationWith(Sink(dir_ / "b"), {}, &calls).ValueOrDie();
  auto part = destination->OpenPart("").ValueOrDie();
  ASSERT_TRUE(part->Finish().ok());
  WriteFile(dir_ / "b", "theirs");
  EXPECT_TRUE(IsErrorCode(destination->Finish("{}"), "io.exists"));
  EXPECT_EQ(ReadFile(dir_ / "b"), "theirs");
}

TEST_F(FileDestinationTest, TheNextCopyRemovesWhatADeadOneLeft) {
  auto alive = OpenDestination(Sink(path_)).ValueOrDie();
  const std::string alive_name = Only();
  InChild([&] {
    auto dead = OpenDestination(Sink(path_)).ValueOrDie();
    auto part = dead->OpenPart("").ValueOrDie();
    (void)part->Write(std::string(1 << 20, 'x'));
    _exit(0);
    return 0;
  });
  WriteFile(dir_ / "out.csv.weir-1-0123456789abcdef.tmp", "no name of ours");
  WriteFile(dir_ / ".other.csv.weir-1-0123456789abcdef.tmp", "another destination's");
  ASSERT_EQ(Names(dir_.path()).size(), 4u);
  auto next = OpenDestination(Sink(path_)).ValueOrDie();
  auto names = Names(dir_.path());
  EXPECT_EQ(names.size(), 4u);
  EXPECT_EQ(names.count(alive_name), 1u) << "a living copy's file must stay";
  EXPECT_EQ(names.count(".other.csv.weir-1-0123456789abcdef.tmp"), 1u);
  next.reset();
  alive.reset();
  EXPECT_EQ(Names(dir_.path()).size(), 2u);
}

TEST_F(FileDestinationTest, LongNames) {
  for (size_t size : {200, 211, 212, 213, 254, 255}) {
    const std::string name(size, 'n'), twin = name.substr(0, size - 1) + "m";
    ASSERT_TRUE(WriteOne(Sink(dir_ / name), "x").ok()) << size;
    EXPECT_EQ(ReadFile(dir_ / name), "x");
    const std::string temp = MakeTempName(name);
    EXPECT_LE(temp.size(), 255u);
    EXPECT_TRUE(IsTempNameOf(name, temp));
    EXPECT_FALSE(IsTempNameOf(twin, temp));
  }
  std::string umlauts;
  while (umlauts.size() < 254) umlauts += "\xc3\xbc";
  ASSERT_TRUE(WriteOne(Sink(dir_ / umlauts), "x").ok());
  Status status = WriteOne(Sink(dir_ / std::string(256, 'n')), "x");
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("File name too long"), std::string::npos) << status.message();
}

TEST_F(FileDestinationTest, RelativePaths) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(dir_.path());
  EXPECT_TRUE(WriteOne(Sink("out.csv"), "x").ok());
  EXPECT_TRUE(WriteOne(Sink("./b.csv"), "x").ok());
  std::filesystem::current_path(before);
  EXPECT_EQ(Names(dir_.path()), (std::set<std::string>{"out.csv", "b.csv"}));
}

TEST_F(FileDestinationTest, ASymbolicLinkIsWrittenThrough) {
  WriteFile(dir_ / "target", "old");
  std::filesystem::create_symlink("target", path_);
  EXPECT_TRUE(IsErrorCode(WriteOne(Sink(path_), "new"), "io.exists"));
  ASSERT_TRUE(WriteOne(Sink(path_, IfExists::kReplace), "new").ok());
  EXPECT_EQ(ReadFile(dir_ / "target"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  std::filesystem::create_symlink("nowhere", dir_ / "dangling");
  for (IfExists if_exists : {IfExists::kFail, IfExists::kReplace}) {
    const Status status = WriteOne(Sink(dir_ / "dangling", if_exists), "x");
    EXPECT_TRUE(IsErrorCode(status, "io.not_found")) << status;
    EXPECT_NE(status.message().find("a symbolic link to nowhere, which does not exist"),
              std::string::npos);
  }
}

TEST_F(FileDestinationTest, ImpossiblePlacesAreNamed) {
  Status missing = WriteOne(Sink(dir_ / "no/such/out.csv"), "x");
  EXPECT_TRUE(IsErrorCode(missing, "io.not_found"));
  EXPECT_EQ(missing.message(),
            "cannot write " + (dir_ / "no/such/out.csv: ") + (dir_ / "no/such does not exist"));
  EXPECT_EQ(GetErrorInfo(missing).hint, "create it first: mkdir -p " + (dir_ / "no/such"));

  Status directory = WriteOne(Sink(dir_.path()), "x");
  EXPECT_TRUE(IsErrorCode(directory, "io.is_directory")) << directory.ToString();

  WriteFile(dir_ / "file", "");
  Status below_file = WriteOne(Sink(dir_ / "file/out.csv"), "x");
  EXPECT_FALSE(below_file.ok());
  EXPECT_NE(below_file.message().find("file is not a directory"), std::string::npos)
      << below_file.message();

  EXPECT_TRUE(IsErrorCode(WriteOne(Sink(""), "x"), "io.invalid_path"));
  EXPECT_TRUE(IsErrorCode(WriteOne(Sink(std::string("a\0b", 3)), "x"), "io.invalid_path"));
}

TEST_F(FileDestinationTest, ADirectoryThatMayNotBeWrittenIsNamed) {
  chmod(dir_.path().c_str(), 0555);
  const int exit_status = InChild([&] {
    if (geteuid() == 0 && setuid(65534) != 0) return 2;
    Status status = WriteOne(Sink(path_), "x");
    if (!IsErrorCode(status, "io.permission_denied")) return 3;
    return status.message().find(dir_.path()) == std::string::npos ? 4 : 0;
  });
  chmod(dir_.path().c_str(), 0755);
  EXPECT_EQ(exit_status, 0);
  EXPECT_EQ(Names(dir_.path()).size(), 0u);
}

TEST_F(FileDestinationTest, AFileSizeLimitIsAnErrorAndLeavesNothing) {
  const int exit_status = InChild([&] {
    signal(SIGXFSZ, SIG_IGN);
    rlimit limit{1 << 20, 1 << 20};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    Status status = WriteOne(Sink(path_), std::string(3 << 20, 'x'));
    if (status.ok() || GetErrorInfo(status).os_error != EFBIG) return 3;
    return status.message().find(path_) == std::string::npos ? 4 : 0;
  });
  EXPECT_EQ(exit_status, 0);
  EXPECT_EQ(Names(dir_.path()).size(), 0u);
}

// A disk of 1 MiB that is mounted nowhere, as an open directory of it; -1 without the right to make
// it. Who is not root becomes it in a namespace of users, where files can be made by those only
// whom the maps name.
int OpenSmallDisk() {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  int made = fsopen("tmpfs", 0);
  if (made < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) {
    WriteFile("/proc/self/setgroups", "deny");
    WriteFile("/proc/self/uid_map", fmt::format("0 {} 1", user));
    WriteFile("/proc/self/gid_map", fmt::format("0 {} 1", group));
    made = fsopen("tmpfs", 0);
  }
  if (made < 0 || fsconfig(made, FSCONFIG_SET_STRING, "size", "1m", 0) != 0 ||
      fsconfig(made, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return -1;
  }
  return fsmount(made, 0, 0);
}

TEST_F(FileDestinationTest, AFullDiskIsAnErrorAndLeavesNothing) {
  constexpr int kMayNotMount = 77;
  const int exit_status = InChild([&] {
    const int disk = OpenSmallDisk();
    if (disk < 0) return kMayNotMount;
    const std::string directory = fmt::format("/proc/self/fd/{}/", disk);
    for (const std::string& path : {directory + "out.csv", directory + "parts/"}) {
      Status status = WriteParts(Sink(path), {{"part-00000.csv", std::string(3 << 20, 'x')}});
      if (!IsErrorCode(status, "io.no_space")) return 2;
      if (status.message().find(path) == std::string::npos) return 3;
      if (!Names(directory).empty()) return 4;
    }
    return WriteOne(Sink(directory + "out.csv"), std::string(500000, 'x')).ok() ? 0 : 5;
  });
  ASSERT_NE(exit_status, kMayNotMount) << "needs the right to mount, or to make a user namespace";
  EXPECT_EQ(exit_status, 0);
}

TEST(TempName, OthersAreNotMistakenForOurs) {
  const std::string temp = MakeTempName("a.csv");
  EXPECT_NE(temp, MakeTempName("a.csv"));
  EXPECT_TRUE(IsTempNameOf("a.csv", temp));
  for (const std::string& other :
       {std::string("a.csv"), temp + "x", "x" + temp, std::string(".a.csv.weir-.tmp"),
        std::string(".a.csv.weir-1-0123456789abcdeg.tmp"), std::string(".a.csv.weir-1.tmp"),
        std::string(".a.csv.weir-x-0123456789abcdef.tmp"), std::string()}) {
    EXPECT_FALSE(IsTempNameOf("a.csv", other)) << other;
  }
}

}  // namespace
}  // namespace weir
