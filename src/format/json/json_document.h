// The one place where JSON text is parsed: simdjson's On-Demand parser behind one call. Only this
// room includes it.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/status.h"

namespace weir {

// "simdjson 3.0.1"
std::string SimdjsonVersion();

// "json.invalid", or the memory that simdjson could not get.
Status JsonParseError(simdjson::error_code error);

// `text` without JSON's white space at its end.
std::string_view TrimJson(std::string_view text);

// Parses documents of any size one at a time. Its buffers keep the size of the longest document up
// to a megabyte; what longer ones need is given back after each. Not thread-safe.
class JsonDocument {
 public:
  // Calls visit(value) with the document's one value, which is gone after the call. The value may
  // be of any type. Fails with "json.invalid", or with what `visit` returned.
  template <typename Visit>
  Status Read(std::string_view json, Visit visit) {
    Status status = ReadValue(json, visit);
    if (buffer_.capacity() > kKeptBytes) Shrink();
    return status;
  }

 private:
  static constexpr size_t kKeptBytes = 1 << 20;

  // The document is put between brackets, so that a string or a number on its own is no special
  // case: the array must then have one value and nothing may follow it.
  template <typename Visit>
  Status ReadValue(std::string_view json, Visit& visit) {
    simdjson::ondemand::document document;
    simdjson::ondemand::array wrapper;
    ARROW_RETURN_NOT_OK(Start(json, &document));
    if (auto error = document.get_array().get(wrapper)) return JsonParseError(error);
    int values = 0;
    for (auto element : wrapper) {
      simdjson::ondemand::value value;
      if (auto error = element.get(value)) return JsonParseError(error);
      if (++values > 1) return JsonParseError(simdjson::TAPE_ERROR);
      ARROW_RETURN_NOT_OK(visit(value));
    }
    bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    if (values != 1 || !at_end) return JsonParseError(simdjson::TAPE_ERROR);
    return Status::OK();
  }

  Status Start(std::string_view json, simdjson::ondemand::document* document);
  void Shrink();

  simdjson::ondemand::parser parser_;
  ByteBuffer buffer_;
};

}  // namespace weir
