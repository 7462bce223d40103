// Just enough of the Thrift compact protocol to take footers apart and put one together again
// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace weir::parquet_format {

enum class ThriftType : uint8_t {
  kStop = 0,
  kTrue = 1,
  kFalse = 2,
  kI8 = 3,
  kI16 = 4,
  kI32 = 5,
  kI64 = 6,
  kDouble = 7,
  kBinary = 8,
  kList = 9,
  kSet = 10,
  kMap = 11,
  kStruct = 12,
  kUuid = 13,
};

// A field of a struct; `value` is its encoded value, without the header, within the parsed bytes.
struct ThriftField {
  int16_t id = 0;
  ThriftType type = ThriftType::kStop;
  std::string_view value;
};

// The fields of the struct at the beginning of `bytes`, which moves behind it. Values that run past
// the end fail as Arrow's Status::Invalid.
Result<std::vector<ThriftField>> ParseThriftStruct(std::string_view* bytes);

// The encoded structs of a list of structs.
Result<std::vector<std::string_view>> ParseThriftStructs(std::string_view list);

// An integer of any width.
Result<int64_t> ParseThriftInteger(std::string_view value);

void AppendThriftStruct(const std::vector<ThriftField>& fields, std::string* out);
// Some of a struct's fields, after the field with id `previous` (0: none); the id of the last.
int16_t AppendThriftFields(const std::vector<ThriftField>& fields, int16_t previous,
                           std::string* out);
void AppendThriftListHeader(int64_t size, ThriftType element, std::string* out);
std::string ThriftInteger(int64_t value);
std::string ThriftBinary(std::string_view bytes);

}  // namespace weir::parquet_format
