// What a command line says, as a value.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/copy_spec.h"

namespace weir::cli {

enum class Command {
  kNone,
  kCopy,
  kPlan,
  kGenerate,
  kVerify,
  kFormats,
  kHelp,
  kVersion,
  kCompletions,
  kMan,
  kDocs,
};

enum class ProgressMode { kAuto, kNone, kJson };

struct Invocation {
  Command command = Command::kNone;
  std::vector<std::string> arguments;  // those that are not options, without the command
  std::set<std::string> given;         // names of the options that were written
  bool help = false;

  CopySpec spec;
  std::string record_path;
  bool json = false;
  bool quiet = false;
  ProgressMode progress = ProgressMode::kAuto;
};

}  // namespace weir::cli
