// weir: the command line.
#include <optional>

#include "base/exhaustion.h"
#include "builtin/registry.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/parse.h"
#include "cli/process.h"
#include "cli/signals.h"

int main(int argc, char** argv) {
  using namespace weir::cli;

  if (!OpenStandardFiles()) return kExitFailed;
  BoundAllocator();
  const std::vector<std::string> words = TakeWords(argc, argv);
  std::optional<SignalWatcher> signals;
  Invocation invocation;
  const Reporter reporter(&invocation);
  const weir::Status status = weir::CatchExhaustion([&]() -> weir::Status {
    signals.emplace();
    const weir::Registry registry = weir::BuiltinRegistry();
    ARROW_RETURN_NOT_OK(ParseCommandLine(words, registry, &invocation));
    return Run(invocation, registry, reporter, signals->stop_token());
  });
  return reporter.Conclude(status, signals ? signals->received() : 0);
}
