// weir: the command line.
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
  const SignalWatcher signals;
  const weir::Registry registry = weir::BuiltinRegistry();

  Invocation invocation;
  const Reporter reporter(&invocation);
  weir::Status status = ParseCommandLine(words, registry, &invocation);
  if (status.ok()) status = Run(invocation, registry, reporter, signals.stop_token());
  return reporter.Conclude(status, signals.received());
}
