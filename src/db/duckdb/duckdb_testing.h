// What the tests of this directory share: databases made by SQL, and reading a source to the end.
#pragma once

#include <gtest/gtest.h>

#include <arrow/api.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/source.h"
#include "db/duckdb/connection.h"
#include "db/duckdb/source.h"

namespace weir::duckdb {

// A directory for one test, removed afterwards.
class DuckdbTest : public testing::Test {
 protected:
  DuckdbTest() {
    std::string path = testing::TempDir() + "weir-duckdb-test-XXXXXX";
    directory_ = mkdtemp(path.data());
  }
  ~DuckdbTest() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  // Runs statements on the file, which is created if need be, and closes it.
  void RunSql(const std::string& path, const std::vector<std::string>& statements) {
    DatabaseSettings settings;
    settings.read_only = false;
    settings.memory_bytes = 1 << 30;
    auto database = Database::Open(path, settings);
    ASSERT_TRUE(database.ok()) << database.status();
    auto connection = (*database)->Connect().ValueOrDie();
    for (const std::string& sql : statements) {
      Status status = connection->Execute(sql);
      ASSERT_TRUE(status.ok()) << sql << ": " << status;
    }
  }

  std::string directory_;
};

inline SourceSpec TableSpec(const std::string& uri, const std::string& table) {
  SourceSpec spec;
  spec.uri = uri;
  spec.table = table;
  return spec;
}

inline SourceSpec QuerySpec(const std::string& query, const std::string& uri = "duckdb:") {
  SourceSpec spec;
  spec.uri = uri;
  spec.query = query;
  return spec;
}

inline ReadOptions TextForm() {
  ReadOptions options;
  options.form.exact_text = true;
  options.form.arrays = NestedForm::kJson;
  options.form.special_values = SpecialValues::kString;
  return options;
}

inline ReadOptions TypedForm() {
  ReadOptions options;
  options.form.arrays = NestedForm::kStruct;
  return options;
}

inline Result<std::shared_ptr<arrow::Table>> ReadSlice(Source* source, int64_t index,
                                                       std::stop_token stop = {}) {
  ARROW_ASSIGN_OR_RAISE(auto reader, source->Open(source->SliceAt(index), stop));
  arrow::RecordBatchVector batches;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    // Not ValidateFull: 24:00:00 in a text form is ours, not Arrow's.
    ARROW_RETURN_NOT_OK(batch->Validate());
    EXPECT_GT(batch->num_rows(), 0);
    EXPECT_TRUE(batch->schema()->Equals(source->description().schema, true));
    batches.push_back(std::move(batch));
  }
  return arrow::Table::FromRecordBatches(source->description().schema, batches);
}

inline Result<std::shared_ptr<arrow::Table>> ReadAll(Source* source) {
  std::vector<std::shared_ptr<arrow::Table>> tables;
  for (int64_t i = 0; i < source->description().slice_count; ++i) {
    ARROW_ASSIGN_OR_RAISE(auto table, ReadSlice(source, i));
    tables.push_back(std::move(table));
  }
  ARROW_ASSIGN_OR_RAISE(auto table, arrow::ConcatenateTables(tables));
  return table->CombineChunks();
}

inline Result<std::unique_ptr<Source>> OpenSource(const SourceSpec& spec,
                                                  const ReadOptions& options = TypedForm()) {
  return DuckdbSource().open(spec, options, {});
}

inline Result<std::shared_ptr<arrow::Table>> ReadAll(const SourceSpec& spec,
                                                     const ReadOptions& options = TypedForm()) {
  ARROW_ASSIGN_OR_RAISE(auto source, OpenSource(spec, options));
  return ReadAll(source.get());
}

inline std::string CodeOf(const Status& status) {
  return status.ok() ? "" : GetErrorInfo(status).code;
}

}  // namespace weir::duckdb
