// SQL that the user wrote: checked by the server before anything runs, and its mistakes told by
// where they stand in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "core/copy_spec.h"
#include "db/postgres/catalog.h"
#include "db/postgres/connection.h"

namespace weir::postgres {

// A statement with text of the user's in it.
struct UserSql {
  std::string before;  // weir's own
  std::string text;    // the user's
  std::string after;   // weir's own
  std::string file;    // that the text was read from; may be empty
};

// "usage.empty_value" when --query or --where holds nothing but spaces and comments.
Status CheckHoldsSql(const SourceSpec& spec);

// Lets the server parse exactly one statement, without running it. Errors end in line and column of
// the user's text.
Status CheckStatement(Connection* connection, const UserSql& sql);

// The columns of --query; the server parses it but does not run it. "postgres.not_a_query" when it
// is a statement that cannot be read from.
Result<std::vector<RawColumn>> DescribeQuery(Connection* connection, const SourceSpec& spec);

// " (line 2, column 7)" for the `position`-th character of before + text + after, counted from 1;
// nothing when it lies before the text. What lies behind it counts as its end.
std::string PlaceOf(const UserSql& sql, int64_t position);

}  // namespace weir::postgres
