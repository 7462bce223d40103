#include "cli/option_table.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "cli/read_text.h"
#include "core/option_values.h"

namespace weir::cli {
namespace {

constexpr int64_t kQueryBytesMax = 16 << 20;
constexpr char kPlainJsonDetails[] = "Errors stay text on standard error.";

// The database would blame its own encoding, and a NUL would cut the query short.
Status CheckIsText(std::string_view path, std::string_view text) {
  const size_t at = std::min(FindInvalidUtf8(text), text.find('\0'));
  if (at == std::string_view::npos) return Status::OK();
  return Error("usage.not_text",
               fmt::format("the query file {} is not UTF-8: byte 0x{:02X} at offset {}", path,
                           static_cast<unsigned char>(text[at]), at),
               "save it as UTF-8");
}

Status ApplyQueryFile(std::string_view path, Invocation* invocation) {
  ARROW_ASSIGN_OR_RAISE(std::string query, ReadText(std::string(path), kQueryBytesMax));
  if (query.find_first_not_of(" \t\r\n;") == std::string::npos) {
    return Error("usage.empty_value", fmt::format("{} holds no query", path));
  }
  ARROW_RETURN_NOT_OK(CheckIsText(path, query));
  invocation->spec.source.query = std::move(query);
  invocation->spec.source.query_file = path == "-" ? "standard input" : path;
  return Status::OK();
}

Status ApplyProgress(std::string_view text, Invocation* invocation) {
  ARROW_RETURN_NOT_OK(CheckChoice(text, {"auto", "none", "json"}));
  invocation->progress = text == "json"   ? ProgressMode::kJson
                         : text == "none" ? ProgressMode::kNone
                                          : ProgressMode::kAuto;
  return Status::OK();
}

Status ApplyRecord(std::string_view path, Invocation* invocation) {
  if (path.empty()) return Error("usage.empty_value", "the value is empty");
  if (path == "-") {
    return Error("usage.conflicting_options", "--record takes the name of a file",
                 "--json prints the record on standard output");
  }
  invocation->record_path = path;
  return Status::OK();
}

Option QueryFileOption() {
  return {OptionWords{.name = "query-file",
                      .value_name = "FILE",
                      .summary = "file that holds the query; - is standard input",
                      .details = "",
                      .category = OptionCategory::kSource,
                      .takes_file = true,
                      .conflicts = {"table", "query"},
                      .sources = {"postgresql", "duckdb"}},
          {Command::kCopy, Command::kPlan},
          ApplyQueryFile};
}

Option CountOption() {
  return {OptionWords{.name = "count",
                      .value_name = "N",
                      .summary = "how many rows to generate",
                      .details = "Underscores may group the digits: 1_000_000.",
                      .category = OptionCategory::kSource,
                      .sources = {"generate"}},
          {Command::kGenerate, Command::kCopy, Command::kPlan},
          [](std::string_view text, Invocation* invocation) -> Status {
            ARROW_ASSIGN_OR_RAISE(invocation->spec.source.generate_count,
                                  ParseWholeNumber(text, 0, INT64_MAX));
            return Status::OK();
          }};
}

std::vector<Option> ReportOptions() {
  const std::vector<Command> copies = {Command::kCopy, Command::kPlan, Command::kGenerate};
  const auto category = OptionCategory::kReport;
  return {
      {OptionWords{
           .name = "record",
           .value_name = "FILE",
           .summary = "write the completion record to this file",
           .details = "It proves the copy: `weir verify FILE` checks the files against it. It "
                      "appears after the copy is complete. `weir plan` takes the option and writes "
                      "nothing.",
           .category = category,
           .takes_file = true},
       copies, ApplyRecord},
      {OptionWords{
           .name = "json",
           .value_name = "",
           .summary = "print the result as JSON on standard output",
           .details =
               "For copy and generate that is the completion record. As standard output then "
               "holds no data, DEST may not be -, unless --record takes the record instead. "
               "Errors stay text on standard error; --progress json makes them JSON.",
           .category = category},
       {Command::kCopy, Command::kPlan, Command::kGenerate, Command::kVerify, Command::kFormats},
       [](std::string_view, Invocation* invocation) {
         invocation->json = true;
         return Status::OK();
       }},
      {OptionWords{.name = "progress",
                   .value_name = "HOW",
                   .summary = "how progress is shown on standard error",
                   .details =
                       "auto: a line, on a terminal only. json: one JSON object a second; then "
                       "warnings and errors are JSON too, and the last object is the result.",
                   .default_text = "auto",
                   .category = category,
                   .choices = {"auto", "none", "json"}},
       copies, ApplyProgress},
      {OptionWords{.name = "quiet",
                   .value_name = "",
                   .summary = "no progress, warnings and summary; errors are still printed",
                   .details = "With --progress json the result is still printed.",
                   .category = category},
       copies,
       [](std::string_view, Invocation* invocation) {
         invocation->quiet = true;
         return Status::OK();
       }},
  };
}

// Generated rows are chosen by --count alone.
bool TakenByGenerate(const OptionText& option) {
  return option.category != OptionCategory::kSource && option.sources.empty();
}

Option FromCopyOption(CopyOption option) {
  std::vector<Command> commands = {Command::kCopy, Command::kPlan};
  if (TakenByGenerate(option.text)) commands.push_back(Command::kGenerate);
  return {std::move(option.text), std::move(commands),
          [apply = std::move(option.apply)](std::string_view value, Invocation* invocation) {
            return apply(value, &invocation->spec);
          }};
}

}  // namespace

std::vector<Option> Options(const Registry& registry) {
  std::vector<Option> options = {CountOption()};
  for (CopyOption& option : CopyOptions(registry)) {
    const bool is_query = option.text.name == "query";
    options.push_back(FromCopyOption(std::move(option)));
    if (is_query) options.push_back(QueryFileOption());
  }
  for (Option& option : ReportOptions()) options.push_back(std::move(option));
  return options;
}

std::vector<Option> OptionsOf(Command command, const Registry& registry) {
  std::vector<Option> options = Options(registry);
  std::erase_if(options, [&](const Option& option) {
    return std::find(option.commands.begin(), option.commands.end(), command) ==
           option.commands.end();
  });
  // Those that only print have no record and no progress.
  const bool copies =
      command == Command::kCopy || command == Command::kPlan || command == Command::kGenerate;
  for (Option& option : options) {
    if (!copies && option.text.name == "json") option.text.details = kPlainJsonDetails;
  }
  return options;
}

std::string SignatureOf(const OptionText& option) {
  if (option.negatable) return "--[no-]" + option.name;
  if (option.value_name.empty()) return "--" + option.name;
  return fmt::format("--{} {}", option.name, option.value_name);
}

}  // namespace weir::cli
