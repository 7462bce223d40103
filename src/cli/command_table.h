// The one table of weir's commands, beside the one of its options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/invocation.h"
#include "core/registry.h"

namespace weir::cli {

struct Example {
  std::string what;
  std::string command;
};

// One thing that an argument may be.
struct ArgumentForm {
  std::string form;
  std::string meaning;
};

struct ArgumentText {
  std::string name;  // SOURCE
  std::vector<ArgumentForm> forms;
  bool optional = false;
  bool takes_file = false;
  std::vector<std::string> choices = {};
};

struct CommandText {
  Command command = Command::kNone;
  std::string name;
  std::string summary;  // a phrase for one line
  std::string details;  // sentences
  std::vector<ArgumentText> arguments;
  std::vector<Example> examples;
  bool takes_options = true;  // beside --help
  bool hidden = false;        // for those who build and install weir
};

std::vector<CommandText> Commands(const Registry& registry);

const CommandText& TextOf(Command command, const std::vector<CommandText>& commands);

// "weir copy SOURCE DEST [options]"
std::string UsageOf(const CommandText& command);

struct ExitStatusText {
  int status = 0;
  std::string meaning;
};

// What weir's exit statuses mean; ExitStatusOf (exit_status.h) gives them.
std::vector<ExitStatusText> ExitStatuses();

}  // namespace weir::cli
