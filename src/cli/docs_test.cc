// The pages of docs/ that must say what the program does.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "builtin/registry.h"
#include "cli/options_page.h"

namespace weir::cli {
namespace {

namespace fs = std::filesystem;

const fs::path kSourceDir = WEIR_SOURCE_DIR;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool IsProgramSource(const fs::path& path) {
  const std::string name = path.filename().string();
  const bool is_test =
      name.find("_test.") != std::string::npos || name.find("testing.") != std::string::npos;
  return !is_test && (name.ends_with(".cc") || name.ends_with(".h"));
}

// Every string literal of the sources that is written like an error code.
std::set<std::string> CodesInSources() {
  const std::regex code(
      "\"((usage|plan|io|memory|postgres|duckdb|generate|source|compress|format|csv|json|xml|"
      "parquet|arrow|xlsx|record|verify)\\.[a-z0-9_]+)\"");
  const std::set<std::string> no_codes = {"arrow.json", "arrow.opaque", "arrow.uuid",
                                          "record.json"};
  std::set<std::string> codes;
  for (const auto& entry : fs::recursive_directory_iterator(kSourceDir / "src")) {
    if (!IsProgramSource(entry.path())) continue;
    const std::string text = ReadFile(entry.path());
    for (std::sregex_iterator found(text.begin(), text.end(), code), end; found != end; ++found) {
      if (!no_codes.contains((*found)[1])) codes.insert((*found)[1]);
    }
  }
  return codes;
}

TEST(Docs, OptionsPageIsWhatTheTableSays) {
  EXPECT_EQ(ReadFile(kSourceDir / "docs" / "options.md"), OptionsPage(BuiltinRegistry()))
      << "run: weir docs options > docs/options.md";
}

TEST(Docs, ErrorsPageListsEveryCode) {
  const std::string page = ReadFile(kSourceDir / "docs" / "errors.md");
  const std::set<std::string> codes = CodesInSources();
  EXPECT_GT(codes.size(), 50u);
  for (const std::string& code : codes) {
    EXPECT_NE(page.find("| `" + code + "` |"), std::string::npos) << code << " is not in errors.md";
  }
}

}  // namespace
}  // namespace weir::cli
