#include "cli/parse.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cli/cli_testing.h"
#include "cli/exit_status.h"

namespace weir::cli {
namespace {

using Words = std::vector<std::string>;

const char kSource[] = "postgresql://me@host/db";

Invocation Parsed(const Words& words) {
  Invocation invocation;
  const Status status = ParseCommandLine(words, TestRegistry(), &invocation);
  EXPECT_TRUE(status.ok()) << status.message();
  return invocation;
}

Status Refused(const Words& words) {
  Invocation invocation;
  Status status = ParseCommandLine(words, TestRegistry(), &invocation);
  EXPECT_FALSE(status.ok());
  if (!status.ok()) {
    EXPECT_EQ(ExitStatusOf(GetErrorInfo(status).code, 0), kExitUsage);
  }
  return status;
}

// Words of a copy of table t to out.csv, and `more`.
Words CopyWords(Words more, std::string dest = "out.csv") {
  Words words = {"copy", kSource, std::move(dest), "--table", "t"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

void ExpectRefused(const Words& words, std::string_view code, std::string_view part) {
  const Status status = Refused(words);
  if (status.ok()) return;
  EXPECT_EQ(GetErrorInfo(status).code, code);
  const std::string all = status.message() + "\n" + GetErrorInfo(status).hint;
  EXPECT_NE(all.find(part), std::string::npos) << all;
}

TEST(ParseCommandLine, FillsTheSpecOfACopy) {
  const Invocation invocation =
      Parsed({"copy", "--table", "t", kSource, "--limit=5", "out.csv", "--no-header", "--json",
              "--quiet", "--record", "r.json", "--progress=json"});
  EXPECT_EQ(invocation.command, Command::kCopy);
  EXPECT_EQ(invocation.spec.source.uri, kSource);
  EXPECT_EQ(invocation.spec.source.table, "t");
  EXPECT_EQ(invocation.spec.source.limit, 5);
  EXPECT_EQ(invocation.spec.sink.path, "out.csv");
  EXPECT_FALSE(invocation.spec.options.header);
  EXPECT_TRUE(invocation.json);
  EXPECT_TRUE(invocation.quiet);
  EXPECT_EQ(invocation.record_path, "r.json");
  EXPECT_EQ(invocation.progress, ProgressMode::kJson);
}

TEST(ParseCommandLine, TakesValuesAsTheyAre) {
  EXPECT_EQ(Parsed(CopyWords({"--null-text="})).spec.options.null_text, "");
  EXPECT_EQ(Parsed(CopyWords({"--null-text", ""})).spec.options.null_text, "");
  EXPECT_EQ(Parsed(CopyWords({"--null-text", "-"})).spec.options.null_text, "-");
  EXPECT_EQ(Parsed(CopyWords({"--null-text=--table"})).spec.options.null_text, "--table");
  EXPECT_EQ(Parsed(CopyWords({"--where", "a = 'b=c'"})).spec.source.where, "a = 'b=c'");
  EXPECT_EQ(Parsed(CopyWords({"--where=a=1"})).spec.source.where, "a=1");
  EXPECT_EQ(
      Parsed(CopyWords({"--allow-lossy", "a", "--allow-lossy", "b,c"})).spec.options.allow_lossy,
      (std::set<std::string>{"a", "b", "c"}));
}

TEST(ParseCommandLine, DoubleDashEndsTheOptions) {
  const Invocation invocation = Parsed({"copy", "--table", "t", "--", kSource, "--odd.csv"});
  EXPECT_EQ(invocation.spec.sink.path, "--odd.csv");
}

TEST(ParseCommandLine, GeneratesRecords) {
  const Invocation invocation = Parsed({"generate", "records", "--count", "1_000", "out.csv"});
  EXPECT_EQ(invocation.spec.source.uri, "generate:records");
  EXPECT_EQ(invocation.spec.source.generate_count, 1000);
  ExpectRefused({"generate", "records", "out.csv"}, "usage.missing_option", "--count N");
  ExpectRefused({"generate", "record", "--count", "1", "o.csv"}, "usage.invalid_choice", "records");
  ExpectRefused({"generate", "records", "--count", "1", "o.csv", "--table", "t"},
                "usage.unknown_option", "--table is an option of copy, plan, not of generate");
}

TEST(ParseCommandLine, AnswersHelpAndVersion) {
  EXPECT_EQ(Parsed({"--version"}).command, Command::kVersion);
  EXPECT_EQ(Parsed({"--help"}).command, Command::kHelp);
  EXPECT_EQ(Parsed({"--help", "copy"}).arguments, Words{"copy"});
  EXPECT_EQ(Parsed({"help"}).command, Command::kHelp);
  EXPECT_TRUE(Parsed({"copy", "--help"}).help);
  EXPECT_TRUE(Parsed({"copy", "-h"}).help);
  EXPECT_TRUE(Parsed({"copy", "--tabel", "x", "--help"}).help);
  EXPECT_EQ(Parsed({"help", "help"}).arguments, Words{"help"});
  EXPECT_EQ(Parsed({"help", "completions"}).arguments, Words{"completions"});
  ExpectRefused({"completions"}, "usage.missing_argument", "SHELL is one of bash, zsh, fish");
  ExpectRefused({"help", "cpoy"}, "usage.invalid_choice", "did you mean \"copy\"");
}

TEST(ParseCommandLine, AnswersUnknownCommands) {
  ExpectRefused({}, "usage.no_command", "weir --help");
  ExpectRefused({"cpoy"}, "usage.unknown_command", "did you mean \"copy\"?");
  ExpectRefused({kSource, "out.csv"}, "usage.unknown_command", "weir copy SOURCE DEST");
  ExpectRefused({"--table", "t"}, "usage.no_command", "options come after the command");
}

TEST(ParseCommandLine, AnswersMistypedOptions) {
  ExpectRefused({"copy", kSource, "out.csv", "--tabel", "t"}, "usage.unknown_option",
                "there is no option \"--tabel\" (did you mean \"--table\"?)");
  ExpectRefused(CopyWords({"--no-headr"}), "usage.unknown_option", "--no-header");
  ExpectRefused(CopyWords({"--no-limit"}), "usage.unknown_option", "--no-limit");
  ExpectRefused(CopyWords({"-t", "x"}), "usage.unknown_option", "options have two dashes");
  ExpectRefused(CopyWords({"--count", "1"}), "usage.option_not_for_source", "for generate");
  ExpectRefused({"verify", "r.json", "--limit", "1"}, "usage.unknown_option",
                "--limit is an option of copy, plan, not of verify");
}

TEST(ParseCommandLine, DoesNotAbbreviate) {
  ExpectRefused(CopyWords({"--lim", "1"}), "usage.unknown_option", "--limit");
}

TEST(ParseCommandLine, AnswersMistypedValues) {
  ExpectRefused(CopyWords({"--format", "parqet"}), "usage.invalid_choice",
                "--format: there is no \"parqet\" here (did you mean \"parquet\"?)");
  ExpectRefused(CopyWords({"--dialect", "postgre"}), "usage.invalid_choice", "\"postgres\"");
  ExpectRefused(CopyWords({"--if-exists=replce"}), "usage.invalid_choice", "\"replace\"");
  ExpectRefused(CopyWords({"--progress", "jsn"}), "usage.invalid_choice", "\"json\"");
  ExpectRefused(CopyWords({"--memory", "lots"}), "usage.invalid_size", "--memory");
  ExpectRefused(CopyWords({"--digest", ""}), "usage.empty_value", "--digest: the value is empty");
  ExpectRefused(CopyWords({"--where", "  "}), "usage.empty_value", "--where");
}

TEST(ParseCommandLine, AnswersMissingAndExtraWords) {
  ExpectRefused({"copy", kSource}, "usage.missing_argument", "DEST is missing");
  ExpectRefused({"copy"}, "usage.missing_argument", "weir copy SOURCE DEST [options]");
  ExpectRefused(CopyWords({"more"}), "usage.too_many_arguments", "\"more\"");
  ExpectRefused(CopyWords({"--query", "select", "id", "from", "t"}), "usage.too_many_arguments",
                "--query 'select id ...'");
  ExpectRefused({"copy", "--query", "select 1", kSource, "a.csv", "b.csv"},
                "usage.too_many_arguments", "usage: weir copy");
  ExpectRefused({"copy", "", "out.csv"}, "usage.empty_value", "SOURCE is empty");
  ExpectRefused(CopyWords({"--limit"}), "usage.missing_value", "write --limit N");
  ExpectRefused(CopyWords({"--where", "--limit", "5"}), "usage.missing_value", "--where=--limit");
  ExpectRefused(CopyWords({"--limit", "1", "--limit", "2"}), "usage.repeated_option", "--limit");
  ExpectRefused(CopyWords({"--header=no"}), "usage.unexpected_value", "--no-header");
}

TEST(ParseCommandLine, RefusesTwoResultsInOnePlace) {
  ExpectRefused(CopyWords({"--format", "csv", "--json"}, "-"), "usage.conflicting_options",
                "--record");
  EXPECT_TRUE(Parsed(CopyWords({"--format", "csv", "--json", "--record", "r.json"}, "-")).json);
  ExpectRefused(CopyWords({"--record", "-"}), "usage.conflicting_options", "--json");
}

TEST(ParseCommandLine, ChecksTheUseOfOptions) {
  ExpectRefused(CopyWords({"--query", "SELECT 1"}), "usage.conflicting_options", "--query");
  ExpectRefused(CopyWords({"--delimiter", ";"}, "out.parquet"), "usage.option_not_for_format",
                "--delimiter is for csv, tsv, not for parquet");
}

TEST(ParseCommandLine, ReadsAQueryFromAFile) {
  char path[] = "/tmp/weir_parse_test_XXXXXX";
  const int fd = mkstemp(path);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(write(fd, "SELECT 1\n", 9), 9);
  EXPECT_EQ(Parsed({"copy", kSource, "out.csv", "--query-file", path}).spec.source.query,
            "SELECT 1\n");
  ASSERT_EQ(pwrite(fd, "SELECT '\xe9'", 10, 0), 10);
  ExpectRefused({"copy", kSource, "out.csv", "--query-file", path}, "usage.not_text",
                "is not UTF-8: byte 0xE9 at offset 8");
  ASSERT_EQ(ftruncate(fd, 0), 0);
  ExpectRefused({"copy", kSource, "out.csv", "--query-file", path}, "usage.empty_value",
                "holds no query");
  close(fd);
  std::remove(path);
  Invocation invocation;
  const Status missing = ParseCommandLine({"copy", kSource, "out.csv", "--query-file", path},
                                          TestRegistry(), &invocation);
  EXPECT_TRUE(IsErrorCode(missing, "io.not_found")) << missing.message();
}

TEST(ParseCommandLine, KeepsWhatItReadBeforeAnError) {
  Invocation invocation;
  const Status status = ParseCommandLine({"copy", "--progress", "json", kSource, "--tabel"},
                                         TestRegistry(), &invocation);
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(invocation.progress, ProgressMode::kJson);
  EXPECT_EQ(invocation.arguments, Words{kSource});
}

}  // namespace
}  // namespace weir::cli
