#include "cli/exit_status.h"

#include <gtest/gtest.h>

#include <csignal>

#include "cli/command_table.h"

namespace weir::cli {
namespace {

TEST(ExitStatusOf, FollowsTheCode) {
  EXPECT_EQ(ExitStatusOf("usage.unknown_option", 0), 2);
  EXPECT_EQ(ExitStatusOf("plan.lossy", 0), 3);
  EXPECT_EQ(ExitStatusOf("interrupted", SIGINT), 130);
  EXPECT_EQ(ExitStatusOf("interrupted", SIGTERM), 143);
  EXPECT_EQ(ExitStatusOf("interrupted", SIGHUP), 129);
  EXPECT_EQ(ExitStatusOf("interrupted", 0), 130);
  EXPECT_EQ(ExitStatusOf("io.broken_pipe", 0), 141);
  EXPECT_EQ(ExitStatusOf("postgres.auth_failed", 0), 1);
  EXPECT_EQ(ExitStatusOf("timeout", 0), 1);
  EXPECT_EQ(ExitStatusOf("internal", 0), 1);
}

TEST(ExitStatusOf, BlamesTheSignalForWhatItBroke) {
  EXPECT_EQ(ExitStatusOf("postgres.connection_lost", SIGTERM), 143);
  EXPECT_EQ(ExitStatusOf("usage.unknown_option", SIGINT), 2);
}

TEST(ExitStatuses, DocumentWhatIsReturned) {
  std::vector<int> documented;
  for (const ExitStatusText& status : ExitStatuses()) documented.push_back(status.status);
  EXPECT_EQ(documented, (std::vector<int>{0, 1, 2, 3, 129, 130, 141, 143}));
}

}  // namespace
}  // namespace weir::cli
