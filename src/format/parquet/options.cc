#include "format/parquet/options.h"

#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "base/suggest.h"

namespace weir::parquet_format {
namespace {

struct Codec {
  const char* name;
  arrow::Compression::type codec;
  int level_default;  // 0: the codec has no levels
  int level_max;
};

// Of what Parquet allows, these are read everywhere.
constexpr Codec kCodecs[] = {
    {"zstd", arrow::Compression::ZSTD, 1, 22},
    {"snappy", arrow::Compression::SNAPPY, 0, 0},
    {"gzip", arrow::Compression::GZIP, 6, 9},
    {"none", arrow::Compression::UNCOMPRESSED, 0, 0},
};

// What looks for matches in another way, for 10 to 20 % more time: columns of numbers may shrink by
// a third with it, most texts hardly at all.
constexpr int kZstdSecondLevel = 3;

Result<const Codec*> FindCodec(const std::string& name) {
  std::vector<std::string> names;
  for (const Codec& codec : kCodecs) {
    if (name == codec.name) return &codec;
    names.emplace_back(codec.name);
  }
  return Error(
      "usage.unknown_compression",
      fmt::format("Parquet files are not compressed with \"{}\"{}", name, DidYouMean(name, names)),
      fmt::format("compressions inside Parquet: {}", fmt::join(names, ", ")));
}

Result<std::optional<int>> ResolveLevel(const Codec& codec, std::optional<int> wanted) {
  if (codec.level_default == 0) {
    if (!wanted) return std::nullopt;
    return Error("usage.level", fmt::format("the compression {} has no levels", codec.name),
                 "leave --level out");
  }
  int level = wanted.value_or(codec.level_default);
  if (level >= 1 && level <= codec.level_max) return level;
  return Error("usage.level", fmt::format("{} has the levels 1 to {}, not {}", codec.name,
                                          codec.level_max, level));
}

}  // namespace

std::vector<InnerCompression> Compressions() {
  std::vector<InnerCompression> compressions;
  for (const Codec& codec : kCodecs) {
    compressions.push_back(
        {codec.name, codec.level_default > 0 ? 1 : 0, codec.level_max, codec.level_default});
  }
  return compressions;
}

std::string CompressionName(const FormatOptions& options) {
  return options.compression.value_or("zstd");
}

Result<ParquetOptions> ResolveOptions(const FormatOptions& options) {
  ParquetOptions resolved;
  resolved.compression = CompressionName(options);
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(resolved.compression));
  resolved.codec = codec->codec;
  ARROW_ASSIGN_OR_RAISE(resolved.level, ResolveLevel(*codec, options.level));
  if (codec->codec == arrow::Compression::ZSTD && !options.level) {
    resolved.second_level = kZstdSecondLevel;
  }
  resolved.row_group_bytes = options.row_group_bytes;
  if (resolved.row_group_bytes.value_or(1) < 1) {
    return Error("usage.row_group_bytes", "a row group must take at least 1 byte",
                 "the default is 7.5 MiB");
  }
  return resolved;
}

}  // namespace weir::parquet_format
