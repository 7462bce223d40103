// What every registered format promises, tried through the one copy loop: complete, reproducible,
// verifiable, and nothing left behind by a copy that did not finish.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "builtin/registry.h"
#include "core/copy.h"
#include "core/verify.h"

namespace weir {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Every writable format, text formats under every compression too: "csv", "csv.gz", ...
std::vector<std::string> Extensions() {
  std::vector<std::string> extensions;
  Registry registry = BuiltinRegistry();
  for (const Format& format : registry.formats) {
    if (!format.make_slice_encoder && !format.make_file_encoder) continue;
    extensions.push_back(format.extensions.front());
    if (!format.text) continue;
    for (const Compression& compression : registry.compressions) {
      extensions.push_back(format.extensions.front() + compression.extension);
    }
  }
  return extensions;
}

class FormatContract : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    char path[] = "/tmp/weir-contract-XXXXXX";
    ASSERT_NE(mkdtemp(path), nullptr);
    directory_ = path;
  }
  void TearDown() override { fs::remove_all(directory_); }

  CopySpec Spec(int64_t rows, const std::string& name = "out") {
    CopySpec spec;
    spec.source.uri = "generate:records";
    spec.source.generate_count = rows;
    spec.sink.path = (directory_ / (name + GetParam())).string();
    spec.jobs = 2;
    return spec;
  }
  Result<CompletionRecord> Run(const CopySpec& spec, std::stop_token stop = {}) {
    MemoryBudget budget(1 << 30);
    Progress progress;
    return Copy(spec, registry_, &budget, &progress, stop);
  }
  size_t FileCount() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(directory_), {}));
  }

  const Registry registry_ = BuiltinRegistry();
  fs::path directory_;
};

TEST_P(FormatContract, TheRecordTellsTheTruth) {
  auto record = Run(Spec(100000));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->rows, 100000);
  ASSERT_EQ(record->parts.size(), 1u);
  EXPECT_EQ(record->bytes, static_cast<int64_t>(fs::file_size(directory_ / ("out" + GetParam()))));
  int64_t rows = 0;
  for (const SliceGroupRecord& group : record->parts[0].slices) rows += group.rows;
  EXPECT_EQ(rows, 100000);
  for (const ColumnRecord& column : record->columns) {
    EXPECT_EQ(column.count + column.nulls, 100000) << column.name;
  }
  EXPECT_GT(record->columns[2].nulls, 0) << "the generator makes some names NULL";
  EXPECT_EQ(FileCount(), 1u);
  auto report = Verify(*record, directory_.string(), registry_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->ok);
}

TEST_P(FormatContract, BytesDependOnRowsAlone) {
  for (int jobs : {1, 2, 4}) {
    CopySpec spec = Spec(100000, std::to_string(jobs));
    spec.jobs = jobs;
    auto record = Run(spec);
    ASSERT_TRUE(record.ok()) << record.status();
  }
  std::string one = ReadFile(directory_ / ("1" + GetParam()));
  EXPECT_TRUE(one == ReadFile(directory_ / ("2" + GetParam())));
  EXPECT_TRUE(one == ReadFile(directory_ / ("4" + GetParam())));
}

TEST_P(FormatContract, NoRowsGiveAValidFile) {
  auto record = Run(Spec(0));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->rows, 0);
  auto report = Verify(*record, directory_.string(), registry_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->ok);
}

TEST_P(FormatContract, AFlippedByteIsFound) {
  auto record = Run(Spec(20000));
  ASSERT_TRUE(record.ok()) << record.status();
  fs::path path = directory_ / ("out" + GetParam());
  std::string bytes = ReadFile(path);
  for (size_t at : {size_t{0}, bytes.size() / 3, bytes.size() - 1}) {
    std::string damaged = bytes;
    damaged[at] ^= 1;
    std::ofstream(path, std::ios::binary) << damaged;
    auto report = Verify(*record, directory_.string(), registry_);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_FALSE(report->ok) << "byte " << at;
  }
}

TEST_P(FormatContract, PartsSplitAndStandAlone) {
  CopySpec spec = Spec(100000);
  spec.sink.path = (directory_ / "parts/").string();
  spec.format = registry_.MatchPath("x" + GetParam()).format->name;
  const Compression* compression = registry_.MatchPath("x" + GetParam()).compression;
  if (compression != nullptr) spec.options.compression = compression->name;
  spec.sink.split_bytes = 1 << 20;
  spec.options.row_group_bytes = spec.format == "parquet" || spec.format == "arrow"
                                     ? std::optional<int64_t>(1 << 20)
                                     : std::nullopt;
  auto record = Run(spec);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->rows, 100000);
  EXPECT_TRUE(fs::exists(directory_ / "parts/manifest.json"));
  if (spec.format != "xlsx") {
    EXPECT_GT(record->parts.size(), 1u);
  }
  auto report = Verify(*record, (directory_ / "parts").string(), registry_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->ok);
}

TEST_P(FormatContract, AnInterruptedCopyLeavesNothing) {
  std::stop_source stop;
  stop.request_stop();
  auto record = Run(Spec(100000), stop.get_token());
  EXPECT_TRUE(IsErrorCode(record.status(), "interrupted")) << record.status();
  EXPECT_EQ(FileCount(), 0u);
}

TEST_P(FormatContract, AnExistingFileIsKept) {
  std::ofstream(directory_ / ("out" + GetParam())) << "precious";
  EXPECT_TRUE(IsErrorCode(Run(Spec(10)).status(), "io.exists"));
  EXPECT_EQ(ReadFile(directory_ / ("out" + GetParam())), "precious");
  EXPECT_EQ(FileCount(), 1u);
  CopySpec spec = Spec(10);
  spec.sink.if_exists = IfExists::kReplace;
  ASSERT_TRUE(Run(spec).ok());
  EXPECT_NE(ReadFile(directory_ / ("out" + GetParam())), "precious");
}

std::string TestName(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(1);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, FormatContract, ::testing::ValuesIn(Extensions()), TestName);

}  // namespace
}  // namespace weir
