// Chooses each column's encoding by trying the candidates on the first rows of a file.
#pragma once

#include <arrow/type_fwd.h>
#include <parquet/properties.h>

#include <memory>
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

  std::string name() const;
};

// One for each leaf column of `schema`, in Parquet's order. `sample` holds the file's first rows;
// each candidate encodes and compresses them as `properties` say, and the smallest wins: what the
// later half of the sample costs decides, because a dictionary pays off only as rows go on. The
// result depends on the arguments alone. Without room for dictionaries in `properties` none is tried.
// Leaves whose path another leaf has too stay PLAIN, because encodings are set by path.
Result<std::vector<LeafEncoding>> ChooseEncodings(
    const arrow::Schema& schema, const arrow::RecordBatchVector& sample,
    const parquet::WriterProperties& properties,
    const std::shared_ptr<parquet::ArrowWriterProperties>& arrow_properties);

void SetEncodings(const std::vector<LeafEncoding>& encodings,
                  parquet::WriterProperties::Builder* builder);

}  // namespace weir::parquet_format
