#include "cli/completions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "cli/command_table.h"
#include "cli/option_table.h"

namespace weir::cli {
namespace {

std::vector<CommandText> VisibleCommands(const Registry& registry) {
  std::vector<CommandText> commands = Commands(registry);
  std::erase_if(commands, [](const CommandText& command) { return command.hidden; });
  return commands;
}

// The options as words: --name, and --no-name where there is one.
std::vector<std::string> OptionWords(Command command, const Registry& registry) {
  std::vector<std::string> words;
  for (const Option& option : OptionsOf(command, registry)) {
    words.push_back("--" + option.text.name);
    if (option.text.negatable) words.push_back("--no-" + option.text.name);
  }
  words.push_back("--help");
  return words;
}

std::string Replaced(const std::string& text, const std::map<char, std::string>& replacements) {
  std::string out;
  for (const char c : text) {
    const auto found = replacements.find(c);
    out += found == replacements.end() ? std::string(1, c) : found->second;
  }
  return out;
}

// What an argument at a place of the command line may be.
std::string BashArguments(const CommandText& command) {
  for (const ArgumentText& argument : command.arguments) {
    if (!argument.choices.empty()) {
      return fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$cur\"))",
                         fmt::join(argument.choices, " "));
    }
  }
  return command.arguments.empty() ? ":" : "_weir_files";
}

std::string BashValues(const Registry& registry) {
  std::string out;
  for (const Option& option : Options(registry)) {
    if (option.text.value_name.empty()) continue;
    std::string action = ":";
    if (option.text.takes_file) action = "_weir_files";
    if (!option.text.choices.empty()) {
      action = fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$cur\"))",
                           fmt::join(option.text.choices, " "));
    }
    out += fmt::format("    --{}) {}; return ;;\n", option.text.name, action);
  }
  return out;
}

std::string BashCommands(const Registry& registry) {
  std::string out;
  for (const CommandText& command : VisibleCommands(registry)) {
    out += fmt::format("    {}) options='{}' ;;\n", command.name,
                       fmt::join(OptionWords(command.command, registry), " "));
  }
  return out;
}

std::string BashArgumentCases(const Registry& registry) {
  std::string out;
  for (const CommandText& command : VisibleCommands(registry)) {
    // After the words that an argument may be, files may follow: generate records FILE.
    const bool then_files = command.arguments.size() > 1 && !command.arguments[0].choices.empty();
    out += fmt::format("    {}) {} ;;\n", command.name,
                       then_files ? fmt::format("if ((COMP_CWORD == 2)); then {}; else "
                                                "_weir_files; fi",
                                                BashArguments(command))
                                  : BashArguments(command));
  }
  return out;
}

// Within '...' of _arguments: brackets and colons separate.
std::string ZshText(const std::string& text) {
  return Replaced(text,
                  {{'[', "\\["}, {']', "\\]"}, {':', "\\:"}, {'\'', "'\\''"}, {'\\', "\\\\"}});
}

std::string ZshOption(const OptionText& option) {
  const std::string star = option.repeatable ? "*" : "";
  if (option.value_name.empty()) {
    std::string out = fmt::format("    '--{}[{}]'", option.name, ZshText(option.summary));
    if (option.negatable) {
      out += fmt::format(" \\\n    '--no-{}[do not {}]'", option.name, ZshText(option.summary));
    }
    return out;
  }
  std::string action = " ";
  if (option.takes_file) action = "_files";
  if (!option.choices.empty()) action = fmt::format("({})", fmt::join(option.choices, " "));
  return fmt::format("    '{}--{}=[{}]:{}:{}'", star, option.name, ZshText(option.summary),
                     option.value_name, action);
}

std::string ZshCommand(const CommandText& command, const Registry& registry) {
  std::string out = fmt::format("  {}) _arguments -S", command.name);
  for (const Option& option : OptionsOf(command.command, registry)) {
    out += " \\\n" + ZshOption(option.text);
  }
  out += " \\\n    '--help[explain the command]'";
  for (size_t i = 0; i < command.arguments.size(); ++i) {
    const ArgumentText& argument = command.arguments[i];
    const std::string action =
        argument.choices.empty() ? "_files" : fmt::format("({})", fmt::join(argument.choices, " "));
    out += fmt::format(" \\\n    '{}:{}:{}'", i + 1, argument.name, action);
  }
  return out + " ;;\n";
}

