#include "db/duckdb/sql_text.h"

#include <gtest/gtest.h>

namespace weir::duckdb {
namespace {

using Parts = std::vector<std::string>;

TEST(SqlText, Quotes) {
  EXPECT_EQ(QuoteIdentifier("a\"b'c"), "\"a\"\"b'c\"");
  EXPECT_EQ(QuoteLiteral("a\"b'c"), "'a\"b''c'");
}

TEST(SqlText, SplitsNames) {
  EXPECT_EQ(SplitName("records"), (Parts{"records"}));
  EXPECT_EQ(SplitName("main.records"), (Parts{"main", "records"}));
  EXPECT_EQ(SplitName("\"a.b\".\"c\"\"d\""), (Parts{"a.b", "c\"d"}));
  EXPECT_EQ(SplitName("a b"), (Parts{"a b"}));
  for (std::string_view name : {"", ".", "a.", ".a", "\"a", "\"a\"b", "\"\""}) {
    EXPECT_EQ(SplitName(name), Parts()) << name;
  }
}

TEST(SqlText, CutsTrailingSemicolons) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"SELECT 1", "SELECT 1"},
      {"SELECT 1;", "SELECT 1"},
      {"SELECT 1 ;\n ; -- done; really\n /* ; */ ", "SELECT 1 "},
      {"SELECT ';'; ", "SELECT ';'"},
      {"SELECT 'it''s;' ;", "SELECT 'it''s;' "},
      {"SELECT \"a;b\" -- ;\n;", "SELECT \"a;b\" -- ;\n"},
      {"SELECT $$;'$$;", "SELECT $$;'$$"},
      {"SELECT $x$ $$; $x$;", "SELECT $x$ $$; $x$"},
      {"SELECT $1, 'a';", "SELECT $1, 'a'"},
      {"SELECT 1; SELECT 2", "SELECT 1; SELECT 2"},
      {"SELECT 1; SELECT 2;", "SELECT 1; SELECT 2"},
      {"SELECT '", "SELECT '"},
      {"", ""},
  };
  for (const auto& [sql, expected] : cases) EXPECT_EQ(WithoutTrailingSemicolon(sql), expected);
}

TEST(HoldsSql, SpacesAndCommentsAreNone) {
  EXPECT_FALSE(HoldsSql(" -- nothing\n /* here */ ; "));
  EXPECT_TRUE(HoldsSql("/* x */ FROM t"));
}

TEST(FirstWord, SkipsWhatStandsBefore) {
  EXPECT_EQ(FirstWord("-- x\n ( (/* y */ select 1"), "SELECT");
  EXPECT_EQ(FirstWord("drop table x"), "DROP");
  EXPECT_EQ(FirstWord("'a'"), "");
}

}  // namespace
}  // namespace weir::duckdb
