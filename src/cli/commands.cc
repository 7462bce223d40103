#include "cli/commands.h"

#include <algorithm>

#include "cli/command_table.h"
#include "cli/completions.h"
#include "cli/console.h"
#include "cli/help.h"
#include "cli/man.h"
#include "cli/options_page.h"

namespace weir::cli {
namespace {

Status RunHelp(const Invocation& invocation, const Registry& registry) {
  if (invocation.arguments.empty()) return PrintOut(OverviewHelp(registry));
  for (const CommandText& command : Commands(registry)) {
    if (command.name == invocation.arguments[0]) {
      return PrintOut(CommandHelp(command.command, registry, /*long_form=*/true));
    }
  }
  return Status::OK();  // not reached: the parser checked the name
}

}  // namespace

Status Run(const Invocation& invocation, const Registry& registry, const Reporter& reporter,
           std::stop_token stop) {
  if (invocation.help) {
    return PrintOut(CommandHelp(invocation.command, registry, /*long_form=*/false));
  }
  switch (invocation.command) {
    case Command::kCopy:
    case Command::kGenerate:
      return RunCopy(invocation, registry, reporter, std::move(stop));
    case Command::kPlan:
      return RunPlanCommand(invocation, registry, reporter, std::move(stop));
    case Command::kVerify:
      return RunVerify(invocation, registry, std::move(stop));
    case Command::kFormats:
      return RunFormats(invocation, registry);
    case Command::kVersion:
      return RunVersion(registry);
    case Command::kCompletions:
      return PrintOut(Completions(invocation.arguments[0], registry));
    case Command::kMan:
      return PrintOut(ManPage(registry));
    case Command::kDocs:
      return PrintOut(OptionsPage(registry));
    case Command::kHelp:
    case Command::kNone:
      break;
  }
  return RunHelp(invocation, registry);
}

}  // namespace weir::cli
