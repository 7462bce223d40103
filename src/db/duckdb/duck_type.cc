#include "db/duckdb/duck_type.h"

#include <fmt/format.h>

#include "db/duckdb/sql_text.h"

namespace weir::duckdb {
namespace {

struct NamedType {
  int id;
  const char* name;
};

constexpr NamedType kNames[] = {
    {DUCKDB_TYPE_BOOLEAN, "BOOLEAN"},
    {DUCKDB_TYPE_TINYINT, "TINYINT"},
    {DUCKDB_TYPE_SMALLINT, "SMALLINT"},
    {DUCKDB_TYPE_INTEGER, "INTEGER"},
    {DUCKDB_TYPE_BIGINT, "BIGINT"},
    {DUCKDB_TYPE_UTINYINT, "UTINYINT"},
    {DUCKDB_TYPE_USMALLINT, "USMALLINT"},
    {DUCKDB_TYPE_UINTEGER, "UINTEGER"},
    {DUCKDB_TYPE_UBIGINT, "UBIGINT"},
    {DUCKDB_TYPE_HUGEINT, "HUGEINT"},
    {DUCKDB_TYPE_UHUGEINT, "UHUGEINT"},
    {DUCKDB_TYPE_FLOAT, "FLOAT"},
    {DUCKDB_TYPE_DOUBLE, "DOUBLE"},
    {DUCKDB_TYPE_VARCHAR, "VARCHAR"},
    {DUCKDB_TYPE_BLOB, "BLOB"},
    {DUCKDB_TYPE_UUID, "UUID"},
    {DUCKDB_TYPE_DATE, "DATE"},
    {DUCKDB_TYPE_TIME, "TIME"},
    {DUCKDB_TYPE_TIME_NS, "TIME_NS"},
    {DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP"},
    {DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S"},
    {DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS"},
    {DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS"},
    {DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE"},
};

DuckType DescribeAndDestroy(const Library& library, duckdb_logical_type handle) {
  DuckType type = DescribeType(library, handle);
  library.destroy_logical_type(&handle);
  return type;
}

void DescribeFields(const Library& library, duckdb_logical_type handle, DuckType* type) {
  idx_t count = library.struct_type_child_count(handle);
  for (idx_t i = 0; i < count; ++i) {
    char* name = library.struct_type_child_name(handle, i);
    type->child_names.emplace_back(name == nullptr ? "" : name);
    library.free(name);
    type->children.push_back(
        DescribeAndDestroy(library, library.struct_type_child_type(handle, i)));
  }
}

void DescribeMembers(const Library& library, duckdb_logical_type handle, DuckType* type) {
  idx_t count = library.union_type_member_count(handle);
  for (idx_t i = 0; i < count; ++i) {
    char* name = library.union_type_member_name(handle, i);
    type->child_names.emplace_back(name == nullptr ? "" : name);
    library.free(name);
    type->children.push_back(
        DescribeAndDestroy(library, library.union_type_member_type(handle, i)));
  }
}

std::string NameWithMembers(std::string_view keyword, const DuckType& type) {
  std::string fields;
  for (size_t i = 0; i < type.children.size(); ++i) {
    if (i > 0) fields += ", ";
    fields += QuoteIdentifier(type.child_names[i]) + " " + SqlName(type.children[i]);
  }
  return fmt::format("{}({})", keyword, fields);
}

}  // namespace

bool DuckType::is_nested() const {
  return id == DUCKDB_TYPE_LIST || id == DUCKDB_TYPE_ARRAY || id == DUCKDB_TYPE_STRUCT ||
         id == DUCKDB_TYPE_MAP;
}

DuckType MakeDuckType(int id) {
  DuckType type;
  type.id = id;
  return type;
}

DuckType DescribeType(const Library& library, duckdb_logical_type handle) {
  DuckType type = MakeDuckType(library.get_type_id(handle));
  if (char* alias = library.logical_type_get_alias(handle)) {
    type.alias = alias;
    library.free(alias);
  }
  switch (type.id) {
    case DUCKDB_TYPE_DECIMAL:
      type.width = library.decimal_width(handle);
      type.scale = library.decimal_scale(handle);
      break;
    case DUCKDB_TYPE_LIST:
      type.children.push_back(DescribeAndDestroy(library, library.list_type_child_type(handle)));
      break;
    case DUCKDB_TYPE_ARRAY:
      type.children.push_back(DescribeAndDestroy(library, library.array_type_child_type(handle)));
      break;
    case DUCKDB_TYPE_MAP:
      type.children.push_back(DescribeAndDestroy(library, library.map_type_key_type(handle)));
      type.children.push_back(DescribeAndDestroy(library, library.map_type_value_type(handle)));
      break;
    case DUCKDB_TYPE_STRUCT:
      DescribeFields(library, handle, &type);
      break;
    case DUCKDB_TYPE_UNION:
      DescribeMembers(library, handle, &type);
      break;
    default:
      break;
  }
  return type;
}

std::string SqlName(const DuckType& type) {
  switch (type.id) {
    case DUCKDB_TYPE_DECIMAL:
      return fmt::format("DECIMAL({},{})", type.width, type.scale);
    case DUCKDB_TYPE_LIST:
      return SqlName(type.children[0]) + "[]";
    case DUCKDB_TYPE_MAP:
      return fmt::format("MAP({}, {})", SqlName(type.children[0]), SqlName(type.children[1]));
    case DUCKDB_TYPE_STRUCT:
      return NameWithMembers("STRUCT", type);
    case DUCKDB_TYPE_UNION:
      return NameWithMembers("UNION", type);
    default:
      break;
  }
  if (type.is_json()) return "JSON";
  for (const NamedType& named : kNames) {
    if (named.id == type.id) return named.name;
  }
  return "VARCHAR";
}

}  // namespace weir::duckdb
