// PostgreSQL's errors in weir's vocabulary.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace weir::postgres {

// An ErrorResponse's fields, any of which may be empty.
struct ServerMessage {
  std::string_view sqlstate;
  std::string_view message, detail, hint;  // in the server's language
  std::string_view routine;                // the function of the server that failed
};
// Codes: see docs/errors.md, "postgres.*".
Status ServerError(const ServerMessage& message);

// The connection is gone.
Status ConnectionLost(std::string_view message);

// `canceled`, when a statement ran for as long as it may.
Status StatementTimeout(const Status& canceled);

// What the server sent cannot be what it was asked for.
Status ProtocolError(std::string_view what);

// What PQconninfoParse says about a connection string.
Status ConninfoError(std::string_view message, bool is_uri);

// What PQconnectdb left in the connection: of the server's refusal the code, when libpq was asked
// for verbose messages, or else English words.
Status ConnectError(std::string_view message);

// Of a connection string whose host or database seem to be pieces of the password.
Status WithPasswordHint(const Status& failure);

}  // namespace weir::postgres
