// The command line's parser.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "cli/invocation.h"
#include "core/registry.h"

namespace weir::cli {

// Reads `words`, the command line without the program's name: a command, then options and arguments
// in any order. Options are --name value, --name=value, --flag and --no-flag; names are not
// abbreviated; `--` ends the options. Codes are "usage.*". On failure `invocation` holds what was
// read before, so that the error can be reported in the way that was asked for.
//
// This is no library's parser: the errors, the suggestions, the rules about formats and sources and
// five kinds of generated text all come from one table, and what is left beside it is the loop
// below. (CLI11 would want the table spelled out again as calls, and words its own errors.)
Status ParseCommandLine(const std::vector<std::string>& words, const Registry& registry,
                        Invocation* invocation);

}  // namespace weir::cli
