// Completions for shells, from the tables of commands and options.
#pragma once

#include <string>
#include <string_view>

#include "core/registry.h"

namespace weir::cli {

std::string BashCompletions(const Registry& registry);
std::string ZshCompletions(const Registry& registry);
std::string FishCompletions(const Registry& registry);

// REQUIRES: `shell` is bash, zsh or fish.
std::string Completions(std::string_view shell, const Registry& registry);

}  // namespace weir::cli
