#include "core/plan.h"

#include <thread>

#include "core/copy_testing.h"

namespace weir {
namespace {

// Plans copies in a CopyWorld, where *.readonly can only be read and *.sheet holds 1000 rows.
class PlanTest : public testing::Test {
 protected:
  PlanTest() {
    world_.source.slices = {{Numbers(0, 3)}};
    Format readonly{.name = "readonly", .extensions = {".readonly"}};
    readonly.open_source = [this](const SourceSpec&, const ReadOptions&) {
      return std::make_unique<FakeSource>(&world_.source);
    };
    world_.registry.formats.push_back(readonly);
    Format sheet = BlockFormat();
    sheet.name = "sheet";
    sheet.extensions = {".sheet"};
    sheet.rows_max = 1000;
    sheet.rows_max_hint = "split it";
    world_.registry.formats.push_back(sheet);
  }

  Result<std::unique_ptr<OpenPlan>> Make() { return MakePlan(world_.spec, world_.registry, {}); }
  // The message of the failure, which must have this code.
  std::string Failure(std::string_view code) {
    const Status status = Make().status();
    EXPECT_TRUE(IsErrorCode(status, code)) << status.ToString();
    return status.message() + " | " + (status.ok() ? "" : GetErrorInfo(status).hint);
  }
  void ExpectInFailure(std::string_view code, std::string_view text) {
    const std::string failure = Failure(code);
    EXPECT_NE(failure.find(text), std::string::npos) << failure;
  }
  // The world's verdict on every column, of its format or its source.
  void SetFormatFidelity(Fidelity fidelity, const std::string& note) {
    for (Format& format : world_.registry.formats) {
      format.check = [=](const arrow::Field&, const FormatOptions&) {
        return FormatVerdict{fidelity, "text", note};
      };
    }
  }

