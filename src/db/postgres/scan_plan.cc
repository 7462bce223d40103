#include "db/postgres/scan_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/suggest.h"

namespace weir::postgres {
namespace {

Result<const RawColumn*> FindColumn(const std::vector<RawColumn>& columns, const std::string& name,
                                    std::string_view option) {
  std::vector<std::string> names;
  for (const RawColumn& column : columns) {
    if (column.name == name) return &column;
    names.push_back(column.name);
  }
  return Error(
      "postgres.unknown_column",
      fmt::format("{}: there is no column \"{}\"{}", option, name, DidYouMean(name, names)),
      fmt::format("columns: {}", fmt::join(names, ", ")));
}

Result<std::string> OrderByClause(const SourceSpec& spec, const std::vector<RawColumn>& columns) {
  std::vector<std::string> keys;
  for (const OrderKey& key : spec.order_by) {
    ARROW_ASSIGN_OR_RAISE(const RawColumn* column, FindColumn(columns, key.column, "--order-by"));
    keys.push_back(QuoteIdentifier(column->name) + (key.descending ? " DESC" : ""));
  }
  return fmt::format("{}", fmt::join(keys, ", "));
}

// The histogram of the leading key cuts its values into ranges of about as many rows each. Stale
// statistics only make ranges uneven: together they cover every value, whatever they are.
Result<std::vector<std::string>> KeyBounds(Connection* connection, const Relation& relation,
                                           const RawColumn& key) {
  ARROW_ASSIGN_OR_RAISE(auto types,
                        FormatTypes(connection, {RawColumn{key.name, key.type_oid, -1}}));
  ARROW_ASSIGN_OR_RAISE(
      auto rows,
      connection->Query(fmt::format(
          "SELECT DISTINCT ON (u.v) u.v::pg_catalog.text AS bound FROM pg_catalog.pg_stats s, "
          "pg_catalog.unnest(s.histogram_bounds::pg_catalog.text::{}[]) AS u(v) "
          "WHERE s.attname = {} AND "
          "(s.schemaname, s.tablename) = (SELECT n.nspname, c.relname FROM pg_catalog.pg_class c "
          "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = {}) "
          "AND NOT s.inherited ORDER BY u.v",
          types[0], QuoteLiteral(key.name), relation.oid)));
  std::vector<std::string> bounds;
  for (const Row& row : rows) {
    if (row[0]) bounds.push_back(fmt::format("{}::{}", QuoteLiteral(*row[0]), types[0]));
  }
  return bounds;
}

// Sorting every range costs a scan each unless an index starts with the key.
Result<bool> HasIndexOn(Connection* connection, const Relation& relation, const RawColumn& key) {
  ARROW_ASSIGN_OR_RAISE(
      auto rows,
      connection->Query(fmt::format(
          "SELECT 1 FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON "
          "a.attrelid = i.indrelid AND a.attnum = i.indkey[0] JOIN pg_catalog.pg_class c "
          "ON c.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = c.relam WHERE "
          "i.indrelid = {} AND a.attname = {} AND i.indisvalid AND i.indpred IS NULL "
          "AND m.amname = 'btree' LIMIT 1",
          relation.oid, QuoteLiteral(key.name))));
  return !rows.empty();
}

std::vector<std::string> RangeConditions(const std::string& key, std::vector<std::string> bounds,
                                         bool descending) {
  std::vector<std::string> conditions;
  for (size_t i = 0; i <= bounds.size(); ++i) {
    std::string low = i == 0 ? "" : fmt::format("{} >= {}", key, bounds[i - 1]);
    std::string high = i == bounds.size() ? "" : fmt::format("{} < {}", key, bounds[i]);
    if (low.empty() && high.empty())
      conditions.push_back(key + " IS NOT NULL");
    else
      conditions.push_back(
          fmt::format("{}{}{}", low, low.empty() || high.empty() ? "" : " AND ", high));
  }
  // PostgreSQL sorts NULLs last, and first when descending; so do the slices.
  conditions.push_back(key + " IS NULL");
  if (descending) std::reverse(conditions.begin(), conditions.end());
  return conditions;
}

bool HasDuplicates(const std::vector<RawColumn>& columns) {
  std::set<std::string> names;
  for (const RawColumn& column : columns) {
    if (!names.insert(column.name).second) return true;
  }
  return false;
}

std::string WithoutSemicolon(std::string query) {
  while (!query.empty() &&
         (std::isspace(static_cast<unsigned char>(query.back())) || query.back() == ';')) {
    query.pop_back();
  }
  return query;
}

}  // namespace

void ScanPlan::AddExtent(const Leaf& leaf) {
  Extent extent;
  extent.from = (leaf.only ? "ONLY " : "") + leaf.qualified_name;
  extent.pages = leaf.ctid_ranges ? leaf.pages : 0;
  extent.slices = std::max<int64_t>(1, (extent.pages + kPagesPerSlice - 1) / kPagesPerSlice);
  extent.first_slice = extents_.empty() ? 0 : extents_.back().first_slice + extents_.back().slices;
  extents_.push_back(std::move(extent));
}

Result<ScanPlan> ScanPlan::ForTable(Connection* connection, const Relation& relation,
                                    const SourceSpec& spec, bool sliceable) {
  ScanPlan plan;
  plan.display_name_ = relation.display_name;
  for (const RawColumn& column : relation.columns) {
    plan.references_.push_back(QuoteIdentifier(column.name));
  }
  plan.where_ = spec.where;
  if (spec.limit) plan.limit_ = std::to_string(*spec.limit);
  bool one_stream = !sliceable || spec.limit || relation.leaves.empty();
  if (!spec.order_by.empty()) {
    ARROW_ASSIGN_OR_RAISE(plan.order_by_, OrderByClause(spec, relation.columns));
    if (relation.kind == 'r' || relation.kind == 'm') plan.order_by_ += ", tableoid, ctid";
    const OrderKey& first = spec.order_by.front();
    ARROW_ASSIGN_OR_RAISE(const RawColumn* key,
                          FindColumn(relation.columns, first.column, "--order-by"));
    bool ranges = !one_stream && relation.leaves.size() == 1 && relation.leaves[0].ctid_ranges;
    if (ranges) {
      ARROW_ASSIGN_OR_RAISE(ranges, HasIndexOn(connection, relation, *key));
    }
    if (ranges) {
      ARROW_ASSIGN_OR_RAISE(auto bounds, KeyBounds(connection, relation, *key));
      for (std::string& condition :
           RangeConditions(QuoteIdentifier(key->name), std::move(bounds), first.descending)) {
        plan.key_ranges_.push_back({std::move(condition)});
      }
    }
    one_stream = true;
  }
  if (one_stream) {
    plan.extents_.push_back({relation.qualified_name});
    plan.reproducible_ = !plan.order_by_.empty() && relation.kind == 'r';
  } else {
    for (const Leaf& leaf : relation.leaves) plan.AddExtent(leaf);
  }
  return plan;
}

Result<ScanPlan> ScanPlan::ForQuery(const SourceSpec& spec, const std::vector<RawColumn>& columns) {
  ScanPlan plan;
  plan.display_name_ = "the query";
  plan.reproducible_ = false;
  plan.where_ = spec.where;
  if (spec.limit) plan.limit_ = std::to_string(*spec.limit);
  std::string alias = "AS weir_query";
  if (HasDuplicates(columns)) {
    for (size_t i = 0; i < columns.size(); ++i) plan.references_.push_back(fmt::format("c{}", i));
    alias += fmt::format("({})", fmt::join(plan.references_, ", "));
  } else {
    for (const RawColumn& column : columns) {
      plan.references_.push_back(QuoteIdentifier(column.name));
    }
  }
  if (!spec.order_by.empty()) {
    ARROW_ASSIGN_OR_RAISE(plan.order_by_, OrderByClause(spec, columns));
  }
  // The line break ends a comment the query may end with.
  plan.extents_.push_back({fmt::format("({}\n) {}", WithoutSemicolon(spec.query), alias)});
  return plan;
}

int64_t ScanPlan::slice_count() const {
  if (!key_ranges_.empty()) return static_cast<int64_t>(key_ranges_.size());
  if (extents_.empty()) return 0;
  return extents_.back().first_slice + extents_.back().slices;
}

const ScanPlan::Extent& ScanPlan::ExtentOf(int64_t index) const {
  if (!key_ranges_.empty()) return extents_.front();
  auto after = std::upper_bound(
      extents_.begin(), extents_.end(), index,
      [](int64_t value, const Extent& extent) { return value < extent.first_slice; });
  return *std::prev(after);
}

std::string ScanPlan::CtidCondition(const Extent& extent, int64_t index) const {
  if (extent.slices == 1) return "";
  int64_t first = (index - extent.first_slice) * kPagesPerSlice;
  std::string condition = fmt::format("ctid >= '({},0)'::pg_catalog.tid", first);
  // The last slice is open, so that no page can lie outside of all slices.
  if (index + 1 < extent.first_slice + extent.slices) {
    condition += fmt::format(" AND ctid < '({},0)'::pg_catalog.tid", first + kPagesPerSlice);
  }
  return condition;
}

Slice ScanPlan::SliceAt(int64_t index) const {
  const Extent& extent = ExtentOf(index);
  std::string range =
      key_ranges_.empty() ? CtidCondition(extent, index) : key_ranges_[index].condition;
  const std::string& where = extents_.size() > 1 ? extent.from : display_name_;
  return {index, range.empty() ? where : fmt::format("{} where {}", where, range), reproducible_};
}

std::string ScanPlan::Sql(int64_t index, const std::string& select_list) const {
  const Extent& extent = ExtentOf(index);
  std::vector<std::string> conditions;
  std::string range =
      key_ranges_.empty() ? CtidCondition(extent, index) : key_ranges_[index].condition;
  if (!range.empty()) conditions.push_back(std::move(range));
  if (!where_.empty()) conditions.push_back("(" + where_ + "\n)");
  std::string sql = fmt::format("SELECT {} FROM {}", select_list, extent.from);
  if (!conditions.empty()) sql += fmt::format(" WHERE {}", fmt::join(conditions, " AND "));
  if (!order_by_.empty()) sql += " ORDER BY " + order_by_;
  if (!limit_.empty()) sql += " LIMIT " + limit_;
  return sql;
}

}  // namespace weir::postgres
