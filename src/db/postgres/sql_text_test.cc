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

}  // namespace
}  // namespace weir::postgres
