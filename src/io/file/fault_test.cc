// Every system call of a run is made to fail once, and every point of it is made to be the last.
#include <functional>

#include "io/file/file_testing.h"

namespace weir {
namespace {

// Counts calls and fails them according to a plan; a failing close closes all the same, as the
// real one does.
class FaultyCalls {
 public:
  using ShouldFail = std::function<bool(int n)>;

  FaultyCalls(const ShouldFail& should_fail, int os_error) {
    const SystemCalls& real = RealSystemCalls();
    auto faulty = [this, should_fail, os_error](const std::string& name, auto call,
                                                bool still = false) {
      return [=, this](auto... arguments) {
        ++count_;
        if (!should_fail(count_)) return call(arguments...);
        failed_ += name + " ";
        if (still) call(arguments...);
        errno = os_error;
        return decltype(call(arguments...))(-1);
      };
    };
    calls_.open = faulty("open", real.open);
    calls_.flock = real.flock;
    calls_.write = faulty("write", real.write);
    calls_.fsync = faulty("fsync", real.fsync);
    calls_.close = faulty("close", real.close, true);
    calls_.fchmod = faulty("fchmod", real.fchmod);
    calls_.rename = faulty("rename", real.rename);
    calls_.rename_no_replace = faulty("rename_no_replace", real.rename_no_replace);
    calls_.link = faulty("link", real.link);
    calls_.unlink = faulty("unlink", real.unlink);
    calls_.mkdir = faulty("mkdir", real.mkdir);
    calls_.rmdir = faulty("rmdir", real.rmdir);
  }

  const SystemCalls* calls() const { return &calls_; }
  int count() const { return count_; }
  const std::string& failed() const { return failed_; }

 private:
  SystemCalls calls_;
  int count_ = 0;
  std::string failed_;
};

struct Case {
  const char* name;
  bool directory;
  IfExists if_exists;
};

class FaultTest : public testing::TestWithParam<Case> {
 protected:
  using Contents = std::map<std::string, std::string>;

  std::string path() const { return dir_ / "d/out"; }
  SinkSpec spec() const {
    return Sink(path() + (GetParam().directory ? "/" : ""), GetParam().if_exists);
  }
  bool replaces() const { return GetParam().if_exists == IfExists::kReplace; }

  static std::vector<NamedPart> NewParts() {
    return {{"part-00000.csv", "new 0"}, {"part-00001.csv", std::string(200000, '1')}};
  }

  Status Write(const SystemCalls* calls) {
    if (GetParam().directory) return WriteParts(spec(), NewParts(), "new manifest", calls);
    return WriteOne(spec(), std::string(200000, 'n'), calls);
  }

  void MakeOld() {
    std::filesystem::remove_all(dir_ / "d");
    std::filesystem::create_directory(dir_ / "d");
    if (!replaces()) return;
    if (!GetParam().directory) return WriteFile(path(), "old");
    std::filesystem::create_directory(path());
    WriteFile(path() + "/part-00000.csv", "old 0");
    WriteFile(path() + "/part-00001.csv", "old 1");
    WriteFile(path() + "/part-00002.csv", "old 2");
    WriteFile(path() + "/manifest.json", "old manifest");
  }

  // Every file below d/, with what it holds.
  Contents Found() const {
    Contents found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_ / "d")) {
      const std::string name = std::filesystem::relative(entry.path(), dir_ / "d").string();
      found[name] = entry.is_directory() ? "" : ReadFile(entry.path().string());
    }
    return found;
  }

  Contents Old() {
    MakeOld();
    return Found();
  }
  Contents New() {
    MakeOld();
    EXPECT_TRUE(Write(&RealSystemCalls()).ok());
    return Found();
  }

  // What a reader sees: the file, or the set if its manifest says that it is complete.
  Contents Visible() const {
    Contents visible;
    const bool complete =
        !GetParam().directory || std::filesystem::exists(path() + "/manifest.json");
    for (const auto& [name, contents] : Found()) {
      const bool hidden = name.find("/.") != std::string::npos || name.starts_with(".");
      if (!hidden && complete) visible[name] = contents;
    }
    return visible;
  }

  TempDirectory dir_{TempDirectory::Fast()};
};

INSTANTIATE_TEST_SUITE_P(All, FaultTest,
                         testing::Values(Case{"file_fail", false, IfExists::kFail},
                                         Case{"file_replace", false, IfExists::kReplace},
                                         Case{"directory_fail", true, IfExists::kFail},
                                         Case{"directory_replace", true, IfExists::kReplace}),
                         [](const auto& info) { return info.param.name; });

