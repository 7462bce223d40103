#include "format/parquet/encodings.h"

#include <arrow/io/memory.h>
#include <arrow/table.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <map>

#include "format/parquet/guard.h"

namespace weir::parquet_format {
namespace {

using parquet::Encoding;

struct Candidate {
  bool dictionary = false;
  Encoding::type encoding = Encoding::PLAIN;
  // How much smaller than the best so far it must be to be chosen: simpler encodings, which more
  // readers know and read faster, come first and need a reason to be left.
  double gain_min = 0.05;
};

constexpr size_t kCandidatesMax = 3;
// A gain of fewer bytes than this says nothing.
constexpr double kGainBytesMin = 64;

// At most kCandidatesMax, PLAIN first.
std::vector<Candidate> CandidatesFor(parquet::Type::type type, bool dictionaries) {
  std::vector<Candidate> candidates = {{}};
  if (type == parquet::Type::BOOLEAN) return candidates;
  if (dictionaries) candidates.push_back({.dictionary = true});
  if (type == parquet::Type::INT32 || type == parquet::Type::INT64) {
    candidates.push_back({.encoding = Encoding::DELTA_BINARY_PACKED});
  } else if (type == parquet::Type::BYTE_ARRAY) {
    candidates.push_back({.encoding = Encoding::DELTA_BYTE_ARRAY, .gain_min = 0.1});
  }
  return candidates;
}

// The encoded size of each leaf.
Result<std::vector<int64_t>> EncodedSizes(
    const arrow::Table& table, const std::shared_ptr<parquet::WriterProperties>& properties,
    const std::shared_ptr<parquet::ArrowWriterProperties>& arrow_properties) {
  auto sink = std::make_shared<arrow::io::MockOutputStream>();
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        parquet::arrow::FileWriter::Open(*table.schema(), properties->memory_pool(),
                                                         sink, properties, arrow_properties));
  ARROW_RETURN_NOT_OK(writer->WriteTable(table, table.num_rows()));
  ARROW_RETURN_NOT_OK(writer->Close());
  auto row_group = writer->metadata()->RowGroup(0);
  std::vector<int64_t> sizes;
  for (int i = 0; i < row_group->num_columns(); ++i) {
    sizes.push_back(row_group->ColumnChunk(i)->total_compressed_size());
  }
  return sizes;
}

class Trial {
 public:
  Trial(const parquet::WriterProperties& properties,
        std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties)
      : properties_(properties), arrow_properties_(std::move(arrow_properties)) {}

  Status Run(const arrow::Schema& schema, const arrow::RecordBatchVector& sample);
  std::vector<LeafEncoding> TakeEncodings() { return std::move(chosen_); }

 private:
  Status FindLeaves(const arrow::Schema& schema);
  Status RunCandidates(size_t rank, const arrow::Table& table);

  const parquet::WriterProperties& properties_;
  const std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties_;
  std::vector<std::vector<Candidate>> candidates_;  // of each leaf
  std::vector<LeafEncoding> chosen_;                // the best so far of each leaf
  std::vector<double> cost_;                        // and its cost
};

Status Trial::FindLeaves(const arrow::Schema& schema) {
  std::shared_ptr<parquet::SchemaDescriptor> descriptor;
  ARROW_RETURN_NOT_OK(
      parquet::arrow::ToParquetSchema(&schema, properties_, *arrow_properties_, &descriptor));
  std::map<std::string, int> uses;
  for (int i = 0; i < descriptor->num_columns(); ++i) {
    const parquet::ColumnDescriptor* leaf = descriptor->Column(i);
    chosen_.push_back({.path = leaf->path()->ToDotString()});
    bool dictionaries = properties_.dictionary_pagesize_limit() > 0;
    candidates_.push_back(CandidatesFor(leaf->physical_type(), dictionaries));
    ++uses[chosen_.back().path];
  }
  for (size_t i = 0; i < chosen_.size(); ++i) {
    if (uses[chosen_[i].path] > 1) candidates_[i].resize(1);
  }
  cost_.resize(chosen_.size());
  return Status::OK();
}

// Every leaf tries its candidate of this rank, or its last one, at the same time.
Status Trial::RunCandidates(size_t rank, const arrow::Table& table) {
  std::vector<LeafEncoding> trial = chosen_;
  for (size_t i = 0; i < trial.size(); ++i) {
    const Candidate& candidate = candidates_[i][std::min(rank, candidates_[i].size() - 1)];
    trial[i].dictionary = candidate.dictionary;
    trial[i].encoding = candidate.encoding;
  }
  parquet::WriterProperties::Builder builder(properties_);
  SetEncodings(trial, &builder);
  auto properties = builder.build();
  ARROW_ASSIGN_OR_RAISE(auto whole, EncodedSizes(table, properties, arrow_properties_));
  std::vector<int64_t> half(whole.size());
  if (table.num_rows() > 1) {
    auto first_half = table.Slice(0, table.num_rows() / 2);
    ARROW_ASSIGN_OR_RAISE(half, EncodedSizes(*first_half, properties, arrow_properties_));
  }
  for (size_t i = 0; i < trial.size(); ++i) {
    if (rank >= candidates_[i].size()) continue;
    double cost = static_cast<double>(whole[i] - half[i]);
    double gain = cost_[i] - cost;
    double gain_min = std::max(cost_[i] * candidates_[i][rank].gain_min, kGainBytesMin);
    if (rank > 0 && gain < gain_min) continue;
    chosen_[i] = std::move(trial[i]);
    cost_[i] = cost;
  }
  return Status::OK();
}

Status Trial::Run(const arrow::Schema& schema, const arrow::RecordBatchVector& sample) {
  ARROW_RETURN_NOT_OK(FindLeaves(schema));
  if (sample.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(auto table, arrow::Table::FromRecordBatches(sample));
  for (size_t rank = 0; rank < kCandidatesMax; ++rank) {
    ARROW_RETURN_NOT_OK(RunCandidates(rank, *table));
  }
  return Status::OK();
}

}  // namespace

std::string LeafEncoding::name() const {
  return dictionary ? "RLE_DICTIONARY" : parquet::EncodingToString(encoding);
}

Result<std::vector<LeafEncoding>> ChooseEncodings(
    const arrow::Schema& schema, const arrow::RecordBatchVector& sample,
    const parquet::WriterProperties& properties,
    const std::shared_ptr<parquet::ArrowWriterProperties>& arrow_properties) {
  Trial trial(properties, arrow_properties);
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
  }
}

}  // namespace weir::parquet_format
