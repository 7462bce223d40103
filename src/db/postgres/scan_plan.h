// Cuts a table into slices and writes the SELECT of each. Three ways of cutting: page ranges of
// heaps (ctid), value ranges of the leading sort key, or one stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "core/copy_spec.h"
#include "core/source.h"
#include "db/postgres/catalog.h"
#include "db/postgres/connection.h"
#include "db/postgres/user_sql.h"

namespace weir::postgres {

// A plain value once made; safe to share between threads.
class ScanPlan {
 public:
  // A heap is cut every so many pages: 2 MB, which stays in cache and in the queue's budget.
  static constexpr int64_t kPagesPerSlice = 256;

  // `sliceable` false forces one stream (a pooling proxy, no exported snapshot).
  static Result<ScanPlan> ForTable(Connection* connection, const Relation& relation,
                                   const SourceSpec& spec, bool sliceable);
  // Columns whose names are not unique are addressed as c0, c1, ...
  static Result<ScanPlan> ForQuery(const SourceSpec& spec, const std::vector<RawColumn>& columns);

  int64_t slice_count() const;
  Slice SliceAt(int64_t index) const;
  // "SELECT <select_list> FROM ... " of one slice.
  std::string Sql(int64_t index, const std::string& select_list) const;
  // A statement that is valid only if --where is one expression of its own; none without one.
  std::optional<UserSql> WhereProbe() const;
  // The quoted name by which the FROM clause offers source column `index`.
  const std::string& ColumnReference(size_t index) const { return references_[index]; }

 private:
  // Consecutive page ranges of one heap, or the whole of a relation when pages is 0.
  struct Extent {
    std::string from;
    bool is_heap = false;
    int64_t pages = 0;
    int64_t first_slice = 0;
    int64_t slices = 1;
  };
  // A range of the leading sort key's values.
  struct KeyRange {
    std::string condition;
  };

  void AddExtent(const Leaf& leaf);
  // Leaves key_ranges_ empty when one stream is the better way.
  Status CutKeyRanges(Connection* connection, const Relation& relation, const OrderKey& first);
  const Extent& ExtentOf(int64_t index) const;
  std::string CtidCondition(const Extent& extent, int64_t index, bool is_sql) const;

  std::string display_name_;
  std::vector<std::string> references_;
  std::vector<Extent> extents_;       // of ctid scans and single streams
  std::vector<KeyRange> key_ranges_;  // of sorted scans; then extents_ has one entry
  std::string where_, order_by_, limit_;
  bool reproducible_ = true;
};

}  // namespace weir::postgres
