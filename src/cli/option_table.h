// The options of the command line: those of a copy (core/option_table.h), and those that say what
// weir reports and where.
#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/invocation.h"
#include "core/option_table.h"

namespace weir::cli {

struct Option {
  using Apply = std::function<Status(std::string_view value, Invocation*)>;

  Option(OptionText text, std::vector<Command> commands, Apply apply)
      : text(std::move(text)), commands(std::move(commands)), apply(std::move(apply)) {}

  OptionText text;
  std::vector<Command> commands;  // that take it
  Apply apply;
};

// Every option but --help and --version, in the order in which they are shown.
std::vector<Option> Options(const Registry& registry);

// Those that `command` takes.
std::vector<Option> OptionsOf(Command command, const Registry& registry);

// The options as they are written: "--table NAME", "--[no-]header".
std::string SignatureOf(const OptionText& option);

}  // namespace weir::cli
