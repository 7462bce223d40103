// How fast a text format is encoded: rows of (bigint, timestamptz, varchar, numeric, jsonb) as the
// PostgreSQL source delivers them, batch by batch into one buffer, on one thread.
//
//   encode_bench csv|tsv|ndjson|json [ROWS in millions, default 10] [columns, default all]
#include <arrow/api.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

#include "core/field.h"
#include "format/csv/format.h"
#include "format/json/format.h"

namespace weir {
namespace {

constexpr int64_t kRowsPerBatch = 2000;  // about 256 KiB
constexpr int kBatches = 50;

const char* const kNames[] = {"Anna Schmidt", "O'Brien, Pat", "Zoë",
                              "李小龙",       "Jean-Luc",     "a rather longer name of somebody",
                              "Bob"};

std::shared_ptr<arrow::Schema> RecordsSchema() {
  return arrow::schema({MakeField("id", arrow::int64()),
                        MakeField("created_at", arrow::int64(), ValueKind::kTimestampTz2000),
                        MakeField("name", arrow::utf8()),
                        MakeField("value", arrow::utf8(), ValueKind::kNumeric),
                        MakeField("metadata", arrow::utf8(), ValueKind::kJson)});
}

std::shared_ptr<arrow::RecordBatch> MakeBatch(std::mt19937_64& random, int64_t first_id) {
  arrow::Int64Builder id, created;
  arrow::StringBuilder name, value, metadata;
  for (int64_t row = 0; row < kRowsPerBatch; ++row) {
    bool ok = id.Append(first_id + row).ok();
    ok &= created.Append(static_cast<int64_t>(random() % 800000000000000)).ok();
    ok &= (row % 50 == 7 ? name.AppendNull() : name.Append(kNames[random() % 7])).ok();
    int64_t cents = static_cast<int64_t>(random() % 100000000);
    ok &= value.Append(fmt::format("{}.{:04}", cents / 10000, cents % 10000)).ok();
    ok &= metadata
              .Append(fmt::format(
                  R"({{"tags": ["t{}", "x"], "active": {}, "score": {}, "source": "import-{}"}})",
                  random() % 100, random() % 2 ? "true" : "false", random() % 100000, random() % 9))
              .ok();
    if (!ok) std::abort();
  }
  return arrow::RecordBatch::Make(
      RecordsSchema(), kRowsPerBatch,
      {*id.Finish(), *created.Finish(), *name.Finish(), *value.Finish(), *metadata.Finish()});
}

int Run(const std::string& format_name, int64_t rows, std::vector<int> columns) {
  Format format;
  for (auto make : {CsvFormat, TsvFormat, NdjsonFormat, JsonFormat}) {
    if (make().name == format_name) format = make();
  }
  if (!format.make_slice_encoder) return 2;
  std::mt19937_64 random(1);
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (int i = 0; i < kBatches; ++i) {
    batches.push_back(*MakeBatch(random, 1000000 + i * kRowsPerBatch)->SelectColumns(columns));
  }
  EncoderContext context{batches[0]->schema(), {}, 0};
  auto encoder = format.make_slice_encoder(context).ValueOrDie();
  ByteBuffer out;
  int64_t bytes = 0, done = 0;
  std::clock_t start = std::clock();
  for (size_t i = 0; done < rows; i = (i + 1) % batches.size()) {
    out.Clear();
    if (!encoder->Encode(*batches[i], &out).ok()) return 1;
    bytes += static_cast<int64_t>(out.size());
    done += batches[i]->num_rows();
  }
  double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::printf("%.1f M rows, %.0f MB: %.3f CPU-s, %.1f M rows/s, %.0f MB/s\n",
              static_cast<double>(done) / 1e6, static_cast<double>(bytes) / 1e6, seconds,
              static_cast<double>(done) / seconds / 1e6,
              static_cast<double>(bytes) / seconds / 1e6);
  return 0;
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  std::string format = argc > 1 ? argv[1] : "csv";
  int64_t millions = argc > 2 ? std::atoll(argv[2]) : 10;
  std::vector<int> columns = {0, 1, 2, 3, 4};
  if (argc > 3) columns.clear();
  for (int i = 3; i < argc; ++i) columns.push_back(std::atoi(argv[i]));
  return weir::Run(format, millions * 1000000, columns);
}
