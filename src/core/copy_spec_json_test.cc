#include "core/copy_spec_json.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

CopySpec FullSpec() {
  CopySpec spec;
  spec.source.uri = "postgresql://host/db";
  spec.source.table = "public.records";
  spec.source.query = "SELECT 1";
  spec.source.columns = {{"id", "id"}, {"created_at", "created"}};
  spec.source.where = "id > 5";
  spec.source.order_by = {{"id", true}, {"name", false}};
  spec.source.limit = 0;
  spec.source.statement_timeout_ms = 5000;
  spec.source.generate_count = 7;
  spec.sink.path = "out/";
  spec.sink.if_exists = IfExists::kReplace;
  spec.sink.split_bytes = 512 << 20;
  spec.sink.table = "copies";
  spec.format = "csv";
  spec.options.dialect = Dialect::kPostgres;
  spec.options.null_text = "";
  spec.options.header = false;
  spec.options.delimiter = ';';
  spec.options.row_group_bytes = 1 << 20;
  spec.options.nested = NestedForm::kStruct;
  spec.options.special_values = SpecialValues::kNull;
  spec.options.allow_lossy = {"a", "b"};
  spec.options.compression = "zstd";
  spec.options.level = 3;
  spec.jobs = 2;
  spec.memory_bytes = 64 << 20;
  spec.digest = "sha512";
  spec.timeout_ms = 60000;
  return spec;
}

Status StatusOf(std::string_view json) {
  return CopySpecFromJson(json).status();
}

TEST(CopySpecJson, RoundTripOfEverything) {
  const std::string json = ToJson(FullSpec());
  EXPECT_EQ(ToJson(*CopySpecFromJson(json)), json);
  for (const char* name : {"uri",           "table",         "query",    "columns",
                           "where",         "orderBy",       "limit",    "statementTimeoutMs",
                           "generateCount", "path",          "ifExists", "splitBytes",
                           "format",        "dialect",       "nullText", "header",
                           "delimiter",     "rowGroupBytes", "nested",   "specialValues",
                           "allowLossy",    "compression",   "level",    "jobs",
                           "memoryBytes",   "digest",        "timeoutMs"}) {
    EXPECT_NE(json.find(fmt::format("\"{}\":", name)), std::string::npos) << name;
  }
  CopySpec read = *CopySpecFromJson(json);
  EXPECT_EQ(read.options.null_text, "");
  EXPECT_EQ(read.source.limit, 0);
  EXPECT_TRUE(read.source.order_by[0].descending);
  EXPECT_EQ(read.options.special_values, SpecialValues::kNull);
}

TEST(CopySpecJson, DefaultsAreLeftOut) {
  EXPECT_EQ(ToJson(CopySpec()), "{\n  \"source\": {},\n  \"sink\": {}\n}\n");
  EXPECT_EQ(ToJson(*CopySpecFromJson("{}")), ToJson(CopySpec()));
}

TEST(CopySpecJson, AColumnKeepsItsNameUnlessGivenAnother) {
  auto spec = CopySpecFromJson(R"({"source": {"columns": [{"source": "id"}]}})");
  EXPECT_EQ(spec->source.columns[0].target, "id");
}

TEST(CopySpecJson, UnknownNamesAreAnsweredWithTheNearest) {
  Status status = StatusOf(R"({"options": {"rowGroupByte": 5}})");
  EXPECT_TRUE(IsErrorCode(status, "usage.invalid_spec"));
  EXPECT_NE(
      status.message().find("there is no /options/rowGroupByte (did you mean \"rowGroupBytes\"?)"),
      std::string::npos)
      << status.message();
  EXPECT_NE(GetErrorInfo(status).hint.find("nullText"), std::string::npos);
  for (const char* json :
       {R"({"sorce": {}})", R"({"source": {"url": "x"}})", R"({"sink": {"if_exists": "fail"}})",
        R"({"source": {"columns": [{"source": "a", "as": "b"}]}})",
        R"({"source": {"orderBy": [{"column": "a", "desc": true}]}})"}) {
    EXPECT_TRUE(IsErrorCode(StatusOf(json), "usage.invalid_spec")) << json;
  }
}

TEST(CopySpecJson, ValuesAreStrict) {
  for (const char* json : {R"({"jobs": "2"})",
                           R"({"jobs": 1.5})",
                           R"({"jobs": -1})",
                           R"({"jobs": 99999999999})",
                           R"({"memoryBytes": -1})",
                           R"({"source": []})",
                           R"({"source": {"columns": {}}})",
                           R"({"source": {"columns": ["id"]}})",
                           R"({"source": {"columns": [{"target": "x"}]}})",
                           R"({"source": {"limit": -1}})",
                           R"({"sink": {"ifExists": "overwrite"}})",
                           R"({"options": {"delimiter": ";;"}})",
                           R"({"options": {"delimiter": ""}})",
                           R"({"options": {"delimiter": "ü"}})",
                           R"({"options": {"header": 1}})",
                           R"({"options": {"allowLossy": [1]}})",
                           R"({"options": {"nested": "xml"}})",
                           "",
                           "[]",
                           "7"}) {
    EXPECT_TRUE(IsErrorCode(StatusOf(json), "usage.invalid_spec")) << json;
  }
  Status status = StatusOf(R"({"options": {"nested": "xml"}})");
  EXPECT_NE(status.message().find("/options/nested is \"xml\", not one of json, struct, string"),
            std::string::npos)
      << status.message();
}

TEST(CopySpecJson, NullIsNoValue) {
  auto spec = CopySpecFromJson(R"({"source": {"limit": null}, "options": {"level": null}})");
  ASSERT_TRUE(spec.ok()) << spec.status().ToString();
  EXPECT_FALSE(spec->source.limit.has_value());
}

}  // namespace
}  // namespace weir
