#include "cli/command_table.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weir::cli {
namespace {

ArgumentText SourceArgument(const Registry& registry) {
  ArgumentText argument{.name = "SOURCE", .takes_file = true};
  for (const SourceKind& kind : registry.sources) {
    argument.forms.push_back({kind.example, kind.description});
  }
  for (const Format& format : registry.formats) {
    if (!format.open_source) continue;
    argument.forms.push_back(
        {fmt::format("FILE{}", fmt::join(format.extensions, " FILE")), format.description});
  }
  return argument;
}

ArgumentText DestinationArgument(const Registry& registry) {
  std::vector<std::string> extensions;
  for (const Format& format : registry.formats) {
    if (!format.make_slice_encoder && !format.make_file_encoder) continue;
    extensions.insert(extensions.end(), format.extensions.begin(), format.extensions.end());
  }
  std::vector<std::string> wrappers;
  for (const Compression& compression : registry.compressions) {
    wrappers.push_back(compression.extension);
  }
  ArgumentText argument{.name = "DEST", .takes_file = true};
  argument.forms = {
      {"FILE", fmt::format("its extension names the format: {}; a text format may be followed by "
                           "its compression: {}",
                           fmt::join(extensions, " "), fmt::join(wrappers, " "))},
      {"DIRECTORY/", "part files and manifest.json; needs --format"},
      {"-", "standard output; needs --format"},
  };
  for (const TableSinkKind& kind : registry.table_sinks) {
    argument.forms.push_back({kind.example, kind.description});
  }
  return argument;
}

CommandText CopyCommand(const Registry& registry) {
  return {.command = Command::kCopy,
          .name = "copy",
          .summary = "copy rows from a database or a file to a file, at constant memory",
          .details =
              "The destination appears when it is complete, or not at all. A conversion that "
              "is not exact is refused before the first byte, unless --allow-lossy names the "
              "column, or --special-values or --nested asks for it.",
          .arguments = {SourceArgument(registry), DestinationArgument(registry)},
          .examples = {
              {"a table to compressed CSV",
               "weir copy postgresql://me@db.example/shop orders.csv.gz --table orders"},
              {"two columns of some rows to Parquet, with the completion record beside it",
               "weir copy postgresql:///shop orders.parquet --table sales.orders \\\n"
               "    --columns id,created_at:created --where \"created_at >= '2024-01-01'\" \\\n"
               "    --record orders.record.json"},
              {"a query into a pipe",
               "weir copy \"host=db.example dbname=shop\" - --format ndjson \\\n"
               "    --query 'SELECT id, total FROM orders' | gzip > orders.ndjson.gz"},
              {"SQL over local files",
               "weir copy duckdb: totals.csv \\\n"
               "    --query \"SELECT city, sum(total) FROM 'orders.parquet' "
               "GROUP BY city\""},
              {"parts of about 512 MiB",
               "weir copy postgresql:///shop orders/ --table orders --format parquet \\\n"
               "    --split-bytes 512MiB"}}};
}

CommandText PlanCommand(const Registry& registry) {
  return {.command = Command::kPlan,
          .name = "plan",
          .summary = "say what a copy would do, column by column, and move nothing",
          .details =
              "Takes what `weir copy` takes. Prints for each column how it travels and "
              "whether it arrives exact, widened, lossy or refused. The exit status is 3 "
              "when the copy would be refused.",
          .arguments = {SourceArgument(registry), DestinationArgument(registry)},
          .examples = {{"before a large copy",
                        "weir plan postgresql:///shop orders.parquet --table orders"}}};
}

CommandText GenerateCommand(const Registry& registry) {
  ArgumentText what{.name = "records",
                    .forms = {{"records",
                               "rows of every awkward kind, the same for the same "
                               "--count on every machine"}},
                    .choices = {"records"}};
  return {
      .command = Command::kGenerate,
      .name = "generate",
      .summary = "write synthetic rows",
      .details = "Takes the options of `weir copy` that are about the destination.",
      .arguments = {what, DestinationArgument(registry)},
      .examples = {{"a million rows", "weir generate records --count 1_000_000 records.parquet"}}};
}

CommandText VerifyCommand() {
  ArgumentText record{
      .name = "RECORD",
      .forms = {{"FILE",
                 "a completion record: what --record or --json wrote, or manifest.json; "
                 "the files are looked for beside it"}},
      .takes_file = true};
  return {.command = Command::kVerify,
          .name = "verify",
          .summary = "check files against their completion record",
          .details =
              "Reads every file that the record names and compares size, digest and the "
              "checksum of every group of slices. Says which part and which slices "
              "differ. The exit status is 1 when something does.",
          .arguments = {record},
          .examples = {{"one file", "weir verify orders.record.json"},
                       {"a directory of parts", "weir verify orders/"}}};
}

CommandText FormatsCommand() {
  return {.command = Command::kFormats,
          .name = "formats",
          .summary = "list the formats, compressions, sources and destinations",
          .details = "",
          .arguments = {},
          .examples = {}};
}

CommandText HelpCommand() {
  ArgumentText command{
      .name = "COMMAND",
      .forms = {},
      .optional = true,
      .choices = {"copy", "plan", "generate", "verify", "formats", "help", "completions"}};
  return {.command = Command::kHelp,
          .name = "help",
          .summary = "explain a command and its options at length",
          .details = "",
          .arguments = {command},
          .examples = {},
          .takes_options = false};
}

CommandText CompletionsCommand() {
  ArgumentText shell{.name = "SHELL", .forms = {}, .choices = {"bash", "zsh", "fish"}};
  return {.command = Command::kCompletions,
          .name = "completions",
          .summary = "print completions for bash, zsh or fish",
          .details = "`make install` installs them.",
          .arguments = {shell},
          .examples = {{"for this session of bash", "source <(weir completions bash)"}},
          .takes_options = false};
}

CommandText ManCommand() {
  return {.command = Command::kMan,
          .name = "man",
          .summary = "print the man page, as roff",
          .details = "`make install` installs it.",
          .arguments = {},
          .examples = {{"read it", "weir man | man -l -"}},
          .takes_options = false,
          .hidden = true};
}

CommandText DocsCommand() {
  ArgumentText page{.name = "PAGE", .forms = {}, .choices = {"options"}};
  return {
      .command = Command::kDocs,
      .name = "docs",
      .summary = "print a generated page of docs/, as Markdown",
      .details = "",
      .arguments = {page},
      .examples = {{"after a change of the option table", "weir docs options > docs/options.md"}},
      .takes_options = false,
      .hidden = true};
}

}  // namespace

