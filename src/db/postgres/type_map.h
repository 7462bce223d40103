// How each PostgreSQL type travels: the expression that selects it, the Arrow field it becomes, and
// the decoder of its binary form. docs/types.md is the same table for people.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "core/field.h"
#include "core/source.h"
#include "db/postgres/catalog.h"

namespace weir::postgres {

// Which decoder reads the column's COPY BINARY field.
enum class Wire {
  kBool,
  kInt16,
  kInt32,
  kInt64,
  kOid,
  kFloat32,
  kFloat64,
  kNumericText,
  kNumericDecimal128,
  kNumericDecimal256,
  kText,   // bytes are UTF-8 text
  kJsonb,  // one version byte, then text
  kBytea,
  kUuid,
  kDate,
  kTime,
  kTimestamp2000,
  kTimestamp,
  kList,
};

struct WireType {
  Wire wire = Wire::kText;
  std::shared_ptr<arrow::DataType> type;
  ValueKind kind = ValueKind::kPlain;
  int scale = 0;                      // of decimals
  std::shared_ptr<WireType> element;  // of kList
  uint32_t element_oid = 0;           // of kList
  int lower_bound = 1;                // of kList: the one that every value has
};

struct ColumnMapping {
  std::string expression;  // SQL over the quoted source column
  WireType wire;
  Column column;
};

// `source_expression` is the quoted column (or alias) the mapping's expression is built on.
ColumnMapping MapColumn(const RawColumn& raw, const std::string& type_name,
                        const std::string& source_expression, const std::string& target_name,
                        const TypeCatalog& types, const ReadForm& form);

}  // namespace weir::postgres
