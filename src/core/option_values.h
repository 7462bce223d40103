// Option values as people write them: lists of names, keys, numbers, one of a few words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "core/copy_spec.h"

namespace weir {

// A list of column names, separated by commas. A name that holds a comma, a colon or a double
// quote, or begins or ends with a space, is put in double quotes; a double quote in it is doubled,
// as in SQL. Fails with "usage.invalid_list".
Result<std::vector<std::string>> ParseNames(std::string_view text);

// The name as such a list has it: in double quotes where it needs them.
std::string ListEntry(std::string_view name);

// Columns as `source` or `source:target`.
Result<std::vector<ColumnSelection>> ParseColumns(std::string_view text);

// Sort keys as `column`, `column:asc` or `column:desc`.
Result<std::vector<OrderKey>> ParseOrderBy(std::string_view text);

// A whole number within [min, max]; underscores may group its digits: 1_000_000. Fails with
// "usage.invalid_number".
Result<int64_t> ParseWholeNumber(std::string_view text, int64_t min, int64_t max);

// One ASCII character, or `tab` or `\t`. Fails with "usage.invalid_delimiter".
Result<char> ParseDelimiter(std::string_view text);

// Fails with "usage.invalid_choice", naming the choices and the nearest one.
Status CheckChoice(std::string_view text, const std::vector<std::string>& choices);

}  // namespace weir
