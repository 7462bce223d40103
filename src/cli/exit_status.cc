#include "cli/exit_status.h"

#include <csignal>

namespace weir::cli {
namespace {

enum class FailureKind { kFailed, kUsage, kRefused, kInterrupted, kBrokenPipe };

FailureKind KindOf(std::string_view code, int signal) {
  if (code.starts_with("usage.")) return FailureKind::kUsage;
  if (code.starts_with("plan.")) return FailureKind::kRefused;
  // What a library says when it is woken in the middle of its work is not why weir ends.
  if (code == "interrupted" || signal != 0) return FailureKind::kInterrupted;
  if (code == "io.broken_pipe") return FailureKind::kBrokenPipe;
  return FailureKind::kFailed;
}

}  // namespace

int ExitStatusOf(std::string_view code, int signal) {
  switch (KindOf(code, signal)) {
    case FailureKind::kUsage:
      return kExitUsage;
    case FailureKind::kRefused:
      return kExitRefused;
    case FailureKind::kInterrupted:
      return 128 + (signal != 0 ? signal : SIGINT);
    case FailureKind::kBrokenPipe:
      // Not 0: rows were not delivered, and 0 means that a completion record exists.
      return kExitBrokenPipe;
    case FailureKind::kFailed:
      return kExitFailed;
  }
  return kExitFailed;
}

}  // namespace weir::cli
