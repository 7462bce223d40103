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

Result<ArrayPtr> Cast(const ArrayPtr& array, const TypePtr& target, FineTime fine_time) {
  auto options = arrow::compute::CastOptions::Safe(target);
  options.allow_time_truncate = fine_time == FineTime::kCut;
  ARROW_ASSIGN_OR_RAISE(arrow::Datum cast, arrow::compute::Cast(array, options));
  return cast.make_array();
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
  return Cast(array, target, fine_time);
}

}  // namespace weir
