#include "core/option_table.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir {
namespace {

Format MakeFormat(const std::string& name, bool text) {
  Format format;
  format.name = name;
  format.extensions = {"." + name};
  format.text = text;
  format.make_file_encoder = [](const EncoderContext&, ByteSink*) {
    return Status::NotImplemented("");
  };
  if (!text) {
    format.open_source = [](const SourceSpec&, const ReadOptions&) {
      return Status::NotImplemented("");
    };
  }
  return format;
}

Registry MakeRegistry() {
  Registry registry;
  registry.formats = {MakeFormat("csv", true), MakeFormat("json", true),
                      MakeFormat("parquet", false)};
  Compression gzip;
  gzip.name = "gzip";
  gzip.extension = ".gz";
  registry.compressions = {gzip};
  SourceKind postgres;
  postgres.name = "postgresql";
  postgres.matches = [](std::string_view uri) { return uri.starts_with("postgresql:"); };
  registry.sources = {postgres};
  TableSinkKind duckdb;
  duckdb.name = "duckdb";
  duckdb.matches = [](std::string_view path) { return path.ends_with(".duckdb"); };
  registry.table_sinks = {duckdb};
  return registry;
}

// Applies options ("name=value") to a copy of postgresql: to `dest`, then checks their use.
Status Try(const std::vector<std::string>& arguments, const std::string& dest, CopySpec* spec,
           const std::string& source = "postgresql:") {
  const Registry registry = MakeRegistry();
  std::vector<OptionText> texts;
  std::set<std::string> given;
  spec->source.uri = source;
  spec->sink.path = dest;
  for (const CopyOption& option : CopyOptions(registry)) {
    texts.push_back(option.text);
    for (const std::string& argument : arguments) {
      const size_t equals = argument.find('=');
      if (argument.substr(0, equals) != option.text.name) continue;
      ARROW_RETURN_NOT_OK(option.apply(argument.substr(equals + 1), spec));
      given.insert(option.text.name);
    }
  }
  EXPECT_EQ(given.size(), arguments.size()) << "an option of the test is not in the table";
  return CheckOptionUse(texts, given, *spec, registry);
}

std::string CodeOf(const std::vector<std::string>& arguments, const std::string& dest = "out.csv",
                   const std::string& source = "postgresql:") {
  CopySpec spec;
  Status status = Try(arguments, dest, &spec, source);
  return status.ok() ? "ok" : GetErrorInfo(status).code;
}

TEST(CopyOptions, FillTheSpec) {
  CopySpec spec;
  ASSERT_TRUE(
      Try({"table=public.t",   "columns=id,a:b", "where=id > 5",     "order-by=id:desc",
           "limit=10",         "jobs=2",         "memory=64MiB",     "if-exists=replace",
           "compression=gzip", "level=3",        "dialect=postgres", "null-text=",
           "header=false",     "delimiter=tab",  "nested=string",    "special-values=null",
           "allow-lossy=a,b",  "digest=sha256",  "timeout=30s",      "statement-timeout=5m"},
          "out.csv", &spec)
          .ok());
  EXPECT_EQ(spec.source.table, "public.t");
  EXPECT_EQ(spec.source.columns.at(1).target, "b");
  EXPECT_EQ(spec.source.where, "id > 5");
  EXPECT_TRUE(spec.source.order_by.at(0).descending);
  EXPECT_EQ(spec.source.limit, 10);
  EXPECT_EQ(spec.source.statement_timeout_ms, 300000);
  EXPECT_EQ(spec.jobs, 2);
  EXPECT_EQ(spec.memory_bytes, 64 << 20);
  EXPECT_EQ(spec.sink.if_exists, IfExists::kReplace);
  EXPECT_EQ(spec.options.compression, "gzip");
  EXPECT_EQ(spec.options.level, 3);
  EXPECT_EQ(spec.options.dialect, Dialect::kPostgres);
  EXPECT_EQ(spec.options.null_text, "");
  EXPECT_FALSE(spec.options.header);
  EXPECT_EQ(spec.options.delimiter, '\t');
  EXPECT_EQ(spec.options.nested, NestedForm::kString);
  EXPECT_EQ(spec.options.special_values, SpecialValues::kNull);
  EXPECT_EQ(spec.options.allow_lossy, (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(spec.timeout_ms, 30000);
}

TEST(CopyOptions, FillTheSpecOfPartsAndTables) {
  CopySpec parts;
  ASSERT_TRUE(
      Try({"query=SELECT 1", "format=parquet", "split-bytes=512MiB", "row-group-bytes=8MiB"},
          "out/", &parts)
          .ok());
  EXPECT_EQ(parts.source.query, "SELECT 1");
  EXPECT_EQ(parts.format, "parquet");
  EXPECT_EQ(parts.sink.split_bytes, 512 << 20);
  EXPECT_EQ(parts.options.row_group_bytes, 8 << 20);
  CopySpec table;
  ASSERT_TRUE(Try({"table=t", "dest-table=copied"}, "out.duckdb", &table).ok());
  EXPECT_EQ(table.sink.table, "copied");
}

TEST(CopyOptions, RefuseWhatIsNoValue) {
  EXPECT_EQ(CodeOf({"table="}), "usage.empty_value");
  EXPECT_EQ(CodeOf({"memory=0"}), "usage.invalid_size");
  EXPECT_EQ(CodeOf({"memory=lots"}), "usage.invalid_size");
  EXPECT_EQ(CodeOf({"jobs=0"}), "usage.invalid_number");
  EXPECT_EQ(CodeOf({"timeout=30"}), "usage.invalid_duration");
  EXPECT_EQ(CodeOf({"table=t", "statement-timeout=24d"}), "ok");
  EXPECT_EQ(CodeOf({"table=t", "statement-timeout=30d"}), "usage.invalid_duration");
  EXPECT_EQ(CodeOf({"format=parqet"}), "usage.invalid_choice");
  EXPECT_EQ(CodeOf({"nested=structs"}), "usage.invalid_choice");
  EXPECT_EQ(CodeOf({"digest=sha257"}), "usage.invalid_choice");
}

TEST(CheckOptionUse, FindsContradictions) {
  EXPECT_EQ(CodeOf({"table=t", "query=SELECT 1"}), "usage.conflicting_options");
  EXPECT_EQ(CodeOf({"table=t", "split-bytes=1MiB"}, "-"), "usage.conflicting_options");
  EXPECT_EQ(CodeOf({"table=t", "split-bytes=1MiB"}, "out.csv"), "usage.conflicting_options");
  EXPECT_EQ(CodeOf({"table=t", "level=3"}, "out.csv"), "usage.conflicting_options");
  EXPECT_EQ(CodeOf({"table=t", "level=3", "compression=none"}), "usage.conflicting_options");
  EXPECT_EQ(CodeOf({"table=t", "compression=none"}, "out.csv.gz"), "usage.conflicting_options");
  EXPECT_EQ(CodeOf({"table=t", "level=3"}, "out.csv.gz"), "ok");
  EXPECT_EQ(CodeOf({"table=t", "level=3"}, "out.parquet"), "ok");
  EXPECT_EQ(CodeOf({"table=t", "compression=gzip"}, "out.csv.gz"), "ok");
}

TEST(CheckOptionUse, RefusesWhatTheFormatWouldIgnore) {
  EXPECT_EQ(CodeOf({"table=t", "delimiter=;"}, "out.parquet"), "usage.option_not_for_format");
  EXPECT_EQ(CodeOf({"table=t", "header=true"}, "out.json"), "usage.option_not_for_format");
  EXPECT_EQ(CodeOf({"table=t", "row-group-bytes=1MiB"}), "usage.option_not_for_format");
  EXPECT_EQ(CodeOf({"table=t", "digest=sha256"}, "out.duckdb"), "usage.option_not_for_format");
  EXPECT_EQ(CodeOf({"table=t", "dest-table=t"}), "usage.option_not_for_format");
  EXPECT_EQ(CodeOf({"table=t", "format=csv", "delimiter=;"}, "out.parquet"), "ok");
}

TEST(CheckOptionUse, RefusesWhatTheSourceWouldIgnore) {
  EXPECT_EQ(CodeOf({"where=a > 1"}, "out.csv", "in.parquet"), "usage.option_not_for_source");
  EXPECT_EQ(CodeOf({"limit=3", "columns=a"}, "out.csv", "in.parquet"), "ok");
  EXPECT_EQ(CodeOf({}), "usage.table_or_query");
}

TEST(CheckOptionUse, LeavesUnknownPlacesToThePlan) {
  EXPECT_EQ(CodeOf({"where=a > 1", "delimiter=;"}, "out.xyz", "nowhere"), "ok");
}

TEST(CopyOptions, ConflictsAndNamesAreSound) {
  std::set<std::string> names;
  for (const CopyOption& option : CopyOptions(MakeRegistry())) {
    const OptionText& text = option.text;
    EXPECT_TRUE(names.insert(text.name).second) << text.name;
    EXPECT_FALSE(text.summary.empty()) << text.name;
    EXPECT_FALSE(text.summary.ends_with('.')) << text.name;
    EXPECT_TRUE(text.details.empty() || text.details.ends_with('.')) << text.name;
    EXPECT_EQ(text.negatable && !text.value_name.empty(), false) << text.name;
  }
}

}  // namespace
}  // namespace weir
