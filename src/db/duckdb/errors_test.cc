#include "db/duckdb/errors.h"

#include <gtest/gtest.h>

namespace weir::duckdb {
namespace {

std::string MessageFor(const char* raw, const UserLines& user) {
  return StatementError(raw, &user).message();
}

TEST(StatementError, TellsLineAndColumnOfTheUsersText) {
  const UserLines user = LinesOf("(\n", "SELECT 1,\n xx", "q.sql");
  EXPECT_EQ(MessageFor("Binder Error: no xx\n\nLINE 3:  xx\n         ^", user),
            "Binder Error: no xx (q.sql, line 2, column 2)");
  EXPECT_EQ(MessageFor("Binder Error: no xx\n\nLINE 1: SELECT * FROM (\n        ^", user),
            "Binder Error: no xx")
      << "a line of weir's own";
  EXPECT_EQ(MessageFor("Binder Error: no xx", user), "Binder Error: no xx");
}

TEST(StatementError, ThereMayBeNoMemoryForAMessage) {
  EXPECT_EQ(GetErrorInfo(StatementError(nullptr)).code, "memory.exhausted");
}

TEST(StatementError, ALineThatWasCutHasNoColumn) {
  EXPECT_EQ(MessageFor("Binder Error: no xx\n\nLINE 1: ...1, xx\n                ^",
                       LinesOf("", "SELECT 1, xx")),
            "Binder Error: no xx (line 1)");
}

TEST(StatementError, AdviceAboutSettingsIsLeftOut) {
  const Status status = StatementError(
      "Out of Memory Error: failed to allocate data (18.8 MiB/19.0 MiB used)\n"
      "Database is launched in in-memory mode\n\nPossible solutions:\n* SET threads=X");
  EXPECT_EQ(status.message(),
            "Out of Memory Error: failed to allocate data (18.8 MiB/19.0 MiB used)");
  EXPECT_EQ(GetErrorInfo(status).hint, "raise --memory");
}

}  // namespace
}  // namespace weir::duckdb
