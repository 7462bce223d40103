// PostgreSQL's errors in weir's vocabulary.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace weir::postgres {

// `sqlstate` may be empty: then libpq itself failed (connection lost, host down) and the message
// decides. Codes: see docs/errors.md, "postgres.*".
Status ServerError(std::string_view sqlstate, std::string_view message,
                   std::string_view detail = {}, std::string_view hint = {});

// What the server sent cannot be what it was asked for.
Status ProtocolError(std::string_view what);

// What PQconnectdb left in the connection.
Status ConnectError(std::string_view message);

}  // namespace weir::postgres
