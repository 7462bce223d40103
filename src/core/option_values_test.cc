#include "core/option_values.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using Names = std::vector<std::string>;

TEST(ParseNames, SplitsAtCommas) {
  EXPECT_EQ(ParseNames("id").ValueOrDie(), (Names{"id"}));
  EXPECT_EQ(ParseNames("id, Created At ,ü").ValueOrDie(), (Names{"id", "Created At", "ü"}));
}

TEST(ParseNames, QuotesKeepWhatSeparates) {
  EXPECT_EQ(ParseNames(R"("a,b","c:d"," e ","say ""hi""")").ValueOrDie(),
            (Names{"a,b", "c:d", " e ", "say \"hi\""}));
}

TEST(ParseNames, RefusesWhatIsNotAList) {
  for (const char* text : {"", ",", "a,", ",a", "a:b", "\"a", "\"a\"b", "a\"b\"", "\"\"", "a,,b"}) {
    EXPECT_TRUE(IsErrorCode(ParseNames(text).status(), "usage.invalid_list")) << text;
  }
}

TEST(ParseColumns, TargetDefaultsToSource) {
  auto columns = ParseColumns("id,created_at:created,\"a:b\":\"c,d\"").ValueOrDie();
  ASSERT_EQ(columns.size(), 3u);
  EXPECT_EQ(columns[0].source + ">" + columns[0].target, "id>id");
  EXPECT_EQ(columns[1].source + ">" + columns[1].target, "created_at>created");
  EXPECT_EQ(columns[2].source + ">" + columns[2].target, "a:b>c,d");
  EXPECT_TRUE(IsErrorCode(ParseColumns("a:b:c").status(), "usage.invalid_list"));
  EXPECT_TRUE(IsErrorCode(ParseColumns("a:").status(), "usage.invalid_list"));
}

TEST(ParseOrderBy, ReadsDirections) {
  auto keys = ParseOrderBy("a,b:desc,c:asc").ValueOrDie();
  ASSERT_EQ(keys.size(), 3u);
  EXPECT_FALSE(keys[0].descending);
  EXPECT_TRUE(keys[1].descending);
  EXPECT_EQ(keys[1].column, "b");
  EXPECT_FALSE(keys[2].descending);
}

TEST(ParseOrderBy, AnswersSqlAndTypingErrors) {
  Status sql = ParseOrderBy("id DESC").status();
  EXPECT_EQ(GetErrorInfo(sql).hint, "write id:desc");
  EXPECT_TRUE(ParseOrderBy("\"id desc\"").ok());
  Status typed = ParseOrderBy("id:desk").status();
  EXPECT_NE(typed.message().find("did you mean \"desc\""), std::string::npos) << typed.message();
}

TEST(ParseWholeNumber, KeepsToItsRange) {
  EXPECT_EQ(ParseWholeNumber("1_000_000", 0, INT64_MAX).ValueOrDie(), 1000000);
  EXPECT_EQ(ParseWholeNumber("-3", -5, 5).ValueOrDie(), -3);
  for (const char* text : {"", "_", "x", "1x", "1.0", " 1", "11", "-1", "99999999999999999999"}) {
    EXPECT_TRUE(IsErrorCode(ParseWholeNumber(text, 0, 10).status(), "usage.invalid_number"))
        << text;
  }
}

TEST(ParseWholeNumber, SaysWhatIsWrong) {
  const Status large = ParseWholeNumber("99999999999999999999", 0, INT64_MAX).status();
  EXPECT_EQ(large.message(), "99999999999999999999 is too large");
  EXPECT_EQ(ParseWholeNumber("300", 1, 256).status().message(), "300 is too large");
  for (const char* text : {"10k", "1e3", "1.5", ""}) {
    const Status status = ParseWholeNumber(text, 0, INT64_MAX).status();
    EXPECT_NE(GetErrorInfo(status).hint.find("plain digits"), std::string::npos) << text;
  }
}

TEST(ListEntry, IsReadBackAsTheName) {
  for (const char* name : {"id", "a,b", "c:d", "e\"f", " g ", "Grün 1"}) {
    EXPECT_EQ(ParseNames(ListEntry(name)).ValueOrDie(), std::vector<std::string>{name});
  }
  EXPECT_EQ(ListEntry("id"), "id");
  EXPECT_EQ(ListEntry("e\"f"), "\"e\"\"f\"");
}

TEST(ParseDelimiter, TakesOneCharacterOrATab) {
  EXPECT_EQ(ParseDelimiter(";").ValueOrDie(), ';');
  EXPECT_EQ(ParseDelimiter("tab").ValueOrDie(), '\t');
  EXPECT_EQ(ParseDelimiter("\\t").ValueOrDie(), '\t');
  EXPECT_EQ(ParseDelimiter("\t").ValueOrDie(), '\t');
  for (const char* text : {"", ",,", "ü", "\\n"}) {
    EXPECT_TRUE(IsErrorCode(ParseDelimiter(text).status(), "usage.invalid_delimiter")) << text;
  }
}

TEST(CheckChoice, NamesTheNearest) {
  EXPECT_TRUE(CheckChoice("iso", {"iso", "postgres"}).ok());
  Status status = CheckChoice("postgre", {"iso", "postgres"});
  EXPECT_EQ(status.message(), "there is no \"postgre\" here (did you mean \"postgres\"?)");
  EXPECT_EQ(GetErrorInfo(status).hint, "choose one of iso, postgres");
}

}  // namespace
}  // namespace weir
