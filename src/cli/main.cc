// weir: the command line.
#include <new>

#include "builtin/registry.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/parse.h"
#include "cli/process.h"
#include "cli/signals.h"

namespace weir::cli {
namespace {

Status RunGuarded(const std::vector<std::string>& words, const Registry& registry,
                  const Reporter& reporter, std::stop_token stop, Invocation* invocation) {
  try {
    ARROW_RETURN_NOT_OK(ParseCommandLine(words, registry, invocation));
    return Run(*invocation, registry, reporter, std::move(stop));
  } catch (const std::bad_alloc&) {
    return Error("memory.exhausted", "the system has no more memory", "lower --memory or --jobs");
  }
}

}  // namespace
}  // namespace weir::cli

int main(int argc, char** argv) {
  using namespace weir::cli;

  if (!OpenStandardFiles()) return kExitFailed;
  BoundAllocator();
  const std::vector<std::string> words = TakeWords(argc, argv);
  const SignalWatcher signals;
  const weir::Registry registry = weir::BuiltinRegistry();

  Invocation invocation;
  const Reporter reporter(&invocation);
  const weir::Status status =
      RunGuarded(words, registry, reporter, signals.stop_token(), &invocation);
  return reporter.Conclude(status, signals.received());
}
