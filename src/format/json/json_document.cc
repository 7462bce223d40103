#include "format/json/json_document.h"

#include <fmt/format.h>

#include <bit>

namespace weir {

Status JsonParseError(simdjson::error_code error) {
  if (error == simdjson::MEMALLOC) return Status::OutOfMemory("parsing JSON");
  if (error == simdjson::CAPACITY) {
    return Error("json.too_long", "a JSON value of 4 GiB or more cannot be parsed");
  }
  return Error("json.invalid", fmt::format("not valid JSON: {}", simdjson::error_message(error)));
}

std::string SimdjsonVersion() {
  return fmt::format("simdjson {}.{}.{}", static_cast<int>(simdjson::SIMDJSON_VERSION_MAJOR),
                     static_cast<int>(simdjson::SIMDJSON_VERSION_MINOR),
                     static_cast<int>(simdjson::SIMDJSON_VERSION_REVISION));
}

std::string_view TrimJson(std::string_view text) {
  size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

Status JsonDocument::Start(std::string_view json, simdjson::ondemand::document* document) {
  size_t size = json.size() + 2;
  buffer_.Clear();
  buffer_.Reserve(size + simdjson::SIMDJSON_PADDING);
  buffer_.Append('[');
  buffer_.Append(json);
  buffer_.Append(']');
  if (parser_.capacity() < size) {
    size_t capacity = size > kKeptBytes ? size : std::bit_ceil(size);
    if (auto error = parser_.allocate(capacity, parser_.max_depth())) return JsonParseError(error);
  }
  simdjson::padded_string_view padded(buffer_.data(), size, size + simdjson::SIMDJSON_PADDING);
  if (auto error = parser_.iterate(padded).get(*document)) return JsonParseError(error);
  return Status::OK();
}

void JsonDocument::Shrink() {
  parser_ = simdjson::ondemand::parser();
  buffer_ = ByteBuffer();
}

}  // namespace weir
