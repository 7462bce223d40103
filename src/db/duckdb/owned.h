// Handles of the C API that must be given back.
#pragma once

namespace weir::duckdb {

// Destroys `value` by a function of the library, which DuckDB's functions allow for an empty one.
template <typename Handle>
class Owned {
 public:
  explicit Owned(void (*destroy)(Handle*)) : destroy_(destroy) {}
  ~Owned() { destroy_(&value); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  Handle value{};

 private:
  void (*const destroy_)(Handle*);
};

}  // namespace weir::duckdb
