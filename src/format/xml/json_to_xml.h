// One JSON value as one XML element, without loss:
//
//   {"a":1}    <x type="object"><a type="number">1</a></x>    members in order, duplicates too
//   [1,"b"]    <x type="array"><item type="number">1</item><item>b</item></x>
//   "text"     <x>text</x>
//   1.50       <x type="number">1.50</x>                      every digit as it stands
//   true       <x type="boolean">true</x>
//   null       <x type="null"/>
//
// Member names are written as AppendXmlName does, strings as AppendXmlContent does.
#pragma once

#include <memory>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/status.h"

namespace weir {

// Deeper values are refused: they would use up the stack, and XML readers refuse them too.
inline constexpr int kXmlDepthMax = 1000;

// Beside `out`, holds a copy of the value at hand and an index of its tokens (4 bytes each). Not
// thread-safe.
class JsonToXml {
 public:
  // Fails with "memory.value_too_large" where one value would take more than `bytes_max`: `out`,
  // what is held here, and the value as it came, in the source's buffer and in the batch. 0: no
  // limit.
  explicit JsonToXml(int64_t bytes_max = 0);
  ~JsonToXml();
  JsonToXml(const JsonToXml&) = delete;
  JsonToXml& operator=(const JsonToXml&) = delete;

  // Appends `json` as the element `name`, an XML name. Fails with "format.invalid_json",
  // "format.invalid_utf8" or "format.json_too_deep"; `out` then holds a part of the element.
  Status Append(std::string_view name, std::string_view json, ByteBuffer* out);

 private:
  class Walk;
  struct State;

  const size_t bytes_max_;
  std::unique_ptr<State> state_;
};

}  // namespace weir
