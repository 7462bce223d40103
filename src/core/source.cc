#include "core/source.h"

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

}  // namespace weir
