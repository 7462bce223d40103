#include "db/postgres/user_sql.h"

#include <gtest/gtest.h>

namespace weir::postgres {
namespace {

TEST(PlaceOf, CountsLinesAndCharactersOfTheUsersText) {
  EXPECT_EQ(PlaceOf({"", "selec 1", "", ""}, 1), " (line 1, column 1)");
  EXPECT_EQ(PlaceOf({"", "select é,\n  x from t", "", ""}, 13), " (line 2, column 3)");
  EXPECT_EQ(PlaceOf({"", "a\n\nb", "", "q.sql"}, 4), " (q.sql, line 3, column 1)");
}

TEST(PlaceOf, LeavesOutWhatIsNotTheUsers) {
  const UserSql where{"SELECT FROM \"é\" WHERE ", "id = ", "\n", ""};
  EXPECT_EQ(PlaceOf(where, 5), "");
  EXPECT_EQ(PlaceOf(where, 23), " (line 1, column 1)");
  EXPECT_EQ(PlaceOf(where, 28), " (line 1, column 6)") << "the end of the text";
  EXPECT_EQ(PlaceOf(where, 29), " (line 1, column 6)") << "behind it";
}

TEST(CheckHoldsSql, RefusesSpacesAndComments) {
  SourceSpec spec;
  spec.query = " -- nothing\n /* here */ ;";
  EXPECT_TRUE(IsErrorCode(CheckHoldsSql(spec), "usage.empty_value"));
  spec.query = "-- something\nSELECT 1";
  EXPECT_TRUE(CheckHoldsSql(spec).ok());
  spec.where = "/* true */";
  EXPECT_TRUE(IsErrorCode(CheckHoldsSql(spec), "usage.empty_value"));
}

}  // namespace
}  // namespace weir::postgres
