#include "format/arrow_io/convert.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/datum.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

namespace weir {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

ArrayPtr Relabel(const arrow::Array& array, const TypePtr& type) {
  auto data = array.data()->Copy();
  data->type = type;
  return arrow::MakeArray(data);
}

const TypePtr& StorageOf(const arrow::DataType& type) {
  return static_cast<const arrow::ExtensionType&>(type).storage_type();
}

// How many of the array's unit make one of the target's; 1 unless both are timestamps.
int64_t UnitsPerUnit(const arrow::DataType& from, const arrow::DataType& to) {
  if (from.id() != arrow::Type::TIMESTAMP || to.id() != arrow::Type::TIMESTAMP) return 1;
  constexpr int64_t kPerSecond[] = {1, 1000, 1000000, 1000000000};  // by arrow::TimeUnit
  const auto unit = static_cast<const arrow::TimestampType&>(from).unit();
  const auto target_unit = static_cast<const arrow::TimestampType&>(to).unit();
  return unit <= target_unit ? 1 : kPerSecond[unit] / kPerSecond[target_unit];
}

Result<ArrayPtr> Cast(const ArrayPtr& array, const TypePtr& target, FineTime fine_time) {
  auto options = arrow::compute::CastOptions::Safe(target);
  options.allow_time_truncate = fine_time == FineTime::kCut;
  ARROW_ASSIGN_OR_RAISE(arrow::Datum cast, arrow::compute::Cast(array, options));
  return cast.make_array();
}

// Arrow's cast cuts digits off towards 1970, which makes 23:59:59.999999999 of any day before it
// the first moment of the next one.
Result<ArrayPtr> CutTimestamps(const ArrayPtr& array, const TypePtr& target, int64_t divisor) {
  ARROW_ASSIGN_OR_RAISE(ArrayPtr cut, Cast(array, target, FineTime::kCut));
  const int64_t* values = array->data()->GetValues<int64_t>(1);
  int64_t* cut_values = cut->data()->GetMutableValues<int64_t>(1);
  for (int64_t i = 0; i < array->length(); ++i) cut_values[i] -= values[i] % divisor < 0 ? 1 : 0;
  return cut;
}

// Not by Arrow's cast, which takes wrong values for views that overlap or are out of order.
template <typename View, typename List>
Result<ArrayPtr> DenseList(const arrow::Array& array) {
  return List::FromListView(static_cast<const View&>(array), arrow::default_memory_pool());
}

bool HaveSameShape(const arrow::DataType& a, const arrow::DataType& b) {
  if (a.id() != b.id() || a.num_fields() != b.num_fields()) return false;
  if (a.id() != arrow::Type::FIXED_SIZE_LIST) return arrow::is_nested(a.id());
  return static_cast<const arrow::FixedSizeListType&>(a).list_size() ==
         static_cast<const arrow::FixedSizeListType&>(b).list_size();
}

// Converts each child. The array is made compact first, so that a slice of a large array does not
// convert the whole array's children.
Result<ArrayPtr> ConvertChildren(const ArrayPtr& array, const TypePtr& target, FineTime fine_time) {
  ARROW_ASSIGN_OR_RAISE(ArrayPtr compact, arrow::Concatenate({array}));
  auto data = compact->data()->Copy();
  data->type = target;
  for (size_t i = 0; i < data->child_data.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr child,
                          ConvertArray(arrow::MakeArray(data->child_data[i]),
                                       target->field(static_cast<int>(i))->type(), fine_time));
    data->child_data[i] = child->data();
  }
  return arrow::MakeArray(data);
}

}  // namespace

Result<ArrayPtr> ConvertArray(const ArrayPtr& array, const TypePtr& target, FineTime fine_time) {
  const arrow::DataType& type = *array->type();
  if (type.Equals(*target)) return array;
  if (type.id() == arrow::Type::EXTENSION) {
    return ConvertArray(Relabel(*array, StorageOf(type)), target, fine_time);
  }
  if (target->id() == arrow::Type::EXTENSION) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr storage, ConvertArray(array, StorageOf(*target), fine_time));
    return Relabel(*storage, target);
  }
  if (type.id() == arrow::Type::LIST_VIEW) {
    auto list = DenseList<arrow::ListViewArray, arrow::ListArray>(*array);
    return list.ok() ? ConvertArray(*list, target, fine_time) : list;
  }
  if (type.id() == arrow::Type::LARGE_LIST_VIEW) {
    auto list = DenseList<arrow::LargeListViewArray, arrow::LargeListArray>(*array);
    return list.ok() ? ConvertArray(*list, target, fine_time) : list;
  }
  if (HaveSameShape(type, *target)) return ConvertChildren(array, target, fine_time);
  const int64_t divisor = UnitsPerUnit(type, *target);
  if (fine_time == FineTime::kCut && divisor > 1) return CutTimestamps(array, target, divisor);
  return Cast(array, target, fine_time);
}

}  // namespace weir
