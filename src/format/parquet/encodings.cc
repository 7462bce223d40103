#include "format/parquet/encodings.h"

#include <arrow/io/memory.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <utility>

#include "format/parquet/guard.h"

namespace weir::parquet_format {
namespace {

using parquet::Encoding;

// How much smaller a candidate must be than what it replaces: simpler encodings, which more readers
// know and read faster, come first and need a reason to be left.
constexpr double kGainMin = 0.05;
constexpr double kDeltaByteArrayGainMin = 0.1;
// A gain of fewer bytes than this says nothing.
constexpr double kGainBytesMin = 64;

// Writers that ran out of memory are kept for good: their destruction would close them, out of
// column builders that were not made.
struct LostWriter {
  std::unique_ptr<parquet::arrow::FileWriter> writer;
  LostWriter* next = nullptr;
};
std::atomic<LostWriter*> lost_writers{nullptr};

// The encoded size of each leaf.
Result<std::vector<int64_t>> EncodedSizes(
    const arrow::Table& table, const std::shared_ptr<parquet::WriterProperties>& properties,
    const std::shared_ptr<parquet::ArrowWriterProperties>& arrow_properties) {
  auto sink = std::make_shared<arrow::io::MockOutputStream>();
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        parquet::arrow::FileWriter::Open(*table.schema(), properties->memory_pool(),
                                                         sink, properties, arrow_properties));
  auto lost = std::make_unique<LostWriter>();  // while there is memory for it
  try {
    ARROW_RETURN_NOT_OK(writer->WriteTable(table, table.num_rows()));
    ARROW_RETURN_NOT_OK(writer->Close());
  } catch (const std::bad_alloc&) {
    lost->writer = std::move(writer);
    lost->next = lost_writers.exchange(lost.get());
    (void)lost.release();
    throw;
  }
  auto row_group = writer->metadata()->RowGroup(0);
  std::vector<int64_t> sizes;
  for (int i = 0; i < row_group->num_columns(); ++i) {
    sizes.push_back(row_group->ColumnChunk(i)->total_compressed_size());
  }
  return sizes;
}

class Trial {
 public:
  Trial(const EncodingChoice& choice, const parquet::WriterProperties& properties,
        std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties)
      : choice_(choice), properties_(properties), arrow_properties_(std::move(arrow_properties)) {}

  Status Run(const arrow::Schema& schema, const arrow::RecordBatchVector& sample);
  std::vector<LeafEncoding> TakeEncodings();

 private:
  struct Leaf {
    parquet::Type::type type{};
    bool fixed = false;   // stays as it is
    bool nested = false;  // in a list or a struct
    LeafEncoding chosen;  // the best so far
    double cost = 0;      // and what it costs
  };
  using Change = std::function<bool(const Leaf&, LeafEncoding*)>;

  Status FindLeaves(const arrow::Schema& schema);
  Status MeasurePlain();
  // Changes the encoding of every leaf that `change` is for, and keeps what gains.
  Status Try(const Change& change);
  // The cost of each leaf encoded as in `trial`.
  Result<std::vector<double>> Measure(const std::vector<LeafEncoding>& trial);
  Result<std::vector<int64_t>> Encode(const std::vector<LeafEncoding>& trial,
                                      const arrow::Table& table);

