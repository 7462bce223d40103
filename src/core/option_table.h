// The one table of a copy's options. Parsing, --help, the man page, completions and docs/options.md
// are made from it, so an option is added here and nowhere else; a new format that takes an option
// is named in that option's `formats`.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "core/copy_spec.h"
#include "core/registry.h"

namespace weir {

enum class OptionCategory { kSource, kDestination, kFormat, kLimits, kReport };

// The categories in the order in which they are shown.
inline constexpr OptionCategory kOptionCategories[] = {
    OptionCategory::kSource, OptionCategory::kDestination, OptionCategory::kFormat,
    OptionCategory::kLimits, OptionCategory::kReport};

// "What to read", "Where it goes", ...
std::string_view TitleOf(OptionCategory category);

// What is said about an option, whatever program part takes it.
struct OptionText {
  std::string name;               // row-group-bytes
  std::string value_name;         // SIZE; empty: a flag, which --no-NAME turns off when `negatable`
  std::string summary;            // a phrase for one line
  std::string details;            // sentences; may be empty
  std::string default_text = {};  // may be empty
  OptionCategory category = OptionCategory::kSource;
  std::vector<std::string> choices = {};  // the usual values, where there are few
  bool takes_file = false;                // the value is a file's name
  bool negatable = false;
  bool repeatable = false;
  // Which options may not stand beside this one.
  std::vector<std::string> conflicts = {};
  // Which formats (Format::name) and table sinks (TableSinkKind::name) know it; empty: all.
  std::vector<std::string> formats = {};
  // Which sources (SourceKind::name, "file" for all files) know it; empty: all.
  std::vector<std::string> sources = {};
};

// An option that says something about a copy.
struct CopyOption {
  OptionText text;
  // Reads a value into the spec; flags get "true" or "false". Codes are "usage.*".
  std::function<Status(std::string_view value, CopySpec* spec)> apply;
};

std::vector<CopyOption> CopyOptions(const Registry& registry);

// Fails with "usage.*" when options that were given (by name) contradict one another, or would be
// ignored by the source or the format of `spec`. A source or format that cannot be told is left to
// MakePlan, which says so. Takes texts rather than options so that callers may add their own.
Status CheckOptionUse(const std::vector<OptionText>& options, const std::set<std::string>& given,
                      const CopySpec& spec, const Registry& registry);

}  // namespace weir
