// The edge where Parquet's exceptions end.
#pragma once

#include <arrow/status.h>
#include <parquet/exception.h>

#include <new>
#include <utility>

namespace weir::parquet_format {

// Runs `action`, which returns a Status, turning what it throws into one.
template <typename Action>
arrow::Status Guarded(Action&& action) {
  try {
    return std::forward<Action>(action)();
  } catch (const parquet::ParquetStatusException& thrown) {
    return thrown.status();
  } catch (const std::bad_alloc&) {
    return arrow::Status::OutOfMemory("out of memory");
  } catch (const std::exception& thrown) {
    return arrow::Status::IOError(thrown.what());
  }
}

}  // namespace weir::parquet_format
