#include "core/completion_record.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace weir {
namespace {

CompletionRecord FullRecord() {
  CompletionRecord record;
  record.weir_version = "0.1.0";
  record.source = "postgresql://host/db table \"public\".records";
  record.source_version = "PostgreSQL 15.4";
  record.snapshot = "00000003-0000001B-1";
  record.position = "16/B374D848";
  record.format = "csv";
  record.compression = "gzip";
  record.digest_algorithm = "sha256";
  record.schema_fingerprint = "ab12";
  record.rows = 12;
  record.bytes = 3456;
  record.columns = {
      {"id", "bigint", "int64", "text", "exact", "", {}, 12, 0},
      {"name \xc3\xbc\n", "text", "string", "text", "lossy", "cut", {"PLAIN", "RLE"}, 10, 2}};
  record.lossy_columns = {"name \xc3\xbc\n"};
  record.parts = {{"part-00000.csv.gz",
                   12,
                   3456,
                   9999,
                   "00ff",
                   {{0, 3, 7, 10, 5000, "00"}, {3, 1, 5, 5010, 4000, "ff"}}}};
  record.started = "2024-01-02T03:04:05.678Z";
  record.ended = "2024-01-02T03:04:06.789Z";
  record.seconds = 1.111;
  record.jobs = 2;
  record.memory_bytes = 50331648;
  record.peak_rss_bytes = 40000000;
  record.libraries = {"arrow 26.0.1", "libpq 15"};
  return record;
}

std::string CodeOf(std::string_view json) {
  auto record = CompletionRecordFromJson(json);
  return record.ok() ? "" : GetErrorInfo(record.status()).code;
}

TEST(CompletionRecordJson, RoundTrip) {
  const std::string json = ToJson(FullRecord());
  CompletionRecord read = CompletionRecordFromJson(json).ValueOrDie();
  EXPECT_EQ(ToJson(read), json);
  EXPECT_EQ(read.columns[1].name, "name \xc3\xbc\n");
  EXPECT_EQ(read.parts[0].slices[1].offset, 5010);
  EXPECT_EQ(read.seconds, 1.111);
  EXPECT_EQ(ToJson(*CompletionRecordFromJson(ToJson(CompletionRecord()))),
            ToJson(CompletionRecord()));
}

TEST(CompletionRecordJson, KeysAreStable) {
  std::vector<std::string> keys;
  const auto json = nlohmann::ordered_json::parse(ToJson(FullRecord()));
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_EQ(
      keys,
      (std::vector<std::string>{
          "version", "weirVersion",  "source",          "sourceVersion",     "snapshot", "position",
          "format",  "compression",  "digestAlgorithm", "schemaFingerprint", "rows",     "bytes",
          "columns", "lossyColumns", "parts",           "started",           "ended",    "seconds",
          "jobs",    "memoryBytes",  "peakRssBytes",    "libraries"}));
  EXPECT_EQ(ToJson(FullRecord()).substr(0, 18), "{\n  \"version\": 1,\n");
  EXPECT_NE(
      ToJson(FullRecord()).find("\n      \"slices\": [\n        {\n          \"firstSlice\": 0,"),
      std::string::npos);
}

TEST(CompletionRecordJson, UnknownMembersAreNotRead) {
  auto json = nlohmann::ordered_json::parse(ToJson(FullRecord()));
  json["later"] = {1, 2};
  json["parts"][0]["later"] = "x";
  json["parts"][0]["slices"][0]["later"] = nullptr;
  EXPECT_EQ(ToJson(*CompletionRecordFromJson(json.dump())), ToJson(FullRecord()));
}

TEST(CompletionRecordJson, BytesThatAreNotUtf8DoNotBreakIt) {
  CompletionRecord record = FullRecord();
  record.parts[0].path = "caf\xe9.csv";
  EXPECT_EQ(CompletionRecordFromJson(ToJson(record))->parts[0].path, "caf\xef\xbf\xbd.csv");
}

TEST(CompletionRecordJson, ErrorsSayWhere) {
  auto json = nlohmann::ordered_json::parse(ToJson(FullRecord()));
  json["parts"][0]["slices"][1]["rows"] = "5";
  Status status = CompletionRecordFromJson(json.dump()).status();
  EXPECT_TRUE(IsErrorCode(status, "record.invalid"));
  EXPECT_EQ(status.message(),
            "reading the completion record: /parts/0/slices/1/rows is a string, "
            "not a whole number");
  Status syntax = CompletionRecordFromJson("{\n  \"version\": }").status();
  EXPECT_NE(syntax.message().find("line 2, column 14"), std::string::npos) << syntax.message();
}

// Every member in turn is replaced by every other kind of value, and taken away.
TEST(CompletionRecordJson, TypesAreStrict) {
  const auto intact = nlohmann::ordered_json::parse(ToJson(FullRecord()));
  const std::vector<nlohmann::ordered_json> values = {nullptr,
                                                      true,
                                                      -1,
                                                      1.5,
                                                      "x",
                                                      18446744073709551615u,
                                                      nlohmann::ordered_json::array({1}),
                                                      nlohmann::ordered_json::object()};
  int refused = 0;
  const auto flat = intact.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    for (const auto& other : values) {
      auto json = intact;
      auto& place = json[nlohmann::ordered_json::json_pointer(pointer)];
      if (place.type() == other.type() || (place.is_number_float() && other.is_number())) continue;
      place = other;
      const std::string code = CodeOf(json.dump());
      // -1 stands for a number where numbers may be negative: jobs, memory.
      if (!code.empty()) {
        EXPECT_EQ(code, "record.invalid");
        ++refused;
      } else {
        EXPECT_TRUE(other.is_number_integer()) << pointer << " " << other;
      }
    }
  }
  EXPECT_GT(refused, 300);
  for (const char* required : {"version", "format", "parts", "rows", "digestAlgorithm"}) {
    auto json = intact;
    json.erase(required);
    EXPECT_EQ(CodeOf(json.dump()), "record.invalid") << required;
  }
}

TEST(CompletionRecordJson, AVersionOfTheFutureIsRefused) {
  auto json = nlohmann::ordered_json::parse(ToJson(FullRecord()));
  json["version"] = 2;
  EXPECT_EQ(CodeOf(json.dump()), "record.invalid");
}

TEST(CompletionRecordJson, NoBytesCrashIt) {
  EXPECT_EQ(CodeOf(""), "record.invalid");
  EXPECT_EQ(CodeOf("[]"), "record.invalid");
  EXPECT_EQ(CodeOf("null"), "record.invalid");
  EXPECT_EQ(CodeOf(std::string(200000, '[')), "record.invalid");
  EXPECT_EQ(CodeOf("{\"version\":1e999}"), "record.invalid");
  const std::string intact = ToJson(FullRecord());
  std::mt19937 random(1);
  for (int round = 0; round < 5000; ++round) {
    std::string damaged = intact;
    for (uint32_t i = 0; i <= random() % 3; ++i) damaged[random() % damaged.size()] = random();
    if (random() % 8 == 0) damaged.resize(random() % damaged.size());
    const std::string code = CodeOf(damaged);
    ASSERT_TRUE(code.empty() || code == "record.invalid") << code;
  }
}

}  // namespace
}  // namespace weir