  const EncodingChoice choice_;
  const parquet::WriterProperties& properties_;
  const std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties_;
  std::shared_ptr<arrow::Table> sample_;
  std::vector<Leaf> leaves_;
};

Status Trial::FindLeaves(const arrow::Schema& schema) {
  std::shared_ptr<parquet::SchemaDescriptor> descriptor;
  ARROW_RETURN_NOT_OK(
      parquet::arrow::ToParquetSchema(&schema, properties_, *arrow_properties_, &descriptor));
  std::map<std::string, int> uses;
  for (int i = 0; i < descriptor->num_columns(); ++i) {
    const parquet::ColumnDescriptor* column = descriptor->Column(i);
    Leaf leaf;
    leaf.type = column->physical_type();
    leaf.nested = column->path()->ToDotVector().size() > 1;
    leaf.chosen.path = column->path()->ToDotString();
    ++uses[leaf.chosen.path];
    leaves_.push_back(std::move(leaf));
  }
  for (Leaf& leaf : leaves_) {
    leaf.fixed = uses[leaf.chosen.path] > 1 || leaf.type == parquet::Type::BOOLEAN;
  }
  return Status::OK();
}

Result<std::vector<int64_t>> Trial::Encode(const std::vector<LeafEncoding>& trial,
                                           const arrow::Table& table) {
  parquet::WriterProperties::Builder builder(properties_);
  SetEncodings(trial, &builder);
  return EncodedSizes(table, builder.build(), arrow_properties_);
}

Result<std::vector<double>> Trial::Measure(const std::vector<LeafEncoding>& trial) {
  ARROW_ASSIGN_OR_RAISE(auto sizes, Encode(trial, *sample_));
  std::vector<double> costs(sizes.begin(), sizes.end());
  auto is_dictionary = [](const LeafEncoding& leaf) { return leaf.dictionary; };
  if (sample_->num_rows() < 2 || std::none_of(trial.begin(), trial.end(), is_dictionary)) {
    return costs;
  }
  // A dictionary is paid once and used by every row: what the later half of the rows adds, twice,
  // tells what it costs in the long run.
  auto first_half = sample_->Slice(0, sample_->num_rows() / 2);
  ARROW_ASSIGN_OR_RAISE(auto half, Encode(trial, *first_half));
  for (size_t i = 0; i < trial.size(); ++i) {
    if (trial[i].dictionary) costs[i] = 2 * static_cast<double>(sizes[i] - half[i]);
  }
  return costs;
}

Status Trial::MeasurePlain() {
  std::vector<LeafEncoding> plain;
  for (const Leaf& leaf : leaves_) plain.push_back(leaf.chosen);
  ARROW_ASSIGN_OR_RAISE(auto costs, Measure(plain));
  for (size_t i = 0; i < leaves_.size(); ++i) leaves_[i].cost = costs[i];
  return Status::OK();
}

Status Trial::Try(const Change& change) {
  std::vector<LeafEncoding> trial;
  std::vector<bool> tried;
  for (const Leaf& leaf : leaves_) {
    trial.push_back(leaf.chosen);
    tried.push_back(!leaf.fixed && change(leaf, &trial.back()));
  }
  ARROW_ASSIGN_OR_RAISE(auto costs, Measure(trial));
  for (size_t i = 0; i < leaves_.size(); ++i) {
    Leaf& leaf = leaves_[i];
    bool reluctant = trial[i].encoding == Encoding::DELTA_BYTE_ARRAY &&
                     leaf.chosen.encoding != Encoding::DELTA_BYTE_ARRAY;
    double gain_min = leaf.cost * (reluctant ? kDeltaByteArrayGainMin : kGainMin);
    if (!tried[i] || leaf.cost - costs[i] < std::max(gain_min, kGainBytesMin)) continue;
    leaf.chosen = std::move(trial[i]);
    leaf.cost = costs[i];
  }
  return Status::OK();
}

bool UseDelta(parquet::Type::type type, LeafEncoding* encoding) {
  encoding->dictionary = false;
  if (type == parquet::Type::INT32 || type == parquet::Type::INT64) {
    encoding->encoding = Encoding::DELTA_BINARY_PACKED;
  } else if (type == parquet::Type::BYTE_ARRAY) {
    encoding->encoding = Encoding::DELTA_BYTE_ARRAY;
  } else {
    return false;
  }
  return true;
}

Status Trial::Run(const arrow::Schema& schema, const arrow::RecordBatchVector& sample) {
  ARROW_RETURN_NOT_OK(FindLeaves(schema));
  if (sample.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(sample_, arrow::Table::FromRecordBatches(sample));
  ARROW_RETURN_NOT_OK(MeasurePlain());
  if (choice_.dictionaries) {
    ARROW_RETURN_NOT_OK(
        Try([](const Leaf&, LeafEncoding* trial) { return trial->dictionary = true; }));
  }
  // Polars before 1.0 does not read delta encodings in lists and structs.
  ARROW_RETURN_NOT_OK(Try([](const Leaf& leaf, LeafEncoding* trial) {
    return !leaf.nested && UseDelta(leaf.type, trial);
  }));
  if (!choice_.second_level) return Status::OK();
  ARROW_RETURN_NOT_OK(Try([&](const Leaf&, LeafEncoding* trial) {
    trial->level = choice_.second_level;
    return true;
  }));
  // A higher level can do for PLAIN what a lower one could not.
  return Try([&](const Leaf& leaf, LeafEncoding* trial) {
    *trial = {.path = trial->path, .level = choice_.second_level};
    return leaf.chosen.encoding != Encoding::PLAIN || leaf.chosen.dictionary;
  });
}

std::vector<LeafEncoding> Trial::TakeEncodings() {
  std::vector<LeafEncoding> encodings;
  for (Leaf& leaf : leaves_) {
    leaf.chosen.sample_bytes = leaf.cost;
    encodings.push_back(std::move(leaf.chosen));
  }
  return encodings;
}

}  // namespace

std::string LeafEncoding::name() const {
  std::string name = dictionary ? "RLE_DICTIONARY" : parquet::EncodingToString(encoding);
  if (level) name += fmt::format(" level {}", *level);
  return name;
}

Result<std::vector<LeafEncoding>> ChooseEncodings(
    const arrow::Schema& schema, const arrow::RecordBatchVector& sample,
    const EncodingChoice& choice, const parquet::WriterProperties& properties,
    const std::shared_ptr<parquet::ArrowWriterProperties>& arrow_properties) {
  Trial trial(choice, properties, arrow_properties);
  ARROW_RETURN_NOT_OK(Guarded([&] { return trial.Run(schema, sample); }));
  return trial.TakeEncodings();
}

void SetEncodings(const std::vector<LeafEncoding>& encodings,
                  parquet::WriterProperties::Builder* builder) {
  for (const LeafEncoding& leaf : encodings) {
    if (leaf.dictionary) {
      builder->enable_dictionary(leaf.path);
    } else {
      builder->disable_dictionary(leaf.path);
      builder->encoding(leaf.path, leaf.encoding);
    }
    if (leaf.level) builder->compression_level(leaf.path, *leaf.level);
  }
}

}  // namespace weir::parquet_format
