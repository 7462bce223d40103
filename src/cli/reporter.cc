#include "cli/reporter.h"

#include "cli/console.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/progress_line.h"

namespace weir::cli {

Redactor Reporter::MakeRedactor() const {
  Redactor redactor;
  for (const std::string& argument : invocation_.arguments) redactor.Learn(argument);
  return redactor;
}

void Reporter::Warn(std::string_view warning) const {
  if (invocation_.quiet) return;
  PrintErr(json() ? WarningJson(warning, MakeRedactor()) : WarningText(warning, MakeRedactor()));
}

void Reporter::Summarise(const CompletionRecord& record) const {
  const std::string& path = invocation_.spec.sink.path;
  if (json()) {
    PrintErr(ResultJson(record, path));
  } else if (!invocation_.quiet) {
    PrintErr(Printable(Summary(record, path)));
  }
}

int Reporter::Conclude(const Status& status, int signal) const {
  if (status.ok()) return kExitDone;
  const int exit_status = ExitStatusOf(GetErrorInfo(status).code, signal);
  if (json()) {
    PrintErr(ErrorJson(status, exit_status, MakeRedactor()));
  } else if (exit_status != kExitBrokenPipe) {
    PrintErr(ErrorText(status, MakeRedactor()));
  }
  return exit_status;
}

}  // namespace weir::cli
