// DuckDB's error messages as ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace weir::duckdb {

// Where text of the user's stands in a statement of weir's: on lines of its own.
struct UserLines {
  int64_t before = 0;  // lines of weir's own
  int64_t count = 0;   // lines of the user's
  std::string file;    // that the text was read from; may be empty
};

// The lines of `text` behind `before`, which ends in a line break unless it is empty.
UserLines LinesOf(std::string_view before, std::string_view text, std::string file = {});

// The message of a failed statement or fetch. The code follows from DuckDB's own prefix ("Parser
// Error: ..."); a full disk becomes "io.no_space". With `user` the message ends in line and column
// of the user's text, as far as DuckDB tells; positions in weir's own are left out. Null: there was
// no memory for a message.
Status StatementError(const char* message, const UserLines* user = nullptr);

// The message of a failed open of the database file at `path`.
Status OpenError(std::string_view path, std::string_view message);

}  // namespace weir::duckdb
