// weir --version.
#include <fmt/format.h>

#include "base/version.h"
#include "cli/commands.h"
#include "cli/console.h"

namespace weir::cli {

Status RunVersion(const Registry& registry) {
  std::string text = fmt::format("weir {}\n", kVersion);
  for (const std::string& library : registry.Libraries()) text += library + "\n";
  return PrintOut(text);
}

}  // namespace weir::cli
