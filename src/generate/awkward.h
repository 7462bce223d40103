// Values that break careless readers and writers: what one row in 50 of `generate:records` holds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir {

// No value stands for NULL. Timestamps are microseconds since 1970, values are counted in 0.0001.
// The lists are ordered and never shrink; their lengths have no common factor, so that a cycle over
// all of them meets every pair.
std::span<const std::optional<std::string_view>> AwkwardNames();
std::span<const std::optional<int64_t>> AwkwardTimestamps();
std::span<const std::optional<int64_t>> AwkwardValues();
std::span<const std::optional<std::string_view>> AwkwardMetadata();

}  // namespace weir
