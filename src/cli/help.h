// The help texts.
#pragma once

#include <string>

#include "cli/invocation.h"
#include "core/option_table.h"
#include "core/registry.h"

namespace weir::cli {

// `weir --help`: the commands.
std::string OverviewHelp(const Registry& registry);

// `weir COMMAND --help`: usage, arguments, options by category, examples. With `long_form`, as
// `weir help COMMAND` prints it, also what the options' details say.
std::string CommandHelp(Command command, const Registry& registry, bool long_form);

// "exactly one of: a, b" and the like: what is known of an option beside its texts, as phrases.
// Empty when there is nothing to add.
std::string FactsOf(const OptionText& option, const Registry& registry);

}  // namespace weir::cli
