// The one error vocabulary: arrow::Status carrying an ErrorInfo of ours.
//
// Every error a user can meet has a stable code such as "postgres.permission_denied" (area, dot,
// snake_case reason), which docs/errors.md lists. The code decides the exit status (cli/) and the
// HTTP status (server/). The message says what was being done, what is wrong and where; the hint
// says what to do. Errors that reach us from Arrow without an ErrorInfo have the code "internal".
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

using arrow::Result;
using arrow::Status;

struct ErrorInfo {
  std::string code;
  std::string hint;      // what to do about it; may be empty
  std::string sqlstate;  // verbatim from the database; may be empty
  int os_error = 0;      // errno, verbatim; 0 when none
  bool retryable = false;
  int64_t batch_row = -1;  // of the batch that was being encoded, from 0; -1 unknown
};

// A failure with a stable code. `code` must be a literal listed in docs/errors.md.
Status Error(std::string_view code, std::string_view message, std::string_view hint = {});
Status Error(ErrorInfo info, std::string_view message);

// "<what>: <strerror>" with the code "io.<reason>" chosen from errno (io.no_space, io.not_found,
// io.permission_denied, io.exists, io.broken_pipe, io.error). `what` names the operation and path.
Status ErrnoError(int os_error, std::string_view what);

// A stop token ended the work. What asked for the stop says so to the user.
Status Interrupted();

// Prefixes the message with what was being done, outermost first; keeps the ErrorInfo.
Status WithContext(const Status& status, std::string_view context);

// Notes which row of a batch failed, for whoever knows where the batch is from.
Status WithBatchRow(const Status& status, int64_t row);

// The ErrorInfo of a failure; code "internal" when it carries none. REQUIRES: !status.ok().
ErrorInfo GetErrorInfo(const Status& status);

inline bool IsErrorCode(const Status& status, std::string_view code) {
  return !status.ok() && GetErrorInfo(status).code == code;
}

}  // namespace weir
