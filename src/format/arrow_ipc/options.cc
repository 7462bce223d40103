#include "format/arrow_ipc/options.h"

#include <arrow/util/compression.h>
#include <fmt/format.h>

#include "base/suggest.h"

namespace weir::arrow_ipc {
namespace {

constexpr int kZstdLevelMax = 22;
constexpr int kZstdLevelDefault = 1;

Result<std::unique_ptr<arrow::util::Codec>> MakeCodec(const std::string& name,
                                                      std::optional<int> level) {
  if (name == "zstd") {
    if (level.value_or(1) < 1 || level.value_or(1) > kZstdLevelMax) {
      return Error("usage.level",
                   fmt::format("zstd has the levels 1 to {}, not {}", kZstdLevelMax, *level));
    }
    return arrow::util::Codec::Create(arrow::Compression::ZSTD, level.value_or(kZstdLevelDefault));
  }
  if (name != "none" && name != "lz4") {
    return Error("usage.unknown_compression",
                 fmt::format("Arrow IPC streams are not compressed with \"{}\"{}", name,
                             DidYouMean(name, {"zstd", "lz4", "none"})),
                 "compressions inside Arrow IPC: zstd, lz4, none");
  }
  if (level) {
    return Error("usage.level", fmt::format("the compression {} has no levels", name),
                 "leave --level out");
  }
  if (name == "none") return nullptr;
  return arrow::util::Codec::Create(arrow::Compression::LZ4_FRAME);
}

}  // namespace

std::vector<InnerCompression> Compressions() {
  return {{"zstd", 1, kZstdLevelMax, kZstdLevelDefault}, {"lz4"}, {"none"}};
}

std::string CompressionName(const FormatOptions& options) {
  return options.compression.value_or("none");
}

Result<IpcOptions> ResolveOptions(const FormatOptions& options) {
  IpcOptions resolved;
  ARROW_ASSIGN_OR_RAISE(resolved.codec, MakeCodec(CompressionName(options), options.level));
  resolved.batch_bytes = options.row_group_bytes.value_or(resolved.batch_bytes);
  if (resolved.batch_bytes < 1) {
    return Error("usage.row_group_bytes", "a record batch must take at least 1 byte",
                 "the default is 2 MiB");
  }
  return resolved;
}

}  // namespace weir::arrow_ipc
