#include "core/source.h"

#include <fmt/format.h>

namespace weir {

std::string_view ToString(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::kExact:
      return "exact";
    case Fidelity::kWidened:
      return "widened";
    case Fidelity::kLossy:
      return "lossy";
    case Fidelity::kRefused:
      return "refused";
  }
  return "refused";
}

std::string MemoryHint(const ReadOptions& options, int64_t value_bytes) {
  constexpr int64_t kMiB = 1 << 20;
  if (!options.memory_for_value || value_bytes <= 0) return "raise --memory";
  const int64_t needed = options.memory_for_value(value_bytes);
  return fmt::format("raise --memory to {}MiB", (needed + kMiB - 1) / kMiB);
}

}  // namespace weir
