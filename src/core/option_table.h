// The one table of a copy's options. Parsing, --help, the man page, completions and docs/options.md
// are made from it, so an option is added here and nowhere else; a new format that takes an option
// is named in that option's `formats`.
#pragma once

#include <functional>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
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

// A list as a table of options holds it: words, or a reference to a list that is made elsewhere.
struct OptionList {
  OptionList() = default;
  OptionList(std::initializer_list<const char*> words) : words(words) {}
  // NOLINTNEXTLINE(google-explicit-constructor): tables name lists
  OptionList(const std::vector<std::string>& list) : list(&list) {}

  std::vector<std::string> Copy() const;

  std::initializer_list<const char*> words;
  const std::vector<std::string>* list = nullptr;
};

// An entry of such a table; see OptionText. It owns nothing: GCC 12 destroys members that do not
// yet exist when memory ends in the middle of an aggregate.
struct OptionWords {
  const char* name;
  const char* value_name;
  const char* summary;
  const char* details;
  const char* default_text = "";
  OptionCategory category = OptionCategory::kSource;
  OptionList choices = {};
  bool takes_file = false;
  bool negatable = false;
  bool repeatable = false;
  OptionList conflicts = {};
  OptionList formats = {};
  OptionList sources = {};
};

// What is said about an option, whatever program part takes it.
struct OptionText {
  // NOLINTNEXTLINE(google-explicit-constructor): what a table says of an option
  OptionText(const OptionWords& words);

  std::string name;          // row-group-bytes
  std::string value_name;    // SIZE; empty: a flag, which --no-NAME turns off when `negatable`
  std::string summary;       // a phrase for one line
  std::string details;       // sentences; may be empty
  std::string default_text;  // may be empty
  OptionCategory category;
  std::vector<std::string> choices;  // the usual values, where there are few
  bool takes_file;                   // the value is a file's name
  bool negatable;
  bool repeatable;
  // Which options may not stand beside this one.
  std::vector<std::string> conflicts;
  // Which formats (Format::name) and table sinks (TableSinkKind::name) know it; empty: all.
  std::vector<std::string> formats;
  // Which sources (SourceKind::name, "file" for all files) know it; empty: all.
  std::vector<std::string> sources;
};

// An option that says something about a copy.
struct CopyOption {
  using Apply = std::function<Status(std::string_view value, CopySpec* spec)>;

  CopyOption(const OptionWords& words, Apply apply) : text(words), apply(std::move(apply)) {}

  OptionText text;
  // Reads a value into the spec; flags get "true" or "false". Codes are "usage.*".
  Apply apply;
};

std::vector<CopyOption> CopyOptions(const Registry& registry);

// Fails with "usage.*" when options that were given (by name) contradict one another, or would be
// ignored by the source or the format of `spec`. A source or format that cannot be told is left to
// MakePlan, which says so. Takes texts rather than options so that callers may add their own.
Status CheckOptionUse(const std::vector<OptionText>& options, const std::set<std::string>& given,
                      const CopySpec& spec, const Registry& registry);

}  // namespace weir
