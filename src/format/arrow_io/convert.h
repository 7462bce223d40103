// Brings arrays into another form of the same values.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>

#include "base/status.h"

namespace weir {

// What happens to a timestamp or time finer than the target's unit.
enum class FineTime { kFail, kCut };

// `array` as `target`. Types of one layout (an extension type and its storage) are relabelled, the
// rest is cast exactly: dictionaries become dense, views plain, half floats floats, timestamps
// another unit. Fails where a value would change, with Arrow's words.
Result<std::shared_ptr<arrow::Array>> ConvertArray(const std::shared_ptr<arrow::Array>& array,
                                                   const std::shared_ptr<arrow::DataType>& target,
                                                   FineTime fine_time = FineTime::kFail);

}  // namespace weir
