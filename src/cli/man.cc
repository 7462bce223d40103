#include "cli/man.h"

#include <cctype>

#include <fmt/format.h>

#include "base/version.h"
#include "cli/command_table.h"
#include "cli/help.h"
#include "cli/option_table.h"
#include "cli/progress_line.h"

namespace weir::cli {
namespace {

// Text for roff: backslashes and leading dots are its own, and a minus must stay a minus when it is
// copied from the page.
std::string Roff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '"') {
      out += "\\(dq";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '~') {
      out += "\\(ti";
    } else if (c == '^') {
      out += "\\(ha";
    } else {
      out += c;
    }
    line_begins = c == '\n';
  }
  return out;
}

std::string Entry(std::string_view label, std::string_view text) {
  return fmt::format(".TP\n.B {}\n{}\n", Roff(label), Roff(text));
}

std::string CommandsSection(const std::vector<CommandText>& commands) {
  std::string out = ".SH COMMANDS\n";
  for (const CommandText& command : commands) {
    if (command.hidden) continue;
    std::string text = command.summary + ".";
    if (!command.details.empty()) text += " " + command.details;
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    out += Entry(UsageOf(command), text);
  }
  return out;
}

std::string ArgumentsSection(const CommandText& copy) {
  std::string out;
  for (const ArgumentText& argument : copy.arguments) {
    out += fmt::format(".SH {}\n", argument.name);
    for (const ArgumentForm& form : argument.forms) out += Entry(form.form, form.meaning);
  }
  return out;
}

std::string CommandNames(const Option& option, const std::vector<CommandText>& commands) {
  std::string names;
  for (Command command : option.commands) {
    names += (names.empty() ? "" : ", ") + TextOf(command, commands).name;
  }
  return names;
}

std::string OptionEntry(const Option& option, const std::vector<CommandText>& commands,
                        const Registry& registry) {
  const OptionText& text = option.text;
  std::string out = text.summary;
  if (!text.default_text.empty()) out += fmt::format(" (default: {})", text.default_text);
  out += ".";
  if (!text.details.empty()) out += " " + text.details;
  const std::string facts = FactsOf(text, registry);
  if (!facts.empty()) out += " " + facts;
  out += fmt::format(" ({})", CommandNames(option, commands));
  out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return Entry(SignatureOf(text), out);
}

std::string OptionsSection(const std::vector<CommandText>& commands, const Registry& registry) {
  std::string out = ".SH OPTIONS\n" +
                    Roff(
                        "Options are written --name value or --name=value, anywhere after the "
                        "command; names are not abbreviated; -- ends the options.") +
                    "\n";
  const std::vector<Option> options = Options(registry);
  for (OptionCategory category : kOptionCategories) {
    out += fmt::format(".SS {}\n", Roff(TitleOf(category)));
    for (const Option& option : options) {
      if (option.text.category == category) out += OptionEntry(option, commands, registry);
    }
  }
  return out;
}

std::string ProgressSection() {
  std::string out = ".SH PROGRESS AS JSON\n" +
                    Roff("With --progress json each line of standard error is one object.") + "\n";
  for (const ProgressField& field : ProgressFields()) out += Entry(field.name, field.meaning);
  return out;
}

std::string ExamplesSection(const std::vector<CommandText>& commands) {
  std::string out = ".SH EXAMPLES\n";
  for (const CommandText& command : commands) {
    if (command.hidden) continue;
    for (const Example& example : command.examples) {
      out += fmt::format(".TP\n{}:\n.EX\n{}\n.EE\n", Roff(example.what), Roff(example.command));
    }
  }
  return out;
}

std::string EnvironmentSection() {
  return ".SH ENVIRONMENT\n" +
         Entry("PGHOST, PGUSER, PGPASSWORD, PGPASSFILE, PGSERVICE, PGSSLMODE, ...",
               "What libpq reads when SOURCE does not say it. Passwords are better kept here or in "
               "~/.pgpass than on the command line; weir hides one on the command line from ps.");
}

}  // namespace

std::string ManPage(const Registry& registry) {
  const std::vector<CommandText> commands = Commands(registry);
  std::string out = fmt::format(".TH WEIR 1 \"\" \"weir {}\" \"User Commands\"\n", kVersion);
  out += ".SH NAME\nweir \\- moves rows between databases and files at constant memory\n";
  out += ".SH SYNOPSIS\n";
  std::string synopsis;
  for (const CommandText& command : commands) {
    if (command.hidden) continue;
    if (!synopsis.empty()) synopsis += ".br\n";
    synopsis += fmt::format(".B {}\n", Roff(UsageOf(command)));
  }
  out += synopsis;
  out += CommandsSection(commands);
  out += ArgumentsSection(TextOf(Command::kCopy, commands));
  out += OptionsSection(commands, registry);
  out += ProgressSection();
  out += ".SH EXIT STATUS\n";
  for (const ExitStatusText& status : ExitStatuses()) {
    out += Entry(fmt::format("{}", status.status), status.meaning + ".");
  }
  out += EnvironmentSection();
  return out + ExamplesSection(commands);
}

}  // namespace weir::cli