std::vector<CommandText> Commands(const Registry& registry) {
  return {CopyCommand(registry), PlanCommand(registry), GenerateCommand(registry),
          VerifyCommand(),       FormatsCommand(),      HelpCommand(),
          CompletionsCommand(),  ManCommand(),          DocsCommand()};
}

const CommandText& TextOf(Command command, const std::vector<CommandText>& commands) {
  return *std::find_if(commands.begin(), commands.end(),
                       [&](const CommandText& text) { return text.command == command; });
}

std::string UsageOf(const CommandText& command) {
  std::string usage = "weir " + command.name;
  for (const ArgumentText& argument : command.arguments) {
    usage += argument.optional ? fmt::format(" [{}]", argument.name) : " " + argument.name;
  }
  if (command.command == Command::kGenerate) usage = "weir generate records --count N DEST";
  if (command.takes_options) usage += " [options]";
  return usage;
}

std::vector<ExitStatusText> ExitStatuses() {
  return {
      {0, "done: everything was written, the completion record too where one was asked for"},
      {1,
       "failed; nothing is left at the destination, unless the message says that the copy is "
       "complete"},
      {2, "the command line is wrong"},
      {3, "the plan refuses: a column would not arrive as it is"},
      {129, "interrupted by SIGHUP"},
      {130, "interrupted by SIGINT (Ctrl-C)"},
      {141, "the reader of standard output went away; nothing is said about it"},
      {143, "interrupted by SIGTERM"},
  };
}

}  // namespace weir::cli
