#include "base/suggest.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/ascii.h"

namespace weir {
namespace {

// Damerau-Levenshtein distance in its restricted form (optimal string alignment).
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({replaced, previous[j] + 1, current[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

// Names that differ in more than about a third of their letters help nobody.
size_t DistanceMax(size_t length) {
  return std::max<size_t>(1, (length + 1) / 3);
}

// A longer name that begins with what was typed is as good as the worst slip.
bool IsAbbreviation(std::string_view wanted, std::string_view candidate) {
  return wanted.size() >= 3 && candidate.starts_with(wanted);
}

struct Ranked {
  size_t distance;
  const std::string* name;
};

}  // namespace

std::vector<std::string> NearestNames(std::string_view wanted,
                                      const std::vector<std::string>& candidates, size_t most) {
  const std::string lower = LowerAscii(wanted);
  const size_t distance_max = DistanceMax(lower.size());
  std::vector<Ranked> ranked;
  for (const std::string& candidate : candidates) {
    const std::string name = LowerAscii(candidate);
    size_t distance = distance_max + 1;
    const size_t shorter = std::min(name.size(), lower.size());
    const size_t longer = std::max(name.size(), lower.size());
    if (longer - shorter <= distance_max && shorter > 0) distance = Distance(lower, name);
    // One letter replaced by another is no likeness.
    if (distance >= longer) distance = distance_max + 1;
    if (distance > distance_max && IsAbbreviation(lower, name)) distance = distance_max;
    if (name == lower) distance = 0;
    if (distance <= distance_max) ranked.push_back({distance, &candidate});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Ranked& a, const Ranked& b) { return a.distance < b.distance; });
  std::vector<std::string> names;
  for (const Ranked& entry : ranked) {
    if (names.size() == most) break;
    if (std::find(names.begin(), names.end(), *entry.name) == names.end()) {
      names.push_back(*entry.name);
    }
  }
  return names;
}

std::string DidYouMean(std::string_view wanted, const std::vector<std::string>& candidates) {
  return DidYouMeanOneOf(NearestNames(wanted, candidates));
}

std::string DidYouMeanOneOf(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) list += i + 1 == names.size() ? " or " : ", ";
    list += InQuotes(names[i]);
  }
  return fmt::format(" (did you mean {}?)", list);
}

std::string InQuotes(std::string_view name) {
  const bool has_quotes = name.size() > 1 && (name.starts_with('"') || name.ends_with('"'));
  return has_quotes ? std::string(name) : fmt::format("\"{}\"", name);
}

std::string NearestFirst(std::string_view wanted, const std::vector<std::string>& candidates,
                         size_t most) {
  std::vector<std::string> shown = NearestNames(wanted, candidates, most);
  const auto near = static_cast<ptrdiff_t>(shown.size());
  bool is_cut = false;
  for (const std::string& candidate : candidates) {
    const auto end = shown.begin() + near;
    if (std::find(shown.begin(), end, candidate) != end) continue;
    is_cut = shown.size() == most;
    if (is_cut) break;
    shown.push_back(candidate);
  }
  return fmt::format("{}{}", fmt::join(shown, ", "), is_cut ? ", …" : "");
}

}  // namespace weir