TEST_P(FaultTest, AnyCallMayFail) {
  const Contents old_state = Old(), new_state = New();
  ASSERT_NE(old_state, new_state);
  int failures = 0;
  for (int os_error : {ENOSPC, EIO, EACCES}) {
    for (int n = 1;; ++n) {
      MakeOld();
      FaultyCalls faulty([n](int call) { return call == n; }, os_error);
      const Status status = Write(faulty.calls());
      if (faulty.count() < n) {
        EXPECT_TRUE(status.ok());
        break;
      }
      SCOPED_TRACE(testing::Message() << "call " << n << " " << faulty.failed() << os_error);
      const bool lost_durability = !status.ok() && Visible() == new_state;
      if (status.ok()) {
        EXPECT_EQ(Visible(), new_state);
      } else {
        ++failures;
        EXPECT_EQ(GetErrorInfo(status).os_error, os_error) << status.ToString();
        // Only a replaced file cannot be taken back, when its directory does not reach the disk.
        if (lost_durability) {
          EXPECT_NE(status.message().find("may be lost in a crash"), std::string::npos);
          EXPECT_TRUE(replaces() && !GetParam().directory);
        } else if (faulty.failed() != "unlink " && faulty.failed() != "rmdir ") {
          EXPECT_EQ(Found(), old_state) << status.ToString();
        }
      }
      // Whatever was left is gone after the next run.
      if (!status.ok() && !lost_durability) {
        ASSERT_TRUE(Write(&RealSystemCalls()).ok());
        EXPECT_EQ(Found(), new_state);
      }
    }
  }
  EXPECT_GE(failures, 12);
}

// From the n-th call on nothing works any more, as when the machine stops there: a reader then
// sees the old state, the new, or no complete set; and the next copy cleans up.
TEST_P(FaultTest, TheProcessMayDieAnywhere) {
  const Contents old_state = Old(), new_state = New();
  for (int n = 1;; ++n) {
    MakeOld();
    FaultyCalls faulty([n](int call) { return call >= n; }, EIO);
    const Status status = Write(faulty.calls());
    if (faulty.count() < n) break;
    SCOPED_TRACE(testing::Message() << "dead from call " << n << ": " << faulty.failed());
    const Contents visible = Visible();
    EXPECT_TRUE(visible == new_state || visible == old_state ||
                (GetParam().directory && visible.empty()));
    if (visible == new_state) {
      // Complete; a copy that may not replace it says so and tidies up.
      EXPECT_EQ(Write(&RealSystemCalls()).ok(), replaces());
    } else {
      Status next = Write(&RealSystemCalls());
      EXPECT_TRUE(next.ok()) << next.ToString();
    }
    EXPECT_EQ(Found(), new_state);
  }
}

// After a crash in the middle of replacing, a copy that fails leaves the old set, not the ruins.
TEST_P(FaultTest, TheNextCopyPutsTheOldSetBack) {
  const Contents old_state = Old(), new_state = New();
  for (int n = 1;; ++n) {
    MakeOld();
    FaultyCalls faulty([n](int call) { return call >= n; }, EIO);
    (void)Write(faulty.calls());
    if (faulty.count() < n) break;
    SCOPED_TRACE(testing::Message() << "dead from call " << n << ": " << faulty.failed());
    const bool done = Visible() == new_state;
    // Dying again while cleaning up changes nothing.
    for (int m = 1; m < 40; ++m) {
      FaultyCalls again([m](int call) { return call >= m; }, EIO);
      (void)OpenDestinationWith(spec(), {}, again.calls()).status();
    }
    (void)OpenDestination(spec()).status();
    // Nobody knows any more who made the empty directory.
    if (old_state.empty()) rmdir(path().c_str());
    EXPECT_EQ(Found(), done ? new_state : old_state);
  }
}

TEST_P(FaultTest, ShortWritesAndInterruptionsAreNotErrors) {
  const Contents new_state = New();
  MakeOld();
  SystemCalls calls = RealSystemCalls();
  int round = 0;
  calls.write = [&round](int fd, const void* bytes, size_t size) -> ssize_t {
    if (++round % 2 == 0) {
      errno = EINTR;
      return -1;
    }
    return write(fd, bytes, std::min<size_t>(size, 1000));
  };
  calls.fsync = [&round](int fd) {
    if (++round % 2 == 0) return fsync(fd);
    errno = EINTR;
    return -1;
  };
  Status status = Write(&calls);
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(Found(), new_state);
}

}  // namespace
}  // namespace weir