std::string FishText(const std::string& text) {
  return Replaced(text, {{'\\', "\\\\"}, {'\'', "\\'"}});
}

std::string FishOption(const OptionText& option, const std::string& condition) {
  std::string out = fmt::format("complete -c weir -n '{}' -l {} -d '{}'", condition, option.name,
                                FishText(option.summary));
  if (!option.value_name.empty()) out += " -r";
  if (option.takes_file) out += " -F";
  if (!option.choices.empty()) out += fmt::format(" -f -a '{}'", fmt::join(option.choices, " "));
  out += '\n';
  if (option.negatable) {
    out += fmt::format("complete -c weir -n '{}' -l no-{} -d 'do not {}'\n", condition, option.name,
                       FishText(option.summary));
  }
  return out;
}

}  // namespace

std::string BashCompletions(const Registry& registry) {
  std::vector<std::string> names = {"--help", "--version"};
  for (const CommandText& command : VisibleCommands(registry)) names.push_back(command.name);
  std::string out =
      "# bash completion for weir, printed by `weir completions bash`\n"
      "_weir_files() {\n"
      "  compopt -o filenames 2>/dev/null\n"
      "  mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
      "}\n\n"
      "_weir() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options=\n"
      "  COMPREPLY=()\n"
      "  # --name=value comes as three words.\n"
      "  if [[ $cur == = ]]; then cur=\n"
      "  elif [[ $prev == = ]] && ((COMP_CWORD > 2)); then "
      "prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n";
  out += fmt::format(
      "  if ((COMP_CWORD == 1)); then\n"
      "    COMPREPLY=($(compgen -W '{}' -- \"$cur\"))\n    return\n  fi\n",
      fmt::join(names, " "));
  out += "  case $prev in\n" + BashValues(registry) + "  esac\n";
  out += "  case ${COMP_WORDS[1]} in\n" + BashCommands(registry) + "  esac\n";
  out +=
      "  if [[ $cur == -* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n    return\n  fi\n";
  out += "  case ${COMP_WORDS[1]} in\n" + BashArgumentCases(registry) + "  esac\n";
  return out + "}\n\ncomplete -F _weir weir\n";
}

std::string ZshCompletions(const Registry& registry) {
  std::string out =
      "#compdef weir\n# zsh completion for weir, printed by `weir completions zsh`\n\n"
      "if ((CURRENT == 2)); then\n  local -a commands=(\n";
  for (const CommandText& command : VisibleCommands(registry)) {
    out += fmt::format("    '{}:{}'\n", command.name, ZshText(command.summary));
  }
  out +=
      "  )\n  _describe command commands\n"
      "  _arguments '--help[explain weir]' '--version[print versions]'\n  return\nfi\n\n"
      "local command=$words[2]\n"
      "shift words\n((CURRENT--))\n"
      "case $command in\n";
  for (const CommandText& command : VisibleCommands(registry)) out += ZshCommand(command, registry);
  return out + "esac\n";
}

std::string FishCompletions(const Registry& registry) {
  std::string out =
      "# fish completion for weir, printed by `weir completions fish`\n"
      "complete -c weir -n __fish_use_subcommand -f\n"
      "complete -c weir -n __fish_use_subcommand -l version -d 'print versions'\n"
      "complete -c weir -l help -d 'explain weir or the command'\n";
  for (const CommandText& command : VisibleCommands(registry)) {
    out += fmt::format("complete -c weir -n __fish_use_subcommand -f -a {} -d '{}'\n", command.name,
                       FishText(command.summary));
  }
  for (const CommandText& command : VisibleCommands(registry)) {
    const std::string condition = "__fish_seen_subcommand_from " + command.name;
    for (const ArgumentText& argument : command.arguments) {
      if (argument.choices.empty()) continue;
      const bool alone = command.arguments.size() == 1;
      out += fmt::format("complete -c weir -n '{}'{} -a '{}'\n", condition, alone ? " -f" : "",
                         fmt::join(argument.choices, " "));
    }
    for (const Option& option : OptionsOf(command.command, registry)) {
      out += FishOption(option.text, condition);
    }
  }
  return out;
}

std::string Completions(std::string_view shell, const Registry& registry) {
  if (shell == "bash") return BashCompletions(registry);
  return shell == "zsh" ? ZshCompletions(registry) : FishCompletions(registry);
}

}  // namespace weir::cli