  CopyWorld world_;
  CopySpec& spec_ = world_.spec;
};

TEST_F(PlanTest, FillsInDefaults) {
  auto open = Make().ValueOrDie();
  const Plan& plan = open->plan;
  EXPECT_EQ(plan.format->name, "array");
  EXPECT_EQ(plan.spec.format, "array");
  EXPECT_EQ(plan.compression, nullptr);
  EXPECT_EQ(plan.table_sink, nullptr);
  EXPECT_EQ(plan.compression_level, 0);
  EXPECT_EQ(plan.spec.memory_bytes, 48 << 20);
  EXPECT_EQ(plan.data_bytes_max, 16 << 20);
  EXPECT_GE(plan.spec.jobs, 1);
  EXPECT_LE(plan.spec.jobs, 4);
  EXPECT_EQ(plan.read_options.jobs, plan.spec.jobs);
  EXPECT_EQ(plan.read_options.value_bytes_max, (16 << 20) / 3);
  EXPECT_TRUE(plan.read_options.form.exact_text);
  ASSERT_EQ(plan.columns.size(), 1u);
  EXPECT_EQ(plan.columns[0].column.name, "id");
  EXPECT_EQ(plan.columns[0].target_type, "number");
  EXPECT_EQ(plan.columns[0].fidelity, Fidelity::kExact);
  EXPECT_TRUE(plan.warnings.empty());
  ASSERT_EQ(plan.libraries.size(), 1u);
  EXPECT_TRUE(plan.libraries[0].starts_with("arrow ")) << plan.libraries[0];
}

TEST_F(PlanTest, KeepsWhatTheSpecSays) {
  spec_.sink.path = "out";
  spec_.format = "blocks";
  spec_.jobs = 9;
  spec_.memory_bytes = 100 << 20;
  spec_.options.allow_lossy = {"id"};
  auto open = Make().ValueOrDie();
  EXPECT_EQ(open->plan.format->name, "blocks");
  EXPECT_EQ(open->plan.spec.jobs, 9);
  EXPECT_EQ(open->plan.data_bytes_max, 68 << 20);
  EXPECT_EQ(open->plan.read_options.jobs, 9);
  EXPECT_EQ(open->plan.read_options.allow_lossy, spec_.options.allow_lossy);
  EXPECT_FALSE(open->plan.read_options.form.exact_text);
}

TEST_F(PlanTest, UnknownFormat) {
  spec_.format = "aray";
  ExpectInFailure("usage.unknown_format", "did you mean \"array\"?");
  ExpectInFailure("usage.unknown_format", "formats: array, blocks, sheet");
}

TEST_F(PlanTest, AFormatThatCannotBeWrittenIsUnknownToo) {
  spec_.format = "readonly";
  Failure("usage.unknown_format");
  spec_.format = "";
  spec_.sink.path = "out.readonly";
  Failure("usage.format_needed");
}

TEST_F(PlanTest, FormatNeeded) {
  for (const char* path : {"out.aray", "dir.x/out.aray.br"}) {
    spec_.sink.path = path;
    ExpectInFailure("usage.format_needed", "did you mean \".array\"?");
  }
  for (const char* path : {"-", "out/", "dir.array/out"}) {
    spec_.sink.path = path;
    ExpectInFailure("usage.format_needed", "give --format; formats: array, blocks, sheet");
  }
}

TEST_F(PlanTest, CompressionComesFromTheNameOrTheOption) {
  spec_.sink.path = "out.array.br";
  auto by_name = Make().ValueOrDie();
  EXPECT_EQ(by_name->plan.compression->name, "bracket");
  EXPECT_EQ(by_name->plan.compression_level, 3);
  spec_.options.level = 9;
  EXPECT_EQ(Make().ValueOrDie()->plan.compression_level, 9);
  spec_.options.level = {};
  spec_.options.compression = "none";
  EXPECT_EQ(Make().ValueOrDie()->plan.compression, nullptr);
  spec_.sink.path = "out.array";
  spec_.options.compression = "bracket";
  EXPECT_EQ(Make().ValueOrDie()->plan.compression->name, "bracket");
}

TEST_F(PlanTest, UnknownCompression) {
  spec_.options.compression = "brackt";
  ExpectInFailure("usage.unknown_compression", "did you mean \"bracket\"?");
  ExpectInFailure("usage.unknown_compression", "compressions: bracket, none");
}

TEST_F(PlanTest, WholeFilesAreNotWrapped) {
  spec_.sink.path = "out.blocks.br";
  ExpectInFailure("usage.compression", "blocks files are not wrapped in bracket");
  // What is inside the file is for the format to judge.
  spec_.sink.path = "out.blocks";
  spec_.options.compression = "anything";
  EXPECT_EQ(Make().ValueOrDie()->plan.compression, nullptr);
}

TEST_F(PlanTest, LevelsOutOfRange) {
  spec_.sink.path = "out.array.br";
  for (int level : {0, 10}) {
    spec_.options.level = level;
    ExpectInFailure("usage.level", "levels 1 to 9");
  }
  for (int level : {1, 9}) {
    spec_.options.level = level;
    EXPECT_TRUE(Make().ok());
  }
}

TEST_F(PlanTest, TooLittleMemory) {
  spec_.memory_bytes = (40 << 20) - 1;
  ExpectInFailure("usage.memory", "give at least");
  spec_.memory_bytes = 40 << 20;
  EXPECT_EQ(Make().ValueOrDie()->plan.data_bytes_max, 8 << 20);
}

TEST_F(PlanTest, MoreJobsThanUsualHaveMoreMemory) {
  spec_.jobs = 4;
  EXPECT_EQ(Make().ValueOrDie()->plan.spec.memory_bytes, 48 << 20);
  spec_.jobs = 5;
  EXPECT_GT(Make().ValueOrDie()->plan.spec.memory_bytes, 48 << 20);
  spec_.memory_bytes = 48 << 20;  // unless it is given
  EXPECT_EQ(Make().ValueOrDie()->plan.spec.memory_bytes, 48 << 20);
}

TEST_F(PlanTest, ASourceWithAnEngineOfItsOwnHasMoreMemory) {
  world_.registry.sources[0].engine_bytes_default = 256 << 20;
  auto open = Make().ValueOrDie();
  EXPECT_EQ(open->plan.spec.memory_bytes, 304 << 20);
  EXPECT_EQ(open->plan.data_bytes_max, 68 << 20);
  EXPECT_EQ(open->plan.read_options.engine_bytes, 204 << 20);
  spec_.memory_bytes = 48 << 20;  // what is given is shared
  open = Make().ValueOrDie();
  EXPECT_EQ(open->plan.data_bytes_max, 8 << 20);
  EXPECT_EQ(open->plan.read_options.engine_bytes, 8 << 20);
}

TEST_F(PlanTest, StandardOutputIsNotSplit) {
  spec_.sink.path = "-";
  spec_.format = "array";
  EXPECT_TRUE(Make().ok());
  spec_.sink.split_bytes = 1 << 20;
  Failure("usage.split");
}

TEST_F(PlanTest, FormatsJudgeTheirOptions) {
  world_.registry.formats[0].validate = [](const FormatOptions& options) {
    return options.delimiter == '"' ? Error("test.delimiter", "no") : Status::OK();
  };
  EXPECT_TRUE(Make().ok());
  spec_.options.delimiter = '"';
  Failure("test.delimiter");
}

TEST_F(PlanTest, UnknownSource) {
  spec_.source.uri = "mysql://host/db";
  ExpectInFailure("usage.unknown_source", "sources: fake:table, FILE.readonly");
}

TEST_F(PlanTest, ASchemeThatIsMissing) {
  world_.registry.sources[0].example = "postgresql://user@host/database";
  for (const char* uri : {"joe@host/db", "postgresql//joe@host/db", "postgresql:/joe@host/db",
                          "postgresql/joe@host/db"}) {
    spec_.source.uri = uri;
    ExpectInFailure("usage.unknown_source", "(did you mean postgresql://joe@host/db?)");
  }
  spec_.source.uri = "host:5432/db";
  ExpectInFailure("usage.unknown_source", "(did you mean postgresql://host:5432/db?)");
  spec_.source.uri = "folder/file";
  EXPECT_EQ(Failure("usage.unknown_source").find("did you mean"), std::string::npos);
}

TEST_F(PlanTest, FilesAreSourcesWhateverTheirCase) {
  for (const char* uri : {"data.readonly", "DATA.READONLY"}) {
    spec_.source.uri = uri;
    EXPECT_TRUE(Make().ok()) << uri;
  }
  for (const char* uri : {"data.readonly.br", "data.array"}) {
    spec_.source.uri = uri;
    Failure("usage.unknown_source");
  }
}

TEST_F(PlanTest, SourcesMayFailAndWarn) {
  world_.registry.sources[0].open = [this](
                                        const SourceSpec&, const ReadOptions& options,
                                        const std::stop_token&) -> Result<std::unique_ptr<Source>> {
    options.warn("mind the gap");
    if (spec_.source.table.empty()) return Error("test.no_table", "no table");
    return std::make_unique<FakeSource>(&world_.source);
  };
  Failure("test.no_table");
  spec_.source.table = "records";
  EXPECT_EQ(Make().ValueOrDie()->plan.warnings, std::vector<std::string>{"mind the gap"});
}

TEST_F(PlanTest, AllowLossyMustNameAColumn) {
  spec_.options.allow_lossy = {"ID"};
  ExpectInFailure("usage.unknown_column", "did you mean \"id\"?");
}

TEST_F(PlanTest, TheWorseOfSourceAndFormatCounts) {
  world_.source.fidelity = Fidelity::kLossy;
  SetFormatFidelity(Fidelity::kWidened, "as text");
  auto open = Make().ValueOrDie();
  EXPECT_EQ(open->plan.columns[0].fidelity, Fidelity::kLossy);
  EXPECT_EQ(open->plan.columns[0].note, "as text");
  world_.source.fidelity = Fidelity::kWidened;
  EXPECT_TRUE(CheckPlan(Make().ValueOrDie()->plan).ok());
}

TEST_F(PlanTest, LossyColumnsNeedTheirName) {
  SetFormatFidelity(Fidelity::kLossy, "17 digits");
  Status status = CheckPlan(Make().ValueOrDie()->plan);
  EXPECT_TRUE(IsErrorCode(status, "plan.lossy"));
  EXPECT_EQ(status.message(), "array would lose column \"id\" (fake type): 17 digits");
  spec_.options.allow_lossy = {"id"};
  EXPECT_TRUE(CheckPlan(Make().ValueOrDie()->plan).ok());
}

TEST_F(PlanTest, RefusedColumnsCannotBeAllowed) {
  SetFormatFidelity(Fidelity::kRefused, "no such type");
  spec_.options.allow_lossy = {"id"};
  Status status = CheckPlan(Make().ValueOrDie()->plan);
  EXPECT_TRUE(IsErrorCode(status, "plan.unsupported"));
  EXPECT_EQ(status.message(), "array cannot hold column \"id\" (fake type): no such type");
}

TEST_F(PlanTest, WarnsWhenTheRowsMayNotFit) {
  spec_.sink.path = "out.sheet";
  world_.source.rows_estimate = 1000;
  EXPECT_TRUE(Make().ValueOrDie()->plan.warnings.empty());
  world_.source.rows_estimate = 1001;
  EXPECT_EQ(
      Make().ValueOrDie()->plan.warnings,
      std::vector<std::string>{"sheet holds 1000 rows and the source has about 1001; split it"});
  spec_.sink.split_bytes = 1 << 20;
  EXPECT_TRUE(Make().ValueOrDie()->plan.warnings.empty());
}

TEST_F(PlanTest, TablesAreSinksToo) {
  world_.registry.table_sinks[0].engine_bytes_default = 208 << 20;
  spec_.sink.path = "table:";
  auto open = Make().ValueOrDie();
  EXPECT_EQ(open->plan.format, nullptr);
  EXPECT_EQ(open->plan.table_sink->name, "memory table");
  EXPECT_EQ(open->plan.spec.memory_bytes, 256 << 20);
  EXPECT_EQ(open->plan.data_bytes_max, 56 << 20);
  EXPECT_EQ(open->plan.sink_engine_bytes, 168 << 20);
  EXPECT_EQ(open->plan.columns[0].target_type, "bigint");
  spec_.format = "array";
  EXPECT_EQ(Make().ValueOrDie()->plan.table_sink, nullptr);
}

TEST_F(PlanTest, DestinationsThatAreOnlyReadAreRefused) {
  for (const char* path :
       {"s3://bucket/out.array", "duckdb:x.array", "x+y.z://out.array", "fake:table"}) {
    spec_.sink.path = path;
    const Status status = Make().status();
    EXPECT_TRUE(IsErrorCode(status, "usage.destination")) << path << ": " << status.message();
  }
  for (const char* path : {"1://out.array", "a b://out.array", "://out.array"}) {
    spec_.sink.path = path;
    EXPECT_TRUE(Make().ok()) << path << " is a path, if an odd one";
  }
}

TEST_F(PlanTest, SaysHowMuchMemoryAValueTakes) {
  auto open = Make().ValueOrDie();
  const ReadOptions& options = open->plan.read_options;
  constexpr int64_t kValueBytes = 100 << 20;
  spec_.memory_bytes = options.memory_for_value(kValueBytes);
  EXPECT_EQ(Make().ValueOrDie()->plan.read_options.value_bytes_max, kValueBytes);
  EXPECT_TRUE(MemoryHint(options, kValueBytes).starts_with("raise --memory to ")) << "and a size";
  EXPECT_EQ(MemoryHint(options, 0), "raise --memory");
}

TEST_F(PlanTest, NamesEachLibraryOnce) {
  auto library = [] { return std::string("brackets 1.0"); };
  world_.registry.sources[0].library = [] { return std::string("fake 2.0"); };
  world_.registry.formats[0].library = library;
  world_.registry.compressions[0].library = library;
  spec_.sink.path = "out.array.br";
  const auto libraries = Make().ValueOrDie()->plan.libraries;
  ASSERT_EQ(libraries.size(), 3u);
  EXPECT_EQ(libraries[1], "fake 2.0");
  EXPECT_EQ(libraries[2], "brackets 1.0");
}

}  // namespace
}  // namespace weir
