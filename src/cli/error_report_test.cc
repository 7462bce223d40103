#include "cli/error_report.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "cli/console.h"

namespace weir::cli {
namespace {

Status Denied() {
  ErrorInfo info;
  info.code = "postgres.permission_denied";
  info.sqlstate = "42501";
  info.hint = "GRANT SELECT ON records TO joe";
  return WithContext(Error(info, "permission denied for table records"),
                     "copying records to out.csv");
}

TEST(ErrorText, HasMessageHintAndCode) {
  EXPECT_EQ(ErrorText(Denied(), Redactor()),
            "weir: copying records to out.csv: permission denied for table records\n"
            "hint: GRANT SELECT ON records TO joe\n"
            "[postgres.permission_denied, SQLSTATE 42501]\n");
}

TEST(ErrorText, NamesTheErrno) {
  EXPECT_EQ(ErrorText(ErrnoError(ENOSPC, "writing out.csv"), Redactor()),
            "weir: writing out.csv: No space left on device\n"
            "hint: free some space or choose another destination\n"
            "[io.no_space, ENOSPC]\n");
  EXPECT_EQ(ErrorText(Error("verify.damaged", "x"), Redactor()), "weir: x\n[verify.damaged]\n");
}

TEST(ErrorText, HidesSecretsAndControlCharacters) {
  Redactor redactor;
  redactor.Learn("postgresql://joe:hunter2secret@host/db");
  EXPECT_EQ(
      ErrorText(Error("internal", "no hunter2secret\x1b[2J at postgres://u:pw@h", "password=x"),
                redactor),
      "weir: no ***\\x1b[2J at postgres://u:***@h\nhint: password=***\n[internal]\n");
}

TEST(ErrorText, IndentsFurtherLines) {
  EXPECT_EQ(ErrorText(Error("internal", "one\ntwo\n"), Redactor()),
            "weir: one\n  two\n[internal]\n");
}

TEST(ErrorJson, IsOneObjectOnOneLine) {
  const std::string line = ErrorJson(Denied(), 1, Redactor());
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["event"], "result");
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["exitStatus"], 1);
  EXPECT_EQ(json["error"]["code"], "postgres.permission_denied");
  EXPECT_EQ(json["error"]["sqlstate"], "42501");
  EXPECT_EQ(json["error"]["retryable"], false);
  EXPECT_FALSE(json["error"].contains("errno"));
}

TEST(ErrorJson, SurvivesBytesThatAreNotUtf8) {
  const auto json = nlohmann::json::parse(ErrorJson(Error("internal", "a\xff\x62"), 1, Redactor()));
  EXPECT_EQ(json["error"]["message"], "a\xEF\xBF\xBD\x62");
}

TEST(Warnings, AreTextOrJson) {
  EXPECT_EQ(WarningText("look: password=x", Redactor()), "weir: warning: look: password=***\n");
  EXPECT_EQ(WarningJson("look", Redactor()), "{\"event\":\"warning\",\"message\":\"look\"}\n");
}

TEST(Printable, KeepsText) {
  EXPECT_EQ(Printable("ä\tb\n\r\x7f"), "ä\tb\n\\x0d\\x7f");
}

TEST(ErrorText, IsAlwaysUtf8) {
  const std::string text = ErrorText(Error("postgres.error", "caf\xe9, café"), Redactor());
  EXPECT_NE(text.find("caf\\xe9, café"), std::string::npos) << text;
}

}  // namespace
}  // namespace weir::cli
