#include "db/postgres/sql_text.h"

#include <gtest/gtest.h>

namespace weir::postgres {
namespace {

TEST(SqlText, Quotes) {
  EXPECT_EQ(QuoteIdentifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(QuoteLiteral("it's"), "'it''s'");
}

TEST(SqlText, DropsTheEndOfAStatement) {
  const std::pair<const char*, const char*> kCases[] = {
      {"select 1", "select 1"},
      {"select 1;", "select 1"},
      {"select 1 ; \n;", "select 1"},
      {"select 1; -- hi", "select 1"},
      {"select 1 -- hi;\n", "select 1"},
      {"select 1 /* a /* b */ ; */ ;", "select 1"},
      {"select ';'", "select ';'"},
      {"select '--x' ;", "select '--x'"},
      {"select 'it''s -- ';", "select 'it''s -- '"},
      {"select E'\\'; -- ' ;", "select E'\\'; -- '"},
      {"select name'\\'; -- ok", "select name'\\'"},
      {"select \"a;--\" ;", "select \"a;--\""},
      {"select $$;--$$ ;", "select $$;--$$"},
      {"select $q$ $$ ; -- $q$;", "select $q$ $$ ; -- $q$"},
      {"select a$b$c ; -- x$b$", "select a$b$c"},
      {"select 1 -- a\n + 2;", "select 1 -- a\n + 2"},
      {"-- only", ""},
      {"select 'open", "select 'open"},
  };
  for (const auto& [sql, expected] : kCases) EXPECT_EQ(WithoutEnd(sql), expected) << sql;
}

TEST(FirstWord, SkipsWhatStandsBefore) {
  EXPECT_EQ(FirstWord("-- x\n ( (/* y /* z */ */ select 1"), "SELECT");
  EXPECT_EQ(FirstWord("show all"), "SHOW");
  EXPECT_EQ(FirstWord("  "), "");
}

TEST(QuoteIfNeeded, PlainNamesStayPlain) {
  EXPECT_EQ(QuoteIfNeeded("sales_2024"), "sales_2024");
  EXPECT_EQ(QuoteIfNeeded("Sales"), "\"Sales\"");
  EXPECT_EQ(QuoteIfNeeded("2024"), "\"2024\"");
}

}  // namespace
}  // namespace weir::postgres
