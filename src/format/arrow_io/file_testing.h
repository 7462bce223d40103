// What the tests of Parquet and Arrow IPC share: sinks in memory, files that go away, a table of
// every type.
#pragma once

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/copy_spec.h"
#include "core/field.h"
#include "core/format.h"

namespace weir {

#define WEIR_ASSERT_OK(expression)                             \
  do {                                                         \
    arrow::Status weir_status = ::arrow::ToStatus(expression); \
    ASSERT_TRUE(weir_status.ok()) << weir_status.ToString();   \
  } while (false)

// Collects bytes; the write numbered `fail_at` (from 0) fails, and every one after it.
class MemorySink : public ByteSink {
 public:
  explicit MemorySink(int64_t fail_at = INT64_MAX) : fail_at_(fail_at) {}

  Status Write(std::string_view bytes) override {
    if (writes_++ >= fail_at_) {
      ++failures_;
      return Error("io.no_space", "writing to memory: no space");
    }
    bytes_ += bytes;
    return Status::OK();
  }
  Status Finish() override {
    ADD_FAILURE() << "encoders leave their sink open";
    return Status::OK();
  }

  const std::string& bytes() const { return bytes_; }
  int64_t writes() const { return writes_; }
  int64_t failures() const { return failures_; }

 private:
  const int64_t fail_at_;
  int64_t writes_ = 0;
  int64_t failures_ = 0;
  std::string bytes_;
};

// A file that exists in memory only, as long as the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view bytes)
      : descriptor_(memfd_create("weir_test", MFD_CLOEXEC)),
        path_("/proc/self/fd/" + std::to_string(descriptor_)) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TemporaryFile() { close(descriptor_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  const int descriptor_;
  const std::string path_;
};

inline std::shared_ptr<arrow::Array> FromJson(const std::shared_ptr<arrow::DataType>& type,
                                              const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

struct TestColumn {
  std::shared_ptr<arrow::Field> field;
  std::string json;  // four values, a NULL among them
};

// Columns that come back from a file as they went in.
inline std::vector<TestColumn> EveryType() {
  using arrow::field;
  const auto us = arrow::TimeUnit::MICRO;
  // "element" is what Parquet calls a list's values.
  auto list = arrow::list(field("element", arrow::int32()));
  auto record = arrow::struct_({field("a", arrow::int32()), field("b.c", arrow::utf8())});
  auto uuid = arrow::fixed_size_binary(16);
  return {
      {field("bool", arrow::boolean()), "[true, false, null, true]"},
      {field("int8", arrow::int8()), "[-128, 0, null, 127]"},
      {field("int16", arrow::int16()), "[-32768, 0, null, 32767]"},
      {field("int32", arrow::int32()), "[-2147483648, 0, null, 2147483647]"},
      {field("int64", arrow::int64()), "[-9223372036854775808, 0, null, 9223372036854775807]"},
      {field("uint8", arrow::uint8()), "[0, 1, null, 255]"},
      {field("uint16", arrow::uint16()), "[0, 1, null, 65535]"},
      {field("uint32", arrow::uint32()), "[0, 1, null, 4294967295]"},
      {field("uint64", arrow::uint64()), "[0, 1, null, 18446744073709551615]"},
      {field("float", arrow::float32()), "[-0.0, 1.5, null, Inf]"},
      {field("double", arrow::float64()), "[-0.0, 5e-324, null, -Inf]"},
      {field("decimal9", arrow::decimal128(9, 2)), R"(["-1.25", "0.00", null, "9999999.99"])"},
      {field("decimal18", arrow::decimal128(18, 4)),
       R"(["-12345678901234.5678", "0.0000", null, "99999999999999.9999"])"},
      {field("decimal38", arrow::decimal128(38, 10)),
       R"(["-1234567890123456789012345678.0123456789", "0.0000000000", null, "1.0000000000"])"},
      {field("decimal76", arrow::decimal256(50, 2)),
       R"(["-123456789012345678901234567890123456789012345678.01", "0.00", null, "1.00"])"},
      {field("text", arrow::utf8()), R"(["", "a,\"b\"\n", null, "\u00e4\u20ac\ud83d\ude00"])"},
      {field("large_text", arrow::large_utf8()), R"(["", "x", null, "yz"])"},
      {field("bytes", arrow::binary()), R"(["", "a", null, "bcd"])"},
      {field("large_bytes", arrow::large_binary()), R"(["", "a", null, "bcd"])"},
      {field("fixed", arrow::fixed_size_binary(3)), R"(["abc", "def", null, "ghi"])"},
      {field("date", arrow::date32()), "[-719162, 0, null, 2932896]"},
      {field("time_ms", arrow::time32(arrow::TimeUnit::MILLI)), "[0, 1, null, 86399999]"},
      {field("time_us", arrow::time64(us)), "[0, 1, null, 86399999999]"},
      {field("timestamp", arrow::timestamp(us)),
       "[-62135596800000000, 0, null, 253402300799999999]"},
      {field("timestamptz", arrow::timestamp(us, "UTC")),
       "[-62135596800000000, -1, null, 253402300799999999]"},
      {field("duration", arrow::duration(us)), "[-1, 0, null, 1]"},
      {field("list", list), "[[1, null, 3], [], null, [4]]"},
      {field("struct", record),
       R"([{"a": 1, "b.c": "x"}, {"a": null, "b.c": null}, null, {"a": 2, "b.c": ""}])"},
      {field("map", arrow::map(arrow::utf8(), arrow::int32())),
       R"([[["k", 1], ["l", null]], [], null, [["m", 2]]])"},
      {field("list_struct", arrow::list(field("element", record))),
       R"([[{"a": 1, "b.c": "x"}, null], [], null, []])"},
      {field("nulls", arrow::null()), "[null, null, null, null]"},
      {MakeField("numeric", arrow::utf8(), ValueKind::kNumeric), R"(["NaN", "1e5", null, "0.10"])"},
      {MakeField("json", arrow::utf8(), ValueKind::kJson),
       R"(["{\"a\": 1}", "null", null, "[1, 2]"])"},
      {MakeField("uuid", uuid, ValueKind::kUuid),
       R"(["0123456789abcdef", "fedcba9876543210", null, "................"])"},
      {field("required", arrow::int32(), /*nullable=*/false), "[1, 2, 3, 4]"},
      {field("Strange \"name\", \u00e4.b", arrow::int32()), "[1, 2, null, 4]"},
  };
}

inline std::shared_ptr<arrow::RecordBatch> MakeBatch(const std::vector<TestColumn>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const TestColumn& column : columns) {
    fields.push_back(column.field);
    arrays.push_back(FromJson(column.field->type(), column.json));
  }
  int64_t rows = arrays.empty() ? 0 : arrays[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, arrays);
}

// The file a format makes of batches.
inline Result<std::string> Encode(const Format& format,
                                  const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
                                  std::shared_ptr<arrow::Schema> schema,
                                  const FormatOptions& options = {}, int64_t memory_bytes = 0) {
  EncoderContext context;
  context.schema = std::move(schema);
  context.options = options;
  context.memory_bytes = memory_bytes;
  MemorySink sink;
  ARROW_ASSIGN_OR_RAISE(auto encoder, format.make_file_encoder(context, &sink));
  for (const auto& batch : batches) ARROW_RETURN_NOT_OK(encoder->Write(*batch));
  ARROW_RETURN_NOT_OK(encoder->Finish());
  FileEncoderPosition position = encoder->position();
  EXPECT_EQ(position.bytes_written, static_cast<int64_t>(sink.bytes().size()));
  EXPECT_EQ(position.bytes_buffered, 0);
  int64_t rows = 0;
  for (const auto& batch : batches) rows += batch->num_rows();
  EXPECT_EQ(position.rows_written, rows);
  return sink.bytes();
}

// All rows of a source, its slices in order.
inline Result<std::shared_ptr<arrow::Table>> ReadAll(Source* source) {
  const SourceDescription& description = source->description();
  arrow::RecordBatchVector batches;
  for (int64_t i = 0; i < description.slice_count; ++i) {
    ARROW_ASSIGN_OR_RAISE(auto reader, source->Open(source->SliceAt(i), std::stop_token()));
    while (true) {
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
      if (batch == nullptr) break;
      EXPECT_GT(batch->num_rows(), 0);
      EXPECT_TRUE(batch->schema()->Equals(*description.schema, /*check_metadata=*/true));
      ARROW_RETURN_NOT_OK(batch->ValidateFull());
      batches.push_back(std::move(batch));
    }
  }
  return arrow::Table::FromRecordBatches(description.schema, batches);
}

inline Result<std::shared_ptr<arrow::Table>> ReadFile(const Format& format, const SourceSpec& spec,
                                                      const ReadOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(auto source, format.open_source(spec, options));
  return ReadAll(source.get());
}

inline SourceSpec FileSpec(const std::string& path) {
  SourceSpec spec;
  spec.uri = path;
  return spec;
}

}  // namespace weir
