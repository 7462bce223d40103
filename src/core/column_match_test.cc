#include "core/column_match.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

const std::vector<std::string> kNames = {"id", "Name", "name", "Total", "a,b"};

TEST(MatchColumn, TheExactNameComesFirst) {
  EXPECT_EQ(MatchColumn(kNames, "name"), 2u);
  EXPECT_EQ(MatchColumn(kNames, "Name"), 1u);
}

TEST(MatchColumn, CaseIsIgnoredWhereOneFits) {
  EXPECT_EQ(MatchColumn(kNames, "ID"), 0u);
  EXPECT_EQ(MatchColumn(kNames, "total"), 3u);
  EXPECT_EQ(MatchColumn(kNames, "NAME"), std::nullopt) << "two fit";
  EXPECT_EQ(MatchColumn(kNames, "i"), std::nullopt);
}

TEST(TargetName, KeepsTheSourcesCase) {
  EXPECT_EQ(TargetName({"ID", "ID"}, "id"), "id");
  EXPECT_EQ(TargetName({"ID", "Key"}, "id"), "Key");
}

TEST(ColumnsHint, NamesAsTheOptionTakesThem) {
  EXPECT_EQ(ColumnsHint("nam", kNames), "columns: Name, name, id, Total, \"a,b\"");
  EXPECT_EQ(DidYouMeanColumn("a;b", kNames), " (did you mean \"a,b\"?)");
  EXPECT_EQ(
      ColumnsHint("x", std::vector<std::string>(21, "y")), "columns: " + [] {
        std::string list = "y";
        for (int i = 1; i < 20; ++i) list += ", y";
        return list + ", …";
      }());
}

}  // namespace
}  // namespace weir
