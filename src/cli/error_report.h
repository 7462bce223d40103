// How failures and warnings are told: as text for people, as JSON for programs.
#pragma once

#include <string>
#include <string_view>

#include "base/redact.h"
#include "base/status.h"

namespace weir::cli {

// Three lines, the second only if there is a hint:
//   weir: copying records to out.csv: permission denied for table records
//   hint: GRANT SELECT ON records TO joe
//   [postgres.permission_denied, SQLSTATE 42501]
// REQUIRES: !status.ok().
std::string ErrorText(const Status& status, const Redactor& redactor);

// {"event":"result","ok":false,"exitStatus":1,"error":{"code","message","hint","sqlstate","errno",
// "retryable"}} on one line; members without a value are left out. REQUIRES: !status.ok().
std::string ErrorJson(const Status& status, int exit_status, const Redactor& redactor);

std::string WarningText(std::string_view warning, const Redactor& redactor);

// {"event":"warning","message":...} on one line.
std::string WarningJson(std::string_view warning, const Redactor& redactor);

}  // namespace weir::cli
