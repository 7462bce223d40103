#include "cli/help.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/version.h"
#include "cli/command_table.h"
#include "cli/option_table.h"
#include "cli/text_layout.h"

namespace weir::cli {
namespace {

constexpr size_t kIndent = 2;
constexpr size_t kColumn = 28;
constexpr size_t kShortColumn = 16;

std::string Capitalised(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string ArgumentsHelp(const CommandText& command) {
  std::string out;
  for (const ArgumentText& argument : command.arguments) {
    if (argument.forms.empty()) continue;
    out += fmt::format("{}\n", argument.name);
    for (const ArgumentForm& form : argument.forms) {
      out += Labelled(form.form, form.meaning, kIndent, kColumn);
    }
    out += '\n';
  }
  return out;
}

std::string OptionHelp(const OptionText& option, const Registry& registry, bool long_form) {
  std::string text = option.summary;
  if (!long_form && !option.choices.empty()) {
    text += fmt::format(": {}", fmt::join(option.choices, ", "));
  }
  if (!option.default_text.empty()) text += fmt::format(" (default: {})", option.default_text);
  if (long_form) {
    if (!option.details.empty()) text += ". " + option.details;
    const std::string facts = FactsOf(option, registry);
    if (!facts.empty()) text += (text.ends_with('.') ? " " : ". ") + facts;
  }
  return Labelled(SignatureOf(option), text, kIndent, kColumn);
}

std::string OptionsHelp(Command command, const Registry& registry, bool long_form) {
  std::string out;
  const std::vector<Option> options = OptionsOf(command, registry);
  for (OptionCategory category : kOptionCategories) {
    std::string section;
    for (const Option& option : options) {
      if (option.text.category == category) section += OptionHelp(option.text, registry, long_form);
    }
    if (!section.empty()) out += fmt::format("{}\n{}\n", TitleOf(category), section);
  }
  return out;
}

std::string ExamplesHelp(const CommandText& command) {
  if (command.examples.empty()) return "";
  std::string out = "Examples\n";
  for (const Example& example : command.examples) {
    out += fmt::format("  # {}\n", example.what);
    // Continued lines keep their own indentation.
    std::string text = example.command;
    for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 3)) {
      text.insert(at + 1, "  ");
    }
    out += fmt::format("  {}\n", text);
  }
  return out + "\n";
}

}  // namespace

std::string FactsOf(const OptionText& option, const Registry& registry) {
  std::string facts;
  if (!option.choices.empty()) {
    facts += fmt::format("One of {}. ", fmt::join(option.choices, ", "));
  }
  const bool for_all =
      std::all_of(registry.formats.begin(), registry.formats.end(), [&](const Format& format) {
        return std::find(option.formats.begin(), option.formats.end(), format.name) !=
               option.formats.end();
      });
  if (!option.formats.empty() && !for_all) {
    facts += fmt::format("For {}. ", fmt::join(option.formats, ", "));
  }
  if (!option.sources.empty()) {
    facts += fmt::format("For the source {}. ", fmt::join(option.sources, " or "));
  }
  if (!option.conflicts.empty()) {
    facts += fmt::format("Not beside --{}. ", fmt::join(option.conflicts, ", --"));
  }
  while (facts.ends_with(' ')) facts.pop_back();
  return facts;
}

std::string OverviewHelp(const Registry& registry) {
  std::string out = fmt::format(
      "weir {} moves rows between databases and files at constant memory.\n\n"
      "Usage: weir COMMAND ...\n\nCommands\n",
      kVersion);
  for (const CommandText& command : Commands(registry)) {
    if (!command.hidden) out += Labelled(command.name, command.summary, kIndent, kShortColumn);
  }
  out += "\nOptions\n";
  out += Labelled("--help", "this text; after a command, its help", kIndent, kShortColumn);
  out += Labelled("--version", "versions of weir and its libraries", kIndent, kShortColumn);
  out += "\nExit status\n";
  for (const ExitStatusText& status : ExitStatuses()) {
    out += Labelled(fmt::format("{}", status.status), status.meaning, kIndent, kShortColumn);
  }
  return out + "\nBegin with\n  weir copy --help\n";
}

std::string CommandHelp(Command command, const Registry& registry, bool long_form) {
  const std::vector<CommandText> commands = Commands(registry);
  const CommandText& text = TextOf(command, commands);
  std::string out = fmt::format("Usage: {}\n\n", UsageOf(text));
  out += Wrap(Capitalised(text.summary) + ". " + text.details, 0) + "\n";
  out += ArgumentsHelp(text);
  out += OptionsHelp(command, registry, long_form);
  out += ExamplesHelp(text);
  if (!long_form && text.takes_options) {
    out += fmt::format("`weir help {}` says more about each option.\n", text.name);
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace weir::cli
