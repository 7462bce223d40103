#include "core/places.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>

#include "base/same_file.h"
#include "base/suggest.h"

namespace weir {
namespace {

constexpr std::string_view kDuckdbScheme = "duckdb:";

bool IsWritable(const Format& format) {
  return format.make_slice_encoder || format.make_file_encoder;
}

// "s3" of s3://bucket/x; empty when it is no URL (RFC 3986, section 3.1).
std::string_view SchemeOf(std::string_view uri) {
  const std::string_view scheme = uri.substr(0, uri.find("://"));
  if (scheme.size() == uri.size() || scheme.empty()) return {};
  const bool valid = std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
  });
  const bool begins = std::isalpha(static_cast<unsigned char>(scheme[0])) != 0;
  return valid && begins ? scheme : std::string_view();
}

bool IsTableSink(const CopySpec& spec, const Registry& registry) {
  return std::any_of(registry.table_sinks.begin(), registry.table_sinks.end(),
                     [&](const TableSinkKind& kind) { return kind.matches(spec.sink.path); });
}

// What the hint says when DEST is a source of rows: it may stand in the wrong place.
std::string SwapHint(const CopySpec& spec, const Registry& registry) {
  const bool readable = FindSourceKind(registry, spec.source.uri) != nullptr;
  const Format* format = registry.MatchPath(spec.source.uri).format;
  if (readable || format == nullptr || !IsWritable(*format)) return "";
  return fmt::format("SOURCE comes first: weir copy {} {}", spec.sink.path, spec.source.uri);
}

Status CheckIsNotSource(const CopySpec& spec) {
  std::string_view source = spec.source.uri;
  if (source.starts_with(kDuckdbScheme)) source.remove_prefix(kDuckdbScheme.size());
  std::error_code ignored;
  const std::string& path = spec.sink.path;
  if (!std::filesystem::is_regular_file(path, ignored) || !IsSameFile(source, path)) {
    return Status::OK();
  }
  return Error("usage.destination", fmt::format("DEST, {}, is SOURCE", path),
               "write to another name, and rename the file when the copy is complete");
}

// For "user@host/database" and "host:5432/database", also behind a scheme that has lost a sign.
std::string MissingScheme(std::string_view uri, const std::vector<std::string>& schemes) {
  const size_t colon = uri.find(':');
  const bool has_port = colon != std::string_view::npos && colon + 1 < uri.size() &&
                        uri[colon + 1] >= '0' && uri[colon + 1] <= '9';
  if (schemes.empty() || (uri.find('@') == std::string_view::npos && !has_port)) return "";
  const size_t slash = uri.find('/');
  const bool torn = slash != std::string_view::npos && schemes[0].starts_with(uri.substr(0, slash));
  std::string_view rest = torn ? uri.substr(slash) : uri;
  while (rest.starts_with('/')) rest.remove_prefix(1);
  return fmt::format(" (did you mean {}{}?)", schemes[0], rest);
}

}  // namespace

const SourceKind* FindSourceKind(const Registry& registry, std::string_view uri) {
  for (const SourceKind& kind : registry.sources) {
    if (kind.matches(uri)) return &kind;
  }
  return nullptr;
}

Status CheckDestinationName(const CopySpec& spec, const Registry& registry) {
  constexpr std::string_view kPlaces = "DEST is a path, a directory ending in /, or -";
  ARROW_RETURN_NOT_OK(CheckIsNotSource(spec));
  const std::string& path = spec.sink.path;
  const std::string_view scheme = SchemeOf(path);
  const SourceKind* source = FindSourceKind(registry, path);
  if (path.starts_with(kDuckdbScheme) && scheme.empty()) {
    std::string name = path.substr(kDuckdbScheme.size());
    if (name.empty()) name = "FILE";
    if (!name.ends_with(".duckdb")) name += ".duckdb";
    return Error("usage.destination", fmt::format("cannot write to \"{}\"; {}", path, kPlaces),
                 fmt::format("a DuckDB database is named by its file: {}", name));
  }
  // A keyword string, host=db.example, is refused; user=5/ and user=5.csv are names like any other.
  const bool is_file = !spec.format.empty() || path.ends_with('/') ||
                       registry.MatchPath(path).format != nullptr || IsTableSink(spec, registry);
  if (scheme.empty() && (source == nullptr || is_file)) return Status::OK();
  const std::string what =
      scheme.empty() ? fmt::format("a {} source", source->name) : fmt::format("{}:// URLs", scheme);
  std::string hint = source == nullptr ? "" : SwapHint(spec, registry);
  if (hint.empty() && scheme == "file") hint = "leave file:// out";
  return Error("usage.destination", fmt::format("cannot write to {}; {}", what, kPlaces), hint);
}

Status UnknownSource(const std::string& uri, const Registry& registry) {
  std::vector<std::string> examples, schemes;
  for (const SourceKind& kind : registry.sources) {
    examples.push_back(kind.example);
    const std::string_view scheme = SchemeOf(kind.example);
    if (!scheme.empty()) schemes.push_back(fmt::format("{}://", scheme));
  }
  for (const Format& format : registry.formats) {
    if (format.open_source) examples.push_back("FILE" + format.extensions.front());
  }
  const std::string_view scheme = SchemeOf(uri);
  const std::string nearest = scheme.empty() ? MissingScheme(uri, schemes)
                                             : DidYouMean(fmt::format("{}://", scheme), schemes);
  return Error("usage.unknown_source",
               fmt::format("\"{}\" is not a source weir can read{}", uri, nearest),
               fmt::format("sources: {}; other local files: `duckdb:` with --query \"SELECT * "
                           "FROM 'file'\" (or 'directory/*.parquet')",
                           fmt::join(examples, ", ")));
}

std::string NearestExtension(std::string_view path, const Registry& registry) {
  std::vector<std::string> extensions;
  for (const Format& format : registry.formats) {
    if (!IsWritable(format)) continue;
    extensions.insert(extensions.end(), format.extensions.begin(), format.extensions.end());
  }
  for (const TableSinkKind& kind : registry.table_sinks) {
    const size_t dot = kind.example.rfind('.');
    if (dot != std::string::npos) extensions.push_back(kind.example.substr(dot));
  }
  std::string name(path.substr(path.rfind('/') + 1));
  for (const Compression& compression : registry.compressions) {
    if (name.ends_with(compression.extension)) {
      name.resize(name.size() - compression.extension.size());
      break;
    }
  }
  const size_t dot = name.rfind('.');
  return dot == std::string::npos ? "" : DidYouMean(name.substr(dot), extensions);
}

}  // namespace weir
