#include "db/duckdb/json_repair.h"

#include <gtest/gtest.h>

namespace weir::duckdb {
namespace {

TEST(JsonRepair, ValidJsonNeedsNone) {
  for (std::string_view json :
       {R"({})", R"("NaN")", R"({"NaN": ["Infinity", "\"N.5", "\\"], "I": 0.5})", "-0.5", "1e5"}) {
    EXPECT_FALSE(NeedsJsonRepair(json)) << json;
    EXPECT_EQ(RepairJson(json), json);
  }
}

TEST(JsonRepair, QuotesSpecialsAndCompletesNumbers) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"NaN", R"("NaN")"},
      {"[NaN,Infinity,-Infinity]", R"(["NaN","Infinity","-Infinity"])"},
      {R"({"a":-Infinity,"NaN":"-Infinity"})", R"({"a":"-Infinity","NaN":"-Infinity"})"},
      {"[.5,-.5,0.5,-1.5]", "[0.5,-0.5,0.5,-1.5]"},
      {R"(["\\",NaN,"\"",.5])", R"(["\\","NaN","\"",0.5])"},
  };
  for (const auto& [json, expected] : cases) {
    EXPECT_TRUE(NeedsJsonRepair(json)) << json;
    EXPECT_EQ(RepairJson(json), expected);
  }
}

}  // namespace
}  // namespace weir::duckdb
