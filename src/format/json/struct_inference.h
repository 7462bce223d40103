// The Arrow type that holds every value of a JSON column without losing any: what `--nested struct`
// gives typed formats. Inferred over all rows in a first pass; JsonToArrow converts in a second.
//
//   objects                       struct; one field per key, sorted by the key's bytes. Keys that
//                                 differ in case are different fields; "" is a key. A key that is
//                                 missing is a null.
//   arrays                        list
//   true, false                   bool
//   strings                       utf8; \u0000 is a byte like any other
//   numbers                       int64 when all are integers that fit; else double when each one's
//                                 literal is the shortest decimal of its double; else decimal128
//                                 when all, with the scale of the longest fraction, have 38 digits
//                                 at most; else JSON text
//   null and one of the above     that one
//
// JSON text (utf8 of ValueKind::kJson, the value's own text, `null` included) takes what has no
// such type: values of different types; only nulls; only empty objects; an empty array's items; an
// object with a key twice, or with a key that holds U+0000; strings and keys with half a surrogate
// pair; arrays and objects nested deeper than kJsonDepthMax; and objects with too many keys.
//
// Too many: a value at depth d (0: the column's) may have kJsonPathsMax[d] distinct paths, itself
// and everything inside it counted, plus one for each 256 bytes of a key. One that has more is JSON
// text, and counts kJsonPathsMax[d] + 1 in what encloses it. So memory is bounded however wild the
// keys are, and the result is the same in whatever order rows are seen and parts are merged.
#pragma once

#include <arrow/type_fwd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace weir {

inline constexpr int kJsonDepthMax = 32;
inline constexpr size_t kJsonPathsMax[] = {8192, 2048, 1024, 512, 256};  // the last for all deeper

// Not thread-safe: one per worker, merged at the end. Holds no more than kJsonPathsMax[0] paths.
class JsonSchemaInference {
 public:
  JsonSchemaInference();
  ~JsonSchemaInference();
  JsonSchemaInference(JsonSchemaInference&&) noexcept;
  JsonSchemaInference& operator=(JsonSchemaInference&&) noexcept;

  // Takes note of one row's value. "json.invalid" when it is not JSON; what was seen before the
  // error is then kept.
  Status Observe(std::string_view json);

  void Merge(const JsonSchemaInference& other);

  // The column's field: its type, and ValueKind::kJson when that is JSON text.
  std::shared_ptr<arrow::Field> Finish(std::string name) const;

  struct Node;
  class Observer;

 private:
  std::unique_ptr<Node> root_;
  std::unique_ptr<Observer> observer_;
};

}  // namespace weir
