// Tells what happened on standard error, in the way the command line asked for.
#pragma once

#include <string>
#include <string_view>

#include "base/redact.h"
#include "base/status.h"
#include "cli/invocation.h"
#include "core/completion_record.h"

namespace weir::cli {

// Reads the invocation when it is asked, so it may be made before the command line is parsed; the
// invocation must outlive it. Passwords of its arguments are hidden from every line.
class Reporter {
 public:
  explicit Reporter(const Invocation* invocation) : invocation_(*invocation) {}

  void Warn(std::string_view warning) const;
  // The last line of a copy that was completed.
  void Summarise(const CompletionRecord& record) const;
  // Reports a command's outcome and returns weir's exit status. `signal` is the one that came, or
  // 0.
  int Conclude(const Status& status, int signal) const;

 private:
  bool json() const { return invocation_.progress == ProgressMode::kJson; }
  Redactor MakeRedactor() const;

  const Invocation& invocation_;
};

}  // namespace weir::cli
