#include "cli/parse.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/suggest.h"
#include "cli/command_table.h"
#include "cli/option_table.h"
#include "core/option_values.h"

namespace weir::cli {
namespace {

// A word that begins with two dashes, taken apart.
struct OptionWord {
  std::string name;  // without dashes
  std::optional<std::string> value;
};

OptionWord TakeApart(const std::string& word) {
  const size_t equals = word.find('=');
  OptionWord taken{word.substr(2, equals == std::string::npos ? equals : equals - 2), {}};
  if (equals != std::string::npos) taken.value = word.substr(equals + 1);
  return taken;
}

class Parser {
 public:
  Parser(const std::vector<std::string>& words, const Registry& registry, Invocation* invocation)
      : words_(words), registry_(registry), invocation_(*invocation), all_(Options(registry)) {}

  Status Parse() {
    ARROW_RETURN_NOT_OK(ParseCommand());
    if (HasHelp()) {
      invocation_.help = true;
      return Status::OK();
    }
    for (at_ = 1; at_ < words_.size(); ++at_) ARROW_RETURN_NOT_OK(ParseWord(words_[at_]));
    return CheckArguments();
  }

  std::vector<OptionText> texts() const {
    std::vector<OptionText> texts;
    for (const Option& option : options_) texts.push_back(option.text);
    return texts;
  }

 private:
  Status ParseCommand();
  Status UnknownCommand(const std::string& word) const;
  // --help anywhere is answered even if the rest is wrong.
  bool HasHelp() const;
  Status ParseWord(const std::string& word);
  Status ParseOption(const OptionWord& word);
  // Finds the value of the option at at_, in the next word if it has none of its own.
  Result<std::string> ValueOf(const Option& option, const OptionWord& word);
  Status ApplyFlag(const Option& option, const OptionWord& word, bool on);
  Status Apply(const Option& option, std::string_view value, const OptionWord& word);
  Status UnknownOption(const OptionWord& word) const;
  Status CheckArguments() const;
  const Option* Find(const std::vector<Option>& options, const std::string& name) const;
  bool IsOptionWord(const std::string& word) const;
  // Whether SQL of one word was given, and arguments after it.
  bool HasTornSql() const {
    return sql_at_ > 0 && words_[sql_at_].find(' ') == std::string::npos &&
           !IsOptionWord(words_[sql_at_ + 1]);
  }
  std::string UsageHint() const { return "usage: " + UsageOf(text_); }

