// Chooses each column's encoding, and zstd's level, by trying the candidates on a file's first
// rows.
#pragma once

#include <arrow/type_fwd.h>
#include <parquet/properties.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace weir::parquet_format {

// PLAIN, a dictionary (RLE_DICTIONARY), DELTA_BINARY_PACKED or DELTA_BYTE_ARRAY. Not among them,
// because Spark 3.5 cannot read them: BYTE_STREAM_SPLIT, and DELTA_LENGTH_BYTE_ARRAY, of which its
// vectorised reader takes wrong lengths (SPARK-52240). With zstd it is no smaller than PLAIN.
struct LeafEncoding {
  std::string path;  // dotted, as WriterProperties knows columns
  bool dictionary = false;
  parquet::Encoding::type encoding = parquet::Encoding::PLAIN;
  std::optional<int> level;  // of the compression, where it differs from the other columns'
  double sample_bytes = 0;   // what the sample takes, encoded and compressed

  std::string name() const;
};

struct EncodingChoice {
  bool dictionaries = true;         // may be tried
  std::optional<int> second_level;  // of the compression, for columns that gain by it
};

// One for each leaf column of `schema`, in Parquet's order. `sample` holds the file's first rows;
// each candidate encodes and compresses them as `properties` say, and the smallest wins. The result
// depends on the arguments alone. Leaves whose path another leaf has too stay PLAIN, because
// encodings are set by path.
Result<std::vector<LeafEncoding>> ChooseEncodings(
    const arrow::Schema& schema, const arrow::RecordBatchVector& sample,
    const EncodingChoice& choice, const parquet::WriterProperties& properties,
    const std::shared_ptr<parquet::ArrowWriterProperties>& arrow_properties);

void SetEncodings(const std::vector<LeafEncoding>& encodings,
                  parquet::WriterProperties::Builder* builder);

}  // namespace weir::parquet_format
