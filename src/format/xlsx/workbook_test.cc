#include "format/xlsx/workbook.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace weir {
namespace {

TEST(Workbook, LeavesNoTemporaryFiles) {
  std::string directory = std::filesystem::temp_directory_path() / "weir-workbook-test-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  setenv("TMPDIR", directory.c_str(), 1);
  EXPECT_TRUE(MakeWorkbook({10, 20}).ok());
  unsetenv("TMPDIR");
  EXPECT_TRUE(std::filesystem::is_empty(directory));
  std::filesystem::remove(directory);
}

TEST(Workbook, ComesApartWhereRowsBelong) {
  Workbook workbook = MakeWorkbook({10, 20.5}).ValueOrDie();
  EXPECT_EQ(workbook.sheet_name, "xl/worksheets/sheet1.xml");
  EXPECT_TRUE(workbook.sheet_head.ends_with("</cols><sheetData>"));
  EXPECT_TRUE(workbook.sheet_tail.starts_with("</sheetData>"));
  EXPECT_EQ(workbook.members.size(), 8u);
  EXPECT_TRUE(MakeWorkbook({}).ok());
}

// Files that may not grow past a limit fail as they do on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  const sighandler_t handler_;
  rlimit before_;
};

TEST(Workbook, AFullDiskIsSeen) {
  const Workbook whole = MakeWorkbook({10}).ValueOrDie();
  int failures = 0;
  for (rlim_t bytes = 0; bytes <= 8192; bytes += 256) {
    const auto result = [&] {
      FileSizeLimit limit(bytes);
      return MakeWorkbook({10});
    }();
    if (!result.ok()) {
      ++failures;
      continue;
    }
    EXPECT_EQ(result->sheet_head, whole.sheet_head);
    ASSERT_EQ(result->members.size(), whole.members.size());
    for (size_t i = 0; i < whole.members.size(); ++i) {
      EXPECT_TRUE(result->members[i].compressed == whole.members[i].compressed);
    }
  }
  EXPECT_GT(failures, 20);
  EXPECT_TRUE(MakeWorkbook({10}).ok());
}

}  // namespace
}  // namespace weir