  const std::vector<std::string>& words_;
  const Registry& registry_;
  Invocation& invocation_;
  const std::vector<Option> all_;
  CommandText text_;             // of the command
  std::vector<Option> options_;  // of the command
  size_t at_ = 0;
  size_t sql_at_ = 0;  // the value of --query or --where, a word of its own
  bool options_ended_ = false;
};

Status Parser::ParseCommand() {
  if (words_.empty()) {
    return Error("usage.no_command", "say what to do: copy, plan, generate, verify or formats",
                 "`weir --help` explains them");
  }
  const std::string& word = words_[0];
  if (word == "--version" || word == "-V") {
    invocation_.command = Command::kVersion;
    text_.name = word;
    text_.takes_options = false;
    return Status::OK();
  }
  const std::string name = word == "--help" || word == "-h" ? "help" : word;
  for (CommandText& command : Commands(registry_)) {
    if (command.name != name) continue;
    invocation_.command = command.command;
    options_ = OptionsOf(command.command, registry_);
    text_ = std::move(command);
    return Status::OK();
  }
  invocation_.arguments = words_;  // what the message may quote, for whoever redacts it
  return UnknownCommand(word);
}

Status Parser::UnknownCommand(const std::string& word) const {
  if (word.starts_with("-")) {
    return Error("usage.no_command", fmt::format("{} stands where a command should", word),
                 "options come after the command: weir copy SOURCE DEST [options]");
  }
  std::vector<std::string> names;
  for (const CommandText& command : Commands(registry_)) {
    if (!command.hidden) names.push_back(command.name);
  }
  const bool is_place = word.find_first_of(":./=") != std::string::npos;
  return Error("usage.unknown_command",
               fmt::format("there is no command \"{}\"{}", word, DidYouMean(word, names)),
               is_place ? "usage: weir copy SOURCE DEST [options]"
                        : fmt::format("commands: {}", fmt::join(names, ", ")));
}

bool Parser::HasHelp() const {
  const auto end = std::find(words_.begin(), words_.end(), "--");
  return std::find(words_.begin() + 1, end, "--help") != end;
}

Status Parser::ParseWord(const std::string& word) {
  if (options_ended_ || word == "-" || !word.starts_with('-')) {
    invocation_.arguments.push_back(word);
    if (invocation_.arguments.size() <= text_.arguments.size()) return Status::OK();
    return Error("usage.too_many_arguments", fmt::format("unexpected argument \"{}\"", word),
                 HasTornSql()
                     ? fmt::format("quote what has spaces in it: {} '{} {} ...'",
                                   words_[sql_at_ - 1], words_[sql_at_], words_[sql_at_ + 1])
                     : UsageHint());
  }
  if (word == "--") {
    options_ended_ = true;
    return Status::OK();
  }
  if (word.starts_with("--")) return ParseOption(TakeApart(word));
  if (word == "-h") {
    invocation_.help = true;
    return Status::OK();
  }
  return Error("usage.unknown_option", fmt::format("there is no option \"{}\"", word),
               "options have two dashes; an argument that begins with a dash goes after `--`");
}

Status Parser::ParseOption(const OptionWord& word) {
  if (const Option* option = Find(options_, word.name)) {
    if (option->text.value_name.empty()) return ApplyFlag(*option, word, true);
    ARROW_ASSIGN_OR_RAISE(std::string value, ValueOf(*option, word));
    return Apply(*option, value, word);
  }
  if (word.name.starts_with("no-")) {
    const Option* option = Find(options_, word.name.substr(3));
    if (option != nullptr && option->text.negatable) return ApplyFlag(*option, word, false);
  }
  return UnknownOption(word);
}

Result<std::string> Parser::ValueOf(const Option& option, const OptionWord& word) {
  if (word.value) return *word.value;
  const bool last = at_ + 1 == words_.size();
  if (!last && words_[at_ + 1] != "--" && !IsOptionWord(words_[at_ + 1])) {
    ++at_;
    if (word.name == "query" || word.name == "where") sql_at_ = at_;
    return words_[at_];
  }
  return Error("usage.missing_value", fmt::format("--{} needs a value", word.name),
               last ? fmt::format("write {}", SignatureOf(option.text))
                    : fmt::format("\"{0}\" is an option; if it is meant as the value, write "
                                  "--{1}={0}",
                                  words_[at_ + 1], word.name));
}

Status Parser::ApplyFlag(const Option& option, const OptionWord& word, bool on) {
  if (!word.value) return Apply(option, on ? "true" : "false", word);
  return Error("usage.unexpected_value", fmt::format("--{} takes no value", word.name),
               option.text.negatable ? fmt::format("--{0} or --no-{0}", option.text.name) : "");
}

Status Parser::Apply(const Option& option, std::string_view value, const OptionWord& word) {
  if (!invocation_.given.insert(option.text.name).second && !option.text.repeatable) {
    return Error("usage.repeated_option", fmt::format("--{} is given twice", option.text.name));
  }
  return WithContext(option.apply(value, &invocation_), "--" + word.name);
}

Status Parser::UnknownOption(const OptionWord& word) const {
  if (const Option* elsewhere = Find(all_, word.name)) {
    std::vector<std::string> commands;
    for (const CommandText& command : Commands(registry_)) {
      const auto& takers = elsewhere->commands;
      if (std::find(takers.begin(), takers.end(), command.command) != takers.end()) {
        commands.push_back(command.name);
      }
    }
    return Error("usage.unknown_option",
                 fmt::format("--{} is an option of {}, not of {}", word.name,
                             fmt::join(commands, ", "), text_.name));
  }
  std::vector<std::string> names = {"--help"};
  for (const Option& option : options_) {
    names.push_back("--" + option.text.name);
    if (option.text.negatable) names.push_back("--no-" + option.text.name);
  }
  return Error(
      "usage.unknown_option",
      fmt::format("there is no option \"--{}\"{}", word.name, DidYouMean("--" + word.name, names)),
      fmt::format("`weir {} --help` lists the options", text_.name));
}

Status Parser::CheckArguments() const {
  if (invocation_.help) return Status::OK();
  for (size_t i = 0; i < text_.arguments.size(); ++i) {
    const ArgumentText& argument = text_.arguments[i];
    if (i >= invocation_.arguments.size()) {
      if (argument.optional) continue;
      const std::string choices =
          argument.choices.empty()
              ? ""
              : fmt::format("; {} is one of {}", argument.name, fmt::join(argument.choices, ", "));
      return Error("usage.missing_argument", fmt::format("{} is missing", argument.name),
                   UsageHint() + choices);
    }
    const std::string& word = invocation_.arguments[i];
    if (word.empty()) {
      return Error("usage.empty_value", fmt::format("{} is empty", argument.name), UsageHint());
    }
    if (!argument.choices.empty()) ARROW_RETURN_NOT_OK(CheckChoice(word, argument.choices));
  }
  return Status::OK();
}

const Option* Parser::Find(const std::vector<Option>& options, const std::string& name) const {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const Option& option) { return option.text.name == name; });
  return found == options.end() ? nullptr : &*found;
}

bool Parser::IsOptionWord(const std::string& word) const {
  if (!word.starts_with("--")) return false;
  const std::string name = TakeApart(word).name;
  if (Find(options_, name) != nullptr || name == "help") return true;
  return name.starts_with("no-") && Find(options_, name.substr(3)) != nullptr;
}

// What the arguments of a copy mean for its spec.
Status FillSpec(Invocation* invocation) {
  CopySpec& spec = invocation->spec;
  spec.source.uri = invocation->arguments[0];
  spec.sink.path = invocation->arguments[1];
  if (invocation->command != Command::kGenerate) return Status::OK();
  spec.source.uri = "generate:" + invocation->arguments[0];
  if (spec.source.generate_count) return Status::OK();
  return Error("usage.missing_option", "say how many rows to generate", "give --count N");
}

// Standard output can hold one thing.
Status CheckOutputs(const Invocation& invocation) {
  const std::string& path = invocation.spec.sink.path;
  if (invocation.command != Command::kPlan && invocation.json && path == "-" &&
      invocation.record_path.empty()) {
    return Error("usage.conflicting_options",
                 "--json and the destination \"-\" both want standard output",
                 "write the record to a file with --record");
  }
  return Status::OK();
}

}  // namespace

Status ParseCommandLine(const std::vector<std::string>& words, const Registry& registry,
                        Invocation* invocation) {
  Parser parser(words, registry, invocation);
  ARROW_RETURN_NOT_OK(parser.Parse());
  const bool copies = invocation->command == Command::kCopy ||
                      invocation->command == Command::kPlan ||
                      invocation->command == Command::kGenerate;
  if (!copies || invocation->help) return Status::OK();
  ARROW_RETURN_NOT_OK(FillSpec(invocation));
  ARROW_RETURN_NOT_OK(
      CheckOptionUse(parser.texts(), invocation->given, invocation->spec, registry));
  return CheckOutputs(*invocation);
}

}  // namespace weir::cli
