// Help, man page, completions and documentation, all made from the tables.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/cli_testing.h"
#include "cli/command_table.h"
#include "cli/completions.h"
#include "cli/formats.h"
#include "cli/help.h"
#include "cli/man.h"
#include "cli/option_table.h"
#include "cli/options_page.h"
#include "cli/parse.h"

namespace weir::cli {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What a shell command says, and its exit status; `input` is put on its standard input.
std::string OutputOf(const std::string& command, const std::string& input) {
  char path[] = "/tmp/weir_generated_test_XXXXXX";
  const int fd = mkstemp(path);
  EXPECT_GE(fd, 0);
  std::ofstream(path) << input;
  FILE* pipe = popen((command + " < " + path + " 2>&1").c_str(), "r");
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  const int status = pclose(pipe);
  std::remove(path);
  return output + (status == 0 ? "" : " exit status is not 0");
}

TEST(Help, NamesEveryCommand) {
  const std::string help = OverviewHelp(TestRegistry());
  for (const CommandText& command : Commands(TestRegistry())) {
    EXPECT_EQ(Contains(help, "\n  " + command.name + " "), !command.hidden) << command.name;
  }
}

TEST(Help, NamesEveryOptionAndNoOther) {
  for (const CommandText& command : Commands(TestRegistry())) {
    const std::string help = CommandHelp(command.command, TestRegistry(), false);
    const std::string long_help = CommandHelp(command.command, TestRegistry(), true);
    for (const Option& option : Options(TestRegistry())) {
      const bool taken = std::find(option.commands.begin(), option.commands.end(),
                                   command.command) != option.commands.end();
      const std::string line = "\n  " + SignatureOf(option.text);
      EXPECT_EQ(Contains(help, line + " ") || Contains(help, line + "\n"), taken)
          << command.name << line;
      EXPECT_GE(long_help.size(), taken ? help.size() : 0) << command.name;
    }
  }
}

TEST(Help, FitsTheScreen) {
  std::istringstream help(CommandHelp(Command::kCopy, TestRegistry(), true));
  for (std::string line; std::getline(help, line);) EXPECT_LE(line.size(), 100u) << line;
}

TEST(Examples, AreCommandLinesThatParse) {
  // Only those without a shell's quoting, which takes a shell to read.
  int parsed = 0;
  for (const CommandText& command : Commands(TestRegistry())) {
    for (const Example& example : command.examples) {
      if (example.command.find_first_of("'\"\\|<>(") != std::string::npos) continue;
      std::istringstream words(example.command);
      std::vector<std::string> arguments;
      for (std::string word; words >> word;) arguments.push_back(word);
      ASSERT_EQ(arguments[0], "weir");
      arguments.erase(arguments.begin());
      Invocation invocation;
      const Status status = ParseCommandLine(arguments, TestRegistry(), &invocation);
      EXPECT_TRUE(status.ok()) << example.command << ": " << status.message();
      ++parsed;
    }
  }
  EXPECT_GE(parsed, 4);
}

TEST(Completions, BashAcceptsThem) {
  const std::string script = BashCompletions(TestRegistry());
  EXPECT_EQ(OutputOf("bash -n", script), "");
  EXPECT_TRUE(Contains(script, "--row-group-bytes"));
}

// What bash would offer after `words`, the last of which is being typed.
std::string Offered(const std::string& words) {
  return OutputOf("bash", BashCompletions(TestRegistry()) + "COMP_WORDS=(" + words +
                              ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_weir\n"
                              "echo \"${COMPREPLY[*]}\"\n");
}

TEST(Completions, BashOffersCommandsOptionsAndValues) {
  EXPECT_EQ(Offered("weir pl"), "plan\n");
  EXPECT_EQ(Offered("weir copy --row"), "--row-group-bytes\n");
  EXPECT_EQ(Offered("weir copy --no"), "--no-header\n");
  EXPECT_EQ(Offered("weir copy --format p"), "parquet\n");
  EXPECT_EQ(Offered("weir copy --format = p"), "parquet\n");
  EXPECT_EQ(Offered("weir generate --tab"), "\n");
  EXPECT_EQ(Offered("weir generate r"), "records\n");
  EXPECT_EQ(Offered("weir completions z"), "zsh\n");
  EXPECT_EQ(Offered("weir verify /etc/hostnam"), "/etc/hostname\n");
}

TEST(Completions, ZshAndFishNameEveryOption) {
  for (const Option& option : Options(TestRegistry())) {
    EXPECT_TRUE(Contains(ZshCompletions(TestRegistry()), "--" + option.text.name));
    EXPECT_TRUE(Contains(FishCompletions(TestRegistry()), "-l " + option.text.name + " "));
  }
}

TEST(ManPage, HasEverySection) {
  const std::string page = ManPage(TestRegistry());
  for (const char* section : {"NAME", "SYNOPSIS", "COMMANDS", "SOURCE", "DEST", "OPTIONS",
                              "PROGRESS AS JSON", "EXIT STATUS", "ENVIRONMENT", "EXAMPLES"}) {
    EXPECT_TRUE(Contains(page, std::string("\n.SH ") + section)) << section;
  }
  EXPECT_TRUE(Contains(page, "\\-\\-row\\-group\\-bytes SIZE"));
}

TEST(Formats, ListTheRegistry) {
  const std::string text = FormatsText(TestRegistry());
  EXPECT_TRUE(Contains(text, "  ndjson   .ndjson .jsonl  write        format of a test\n")) << text;
  EXPECT_TRUE(Contains(text, "  parquet  .parquet        read, write  format of a test\n")) << text;
  EXPECT_FALSE(Contains(text, "Databases to write")) << text;
  const auto json = nlohmann::json::parse(FormatsJson(TestRegistry()));
  EXPECT_EQ(json["formats"].size(), 5u);
  EXPECT_EQ(json["formats"][4]["readable"], true);
  EXPECT_EQ(json["compressions"][0]["levelMax"], 9);
  EXPECT_EQ(json["sources"][0]["name"], "postgresql");
}

TEST(OptionsPage, HasEveryOption) {
  const std::string page = OptionsPage(TestRegistry());
  for (const Option& option : Options(TestRegistry())) {
    EXPECT_TRUE(Contains(page, "**`" + SignatureOf(option.text) + "`**")) << option.text.name;
  }
}

}  // namespace
}  // namespace weir::cli
