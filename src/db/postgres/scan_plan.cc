#include "db/postgres/scan_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "db/postgres/sql_text.h"

namespace weir::postgres {
namespace {

// `references` are the columns' names in the FROM clause.
Result<std::string> OrderByClause(const SourceSpec& spec, const std::vector<RawColumn>& columns,
                                  const std::vector<std::string>& references) {
  std::vector<std::string> keys;
  for (const OrderKey& key : spec.order_by) {
    ARROW_ASSIGN_OR_RAISE(size_t column, FindColumn(columns, key.column, "--order-by"));
    keys.push_back(references[column] + (key.descending ? " DESC" : ""));
  }
  return fmt::format("{}", fmt::join(keys, ", "));
}

// What cutting the values of a sort key into ranges takes.
struct KeyFacts {
  std::string type;
  std::string collate;    // " COLLATE ...", or empty for types without
  bool is_plain = false;  // the statistics' text can be read back: no arrays, no rows
  // OPERATOR(...) of an index that sorts as ORDER BY does; empty without one, when sorting each
  // range costs a scan of the table.
  std::string less, not_less;
};

// The strategies of btree's operators: access/stratnum.h.
constexpr int kLess = 1, kNotLess = 4;

// SQL for one of the operators by which the operator class `o` sorts. A plain < would be found by
// the search path, and may be another type's.
std::string OperatorOf(int strategy) {
  return fmt::format(
      "(SELECT 'OPERATOR(' || pg_catalog.quote_ident(s.nspname) || '.' || p.oprname || ')' "
      "FROM pg_catalog.pg_amop ap JOIN pg_catalog.pg_operator p ON p.oid = ap.amopopr "
      "JOIN pg_catalog.pg_namespace s ON s.oid = p.oprnamespace "
      "WHERE ap.amopfamily = o.opcfamily AND ap.amoplefttype = o.opcintype "
      "AND ap.amoprighttype = o.opcintype AND ap.amopstrategy = {})",
      strategy);
}

Result<KeyFacts> ReadKeyFacts(Connection* connection, const Relation& relation,
                              const RawColumn& key) {
  ARROW_ASSIGN_OR_RAISE(
      auto rows,
      connection->QueryCatalog(fmt::format(
          "SELECT pg_catalog.format_type(a.atttypid, -1), "
          "' COLLATE ' || pg_catalog.quote_ident(n.nspname) || '.' || "
          "pg_catalog.quote_ident(l.collname), "
          "t.typtype IN ('b','e') AND t.typelem = 0 OR "
          "t.typtype = 'd' AND b.typtype IN ('b','e') AND b.typelem = 0, x.less, x.not_less "
          "FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
          "LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype "
          "LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation "
          "LEFT JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace "
          "LEFT JOIN LATERAL (SELECT {} AS less, {} AS not_less FROM pg_catalog.pg_index i "
          "JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
          "JOIN pg_catalog.pg_am m ON m.oid = c.relam "
          "JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[0] WHERE i.indrelid = a.attrelid "
          "AND i.indkey[0] = a.attnum AND i.indcollation[0] = a.attcollation "
          "AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree' AND o.opcdefault "
          "LIMIT 1) x ON true "
          "WHERE a.attrelid = {} AND a.attname = {}",
          OperatorOf(kLess), OperatorOf(kNotLess), relation.oid, QuoteLiteral(key.name))));
  if (rows.empty()) return KeyFacts{};
  const Row& row = rows[0];
  return KeyFacts{row[0].value_or(""), row[1].value_or(""), row[2] == "t", row[3].value_or(""),
                  row[4].value_or("")};
}

// The histogram of the leading key cuts its values into ranges of about as many rows each. Stale
// statistics only make ranges uneven: together they cover every value, whatever they are, as long
// as the bounds ascend in the order of the column's own comparisons.
Result<std::vector<std::string>> KeyBounds(Connection* connection, const Relation& relation,
                                           const RawColumn& key, const KeyFacts& facts) {
  ARROW_ASSIGN_OR_RAISE(
      auto rows,
      connection->QueryCatalog(fmt::format(
          "SELECT DISTINCT ON (u.v{0}) u.v::pg_catalog.text AS bound FROM pg_catalog.pg_stats s, "
          "pg_catalog.unnest(s.histogram_bounds::pg_catalog.text::{1}[]) AS u(v) "
          "WHERE s.attname = {2} AND "
          "(s.schemaname, s.tablename) = (SELECT n.nspname, c.relname FROM pg_catalog.pg_class c "
          "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = {3}) "
          "AND NOT s.inherited ORDER BY u.v{0}",
          facts.collate, facts.type, QuoteLiteral(key.name), relation.oid)));
  std::vector<std::string> bounds;
  for (const Row& row : rows) {
    if (row[0]) bounds.push_back(fmt::format("{}::{}", QuoteLiteral(*row[0]), facts.type));
  }
  return bounds;
}

std::vector<std::string> RangeConditions(const std::string& key, const KeyFacts& facts,
                                         const std::vector<std::string>& bounds, bool descending) {
  std::vector<std::string> conditions;
  for (size_t i = 0; i <= bounds.size(); ++i) {
    std::string low = i == 0 ? "" : fmt::format("{} {} {}", key, facts.not_less, bounds[i - 1]);
    std::string high =
        i == bounds.size() ? "" : fmt::format("{} {} {}", key, facts.less, bounds[i]);
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

}  // namespace

void ScanPlan::AddExtent(const Leaf& leaf) {
  Extent extent;
  extent.from = (leaf.only ? "ONLY " : "") + leaf.qualified_name;
  extent.is_heap = leaf.ctid_ranges;
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
  plan.where_ = WithoutEnd(spec.where);
  if (spec.limit) plan.limit_ = std::to_string(*spec.limit);
  bool breaks_ties = false;
  bool one_stream = !sliceable || spec.limit || relation.leaves.empty();
  if (!spec.order_by.empty()) {
    ARROW_ASSIGN_OR_RAISE(plan.order_by_, OrderByClause(spec, relation.columns, plan.references_));
    breaks_ties = !relation.leaves.empty() && (relation.kind == 'r' || relation.kind == 'm');
    if (breaks_ties) plan.order_by_ += ", tableoid, ctid";
    if (!one_stream && relation.leaves.size() == 1 && relation.leaves[0].ctid_ranges) {
      ARROW_RETURN_NOT_OK(plan.CutKeyRanges(connection, relation, spec.order_by.front()));
    }
    one_stream = true;
  }
  if (one_stream) {
    plan.extents_.push_back({relation.qualified_name});
    plan.reproducible_ = breaks_ties;
  } else {
    for (const Leaf& leaf : relation.leaves) plan.AddExtent(leaf);
  }
  return plan;
}

Status ScanPlan::CutKeyRanges(Connection* connection, const Relation& relation,
                              const OrderKey& first) {
  ARROW_ASSIGN_OR_RAISE(size_t index, FindColumn(relation.columns, first.column, "--order-by"));
  const RawColumn& key = relation.columns[index];
  ARROW_ASSIGN_OR_RAISE(KeyFacts facts, ReadKeyFacts(connection, relation, key));
  if (facts.less.empty() || facts.not_less.empty() || !facts.is_plain) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(auto bounds, KeyBounds(connection, relation, key, facts));
  for (std::string& condition :
       RangeConditions(references_[index], facts, bounds, first.descending)) {
    key_ranges_.push_back({std::move(condition)});
  }
  return Status::OK();
}

Result<ScanPlan> ScanPlan::ForQuery(const SourceSpec& spec, const std::vector<RawColumn>& columns) {
  ScanPlan plan;
  plan.display_name_ = "the query";
  plan.reproducible_ = false;
  plan.where_ = WithoutEnd(spec.where);
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
    ARROW_ASSIGN_OR_RAISE(plan.order_by_, OrderByClause(spec, columns, plan.references_));
  }
  // The line break ends a comment the query may end with.
  plan.extents_.push_back({fmt::format("({}\n) {}", WithoutEnd(spec.query), alias)});
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

std::string ScanPlan::CtidCondition(const Extent& extent, int64_t index, bool is_sql) const {
  if (!extent.is_heap) return "";
  const auto compare = [is_sql](std::string_view sign, int64_t page) {
    return is_sql ? fmt::format("ctid OPERATOR(pg_catalog.{}) '({},0)'::pg_catalog.tid", sign, page)
                  : fmt::format("ctid {} '({},0)'", sign, page);
  };
  // Of a heap of one slice, too: rows come in storage order then, not in that of some index.
  int64_t first = (index - extent.first_slice) * kPagesPerSlice;
  std::string condition = compare(">=", first);
  // The last slice is open, so that no page can lie outside of all slices.
  if (index + 1 < extent.first_slice + extent.slices) {
    condition += " AND " + compare("<", first + kPagesPerSlice);
  }
  return condition;
}

Slice ScanPlan::SliceAt(int64_t index) const {
  const Extent& extent = ExtentOf(index);
  std::string range;
  if (!key_ranges_.empty()) {
    range = key_ranges_[index].condition;
  } else if (extent.slices > 1) {
    range = CtidCondition(extent, index, /*is_sql=*/false);
  }
  const std::string& where = extents_.size() > 1 ? extent.from : display_name_;
  return {index, range.empty() ? where : fmt::format("{} where {}", where, range), reproducible_};
}

std::optional<UserSql> ScanPlan::WhereProbe() const {
  if (where_.empty()) return std::nullopt;
  return UserSql{fmt::format("SELECT FROM {} WHERE ", extents_.front().from), where_, "\n", ""};
}

std::string ScanPlan::Sql(int64_t index, const std::string& select_list) const {
  const Extent& extent = ExtentOf(index);
  std::vector<std::string> conditions;
  std::string range =
      key_ranges_.empty() ? CtidCondition(extent, index, true) : key_ranges_[index].condition;
  if (!range.empty()) conditions.push_back(std::move(range));
  if (!where_.empty()) conditions.push_back("(" + where_ + "\n)");
  std::string sql = fmt::format("SELECT {} FROM {}", select_list, extent.from);
  if (!conditions.empty()) sql += fmt::format(" WHERE {}", fmt::join(conditions, " AND "));
  if (!order_by_.empty()) {
    sql += " ORDER BY " + order_by_;
  } else if (extent.is_heap && !where_.empty()) {
    // An index that serves --where has an order of its own, and may be used by one read only.
    sql += " ORDER BY ctid";
  }
  if (!limit_.empty()) sql += " LIMIT " + limit_;
  return sql;
}

}  // namespace weir::postgres
