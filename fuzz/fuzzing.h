// What the fuzz targets share.
#pragma once

#include <arrow/status.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace weir::fuzzing {

// Ends the program when a property does not hold; libFuzzer then keeps the input.
inline void Require(bool holds, std::string_view property, std::string_view detail = "") {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n%.*s\n", static_cast<int>(property.size()),
               property.data(), static_cast<int>(detail.size()), detail.data());
  std::abort();
}

inline void Require(const arrow::Status& status, std::string_view property) {
  Require(status.ok(), property, status.ok() ? "" : status.ToString());
}

// Takes an input apart from its beginning; what is missing is zeros or empty.
class Input {
 public:
  Input(const uint8_t* bytes, size_t size)
      : rest_(size == 0 ? "" : reinterpret_cast<const char*>(bytes), size) {}

  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  std::string_view Take(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  uint8_t Byte() {
    const std::string_view byte = Take(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
  }
  // Up to the next `separator`, which is taken, too.
  std::string_view Line(char separator = '\n') {
    const std::string_view line = Take(std::min(rest_.find(separator), rest_.size()));
    Take(1);
    return line;
  }

 private:
  std::string_view rest_;
};

}  // namespace weir::fuzzing
