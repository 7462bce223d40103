#include "db/duckdb/convert.h"

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>
#include <fmt/format.h>

#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_size.h"
#include "core/field.h"
#include "db/duckdb/decimal_text.h"
#include "db/duckdb/json_repair.h"

namespace weir::duckdb {
namespace {

using Data = Converter::Data;

// DuckDB's infinities: timestamp_t::infinity() and date_t::infinity(), and their negatives. The
// smallest integer is no value.
constexpr int64_t kDuckInfinity = INT64_MAX;
constexpr int32_t kDuckDateInfinity = INT32_MAX;
constexpr int64_t kMicrosFrom1970To2000 = 946'684'800'000'000;

Status SpecialValue(std::string_view value) {
  return Error("duckdb.special_value", fmt::format("the value {} has no form in the target", value),
               "--special-values null writes NULL instead, --special-values string writes the "
               "column as text");
}

std::string_view InfinityName(bool negative) {
  return negative ? "-infinity" : "infinity";
}

bool IsValid(const arrow::ArrayData& data, int64_t row) {
  return data.buffers[0] == nullptr ||
         arrow::bit_util::GetBit(data.buffers[0]->data(), data.offset + row);
}

Status CheckStorage(const arrow::ArrayData& data, arrow::Type::type expected) {
  if (data.type->id() == expected && data.offset == 0) return Status::OK();
  return Error("duckdb.failed", fmt::format("DuckDB exports a column as {}, which was not expected",
                                            data.type->ToString()));
}

Data WithType(const Data& in, std::shared_ptr<arrow::DataType> type) {
  Data out = in->Copy();
  out->type = std::move(type);
  return out;
}

// The array with other values in place of its second buffer.
Data WithValues(const Data& in, std::shared_ptr<arrow::DataType> type,
                std::shared_ptr<arrow::Buffer> validity, std::shared_ptr<arrow::Buffer> values) {
  int64_t null_count = validity == nullptr ? 0 : arrow::kUnknownNullCount;
  return arrow::ArrayData::Make(std::move(type), in->length,
                                {std::move(validity), std::move(values)}, null_count);
}

Result<std::shared_ptr<arrow::Buffer>> Allocate(int64_t bytes) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(bytes));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

// Collects the rows that are to become NULL.
class NullingMask {
 public:
  explicit NullingMask(const Data& in) : in_(in) {}

  Status SetNull(int64_t row) {
    if (bits_ == nullptr) {
      int64_t bytes = arrow::bit_util::BytesForBits(in_->length);
      ARROW_ASSIGN_OR_RAISE(bits_, Allocate(bytes));
      if (in_->buffers[0] == nullptr) {
        std::memset(bits_->mutable_data(), 0xff, static_cast<size_t>(bytes));
      } else {
        std::memcpy(bits_->mutable_data(), in_->buffers[0]->data(), static_cast<size_t>(bytes));
      }
    }
    arrow::bit_util::ClearBit(bits_->mutable_data(), row);
    return Status::OK();
  }

  std::shared_ptr<arrow::Buffer> validity() const {
    return bits_ == nullptr ? in_->buffers[0] : bits_;
  }

 private:
  const Data& in_;
  std::shared_ptr<arrow::Buffer> bits_;
};

// Values that stay as they are.
class SameConverter final : public Converter {
 public:
  explicit SameConverter(std::shared_ptr<arrow::DataType> type) : type_(std::move(type)) {}

  Result<Data> Convert(const Data& in, int64_t*) const override {
    ARROW_RETURN_NOT_OK(CheckStorage(*in, type_->id()));
    return WithType(in, type_);
  }

 private:
  const std::shared_ptr<arrow::DataType> type_;
};

// Text and bytes, none of them too long.
class BytesConverter final : public Converter {
 public:
  BytesConverter(std::shared_ptr<arrow::DataType> type, const ConvertOptions& options)
      : type_(std::move(type)),
        value_bytes_max_(options.value_bytes_max),
        memory_hint_(options.memory_hint) {}

  Result<Data> Convert(const Data& in, int64_t* row) const override {
    ARROW_RETURN_NOT_OK(CheckStorage(*in, type_->id()));
    const int32_t* offsets = in->GetValues<int32_t>(1);
    if (in->length > 0 && offsets[in->length] - offsets[0] > value_bytes_max_) {
      for (int64_t i = 0; i < in->length; ++i) {
        int64_t size = offsets[i + 1] - offsets[i];
        if (size <= value_bytes_max_) continue;
        *row = i;
        return Error("memory.value_too_large",
                     fmt::format("the value is {} and the limit is {}", FormatByteSize(size),
                                 FormatByteSize(value_bytes_max_)),
                     memory_hint_(size));
      }
    }
    return WithType(in, type_);
  }

 private:
  const std::shared_ptr<arrow::DataType> type_;
  const int64_t value_bytes_max_;
  const std::function<std::string(int64_t)> memory_hint_;
};

// One byte each, of the arrow.bool8 extension.
class BooleanConverter final : public Converter {
 public:
  Result<Data> Convert(const Data& in, int64_t*) const override {
    ARROW_RETURN_NOT_OK(CheckStorage(*in, arrow::Type::INT8));
    ARROW_ASSIGN_OR_RAISE(auto bits, Allocate(arrow::bit_util::BytesForBits(in->length)));
    std::memset(bits->mutable_data(), 0, static_cast<size_t>(bits->size()));
    const int8_t* values = in->GetValues<int8_t>(1);
    for (int64_t i = 0; i < in->length; ++i) {
      arrow::bit_util::SetBitTo(bits->mutable_data(), i, values[i] != 0);
    }
    return WithValues(in, arrow::boolean(), in->buffers[0], std::move(bits));
  }
};

// Timestamps of any unit but nanoseconds, as microseconds.
class TimestampConverter final : public Converter {
 public:
  TimestampConverter(std::shared_ptr<arrow::DataType> type, int64_t micros_per_unit,
                     const ConvertOptions& options)
      : type_(std::move(type)), micros_per_unit_(micros_per_unit), options_(options) {}

  Result<Data> Convert(const Data& in, int64_t* row) const override {
    ARROW_RETURN_NOT_OK(CheckStorage(*in, arrow::Type::TIMESTAMP));
    ARROW_ASSIGN_OR_RAISE(auto buffer, Allocate(in->length * 8));
    auto out = reinterpret_cast<int64_t*>(buffer->mutable_data());
    const int64_t* values = in->GetValues<int64_t>(1);
    const int64_t epoch = options_.exact_text ? kMicrosFrom1970To2000 : 0;
    NullingMask mask(in);
    for (int64_t i = 0; i < in->length; ++i) {
      int64_t micros = 0;
      bool infinite = values[i] == kDuckInfinity || values[i] == -kDuckInfinity;
      if (!infinite && !__builtin_mul_overflow(values[i], micros_per_unit_, &micros) &&
          !__builtin_sub_overflow(micros, epoch, &out[i])) {
        continue;
      }
      out[i] = 0;
      if (!IsValid(*in, i)) continue;
      *row = i;
      if (!infinite) return TooEarly();
      ARROW_RETURN_NOT_OK(PutInfinity(values[i] < 0, i, &out[i], &mask));
    }
    return WithValues(in, type_, mask.validity(), std::move(buffer));
  }

 private:
  static Status TooEarly() {
    return Error("duckdb.value_out_of_range",
                 "the timestamp is more than 292 277 years away from the year 2000",
                 "select it as text in a --query");
  }

  Status PutInfinity(bool negative, int64_t row, int64_t* out, NullingMask* mask) const {
    if (options_.exact_text) {
      *out = negative ? kTimestampMinusInfinity : kTimestampInfinity;
      return Status::OK();
    }
    if (options_.special_values == SpecialValues::kNull) return mask->SetNull(row);
    return SpecialValue(InfinityName(negative));
  }

  const std::shared_ptr<arrow::DataType> type_;
  const int64_t micros_per_unit_;
  const ConvertOptions options_;
};

// Typed nanoseconds: only infinity needs care.
class NanosecondsConverter final : public Converter {
 public:
  explicit NanosecondsConverter(const ConvertOptions& options) : options_(options) {}

  Result<Data> Convert(const Data& in, int64_t* row) const override {
    ARROW_RETURN_NOT_OK(CheckStorage(*in, arrow::Type::TIMESTAMP));
    const int64_t* values = in->GetValues<int64_t>(1);
    NullingMask mask(in);
    for (int64_t i = 0; i < in->length; ++i) {
      if (values[i] != kDuckInfinity && values[i] != -kDuckInfinity) continue;
      if (!IsValid(*in, i)) continue;
      *row = i;
      if (options_.special_values != SpecialValues::kNull) {
        return SpecialValue(InfinityName(values[i] < 0));
      }
      ARROW_RETURN_NOT_OK(mask.SetNull(i));
    }
    return WithValues(in, arrow::timestamp(arrow::TimeUnit::NANO), mask.validity(), in->buffers[1]);
  }

 private:
  const ConvertOptions options_;
};

class DateConverter final : public Converter {
 public:
  explicit DateConverter(const ConvertOptions& options) : options_(options) {}

  Result<Data> Convert(const Data& in, int64_t* row) const override {
    ARROW_RETURN_NOT_OK(CheckStorage(*in, arrow::Type::DATE32));
    ARROW_ASSIGN_OR_RAISE(auto buffer, Allocate(in->length * 4));
    auto out = reinterpret_cast<int32_t*>(buffer->mutable_data());
    const int32_t* values = in->GetValues<int32_t>(1);
    NullingMask mask(in);
    for (int64_t i = 0; i < in->length; ++i) {
      out[i] = values[i];
      if (values[i] != kDuckDateInfinity && values[i] != -kDuckDateInfinity) continue;
      if (!IsValid(*in, i)) continue;
      bool negative = values[i] < 0;
      *row = i;
      if (options_.exact_text) {
        out[i] = negative ? kDateMinusInfinity : kDateInfinity;
      } else if (options_.special_values == SpecialValues::kNull) {
        ARROW_RETURN_NOT_OK(mask.SetNull(i));
      } else {
        return SpecialValue(InfinityName(negative));
      }
    }
    return WithValues(in, arrow::date32(), mask.validity(), std::move(buffer));
  }

 private:
  const ConvertOptions options_;
};

// 24:00:00 is a time of day in SQL and none in Arrow.
class TimeConverter final : public Converter {
 public:
  TimeConverter(std::shared_ptr<arrow::DataType> type, int64_t units_per_day,
                const ConvertOptions& options)
      : type_(std::move(type)), units_per_day_(units_per_day), options_(options) {}

  Result<Data> Convert(const Data& in, int64_t* row) const override {
    ARROW_RETURN_NOT_OK(CheckStorage(*in, arrow::Type::TIME64));
    if (options_.exact_text) return WithType(in, type_);
    const int64_t* values = in->GetValues<int64_t>(1);
    NullingMask mask(in);
    for (int64_t i = 0; i < in->length; ++i) {
      if (values[i] != units_per_day_ || !IsValid(*in, i)) continue;
      *row = i;
      if (options_.special_values != SpecialValues::kNull) return SpecialValue("24:00:00");
      ARROW_RETURN_NOT_OK(mask.SetNull(i));
    }
    return WithValues(in, type_, mask.validity(), in->buffers[1]);
  }

 private:
  const std::shared_ptr<arrow::DataType> type_;
  const int64_t units_per_day_;
  const ConvertOptions options_;
};

// DECIMAL (as decimal128), HUGEINT and UHUGEINT (as 16 bytes) as text.
class NumericTextConverter final : public Converter {
 public:
  NumericTextConverter(arrow::Type::type storage, int scale, bool is_signed)
      : storage_(storage), scale_(scale), is_signed_(is_signed) {}

  Result<Data> Convert(const Data& in, int64_t*) const override {
    ARROW_RETURN_NOT_OK(CheckStorage(*in, storage_));
    arrow::StringBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Reserve(in->length));
    const uint8_t* values = in->buffers[1]->data();
    char text[kDecimalTextMax];
    for (int64_t i = 0; i < in->length; ++i) {
      if (!IsValid(*in, i)) {
        builder.UnsafeAppendNull();
        continue;
      }
      unsigned __int128 value;
      std::memcpy(&value, values + i * 16, sizeof(value));
      bool negative = is_signed_ && static_cast<__int128>(value) < 0;
      size_t size = WriteDecimal(negative, negative ? -value : value, scale_, text);
      ARROW_RETURN_NOT_OK(builder.Append(text, static_cast<int32_t>(size)));
    }
    Data out;
    ARROW_RETURN_NOT_OK(builder.FinishInternal(&out));
    return out;
  }

 private:
  const arrow::Type::type storage_;
  const int scale_;
  const bool is_signed_;
};

// HUGEINT and UHUGEINT as decimal256.
class HugeintConverter final : public Converter {
 public:
  HugeintConverter(std::shared_ptr<arrow::DataType> type, bool is_signed)
      : type_(std::move(type)), is_signed_(is_signed) {}

  Result<Data> Convert(const Data& in, int64_t*) const override {
    ARROW_RETURN_NOT_OK(CheckStorage(*in, arrow::Type::FIXED_SIZE_BINARY));
    ARROW_ASSIGN_OR_RAISE(auto buffer, Allocate(in->length * 32));
    const uint8_t* values = in->buffers[1]->data();
    uint8_t* out = buffer->mutable_data();
    for (int64_t i = 0; i < in->length; ++i, values += 16, out += 32) {
      bool negative = is_signed_ && (values[15] & 0x80) != 0;
      std::memcpy(out, values, 16);
      std::memset(out + 16, negative ? 0xff : 0, 16);
    }
    return WithValues(in, type_, in->buffers[0], std::move(buffer));
  }

 private:
  const std::shared_ptr<arrow::DataType> type_;
  const bool is_signed_;
};

// Lists, structs and maps: only what is inside them changes.
class NestedConverter final : public Converter {
 public:
  NestedConverter(std::shared_ptr<arrow::DataType> type,
                  std::vector<std::unique_ptr<Converter>> children)
      : type_(std::move(type)), children_(std::move(children)) {}

  Result<Data> Convert(const Data& in, int64_t* row) const override {
    ARROW_RETURN_NOT_OK(CheckStorage(*in, type_->id()));
    Data out = WithType(in, type_);
    // A map's children are the members of its one child.
    bool map = type_->id() == arrow::Type::MAP;
    if (map) {
      out->child_data[0] = WithType(in->child_data[0], type_->field(0)->type());
    }
    auto& children = map ? out->child_data[0]->child_data : out->child_data;
    for (size_t i = 0; i < children_.size(); ++i) {
      auto converted = children_[i]->Convert(children[i], row);
      // The index counts elements; only a struct has as many as rows.
      if (!converted.ok() && type_->id() != arrow::Type::STRUCT) *row = -1;
      ARROW_ASSIGN_OR_RAISE(children[i], std::move(converted));
    }
    return out;
  }

 private:
  const std::shared_ptr<arrow::DataType> type_;
  const std::vector<std::unique_ptr<Converter>> children_;
};

class JsonConverter final : public Converter {
 public:
  explicit JsonConverter(const ConvertOptions& options) : bytes_(arrow::utf8(), options) {}

  Result<Data> Convert(const Data& in, int64_t* row) const override {
    ARROW_ASSIGN_OR_RAISE(Data checked, bytes_.Convert(in, row));
    const int32_t* offsets = checked->GetValues<int32_t>(1);
    auto bytes = reinterpret_cast<const char*>(checked->buffers[2]->data());
    auto text = [&](int64_t i) {
      return std::string_view(bytes + offsets[i], static_cast<size_t>(offsets[i + 1] - offsets[i]));
    };
    int64_t first = 0;
    while (first < in->length && !NeedsJsonRepair(text(first))) ++first;
    if (first == in->length) return checked;
    arrow::StringBuilder builder;
    for (int64_t i = 0; i < in->length; ++i) {
      ARROW_RETURN_NOT_OK(IsValid(*in, i) ? builder.Append(RepairJson(text(i)))
                                          : builder.AppendNull());
    }
    Data out;
    ARROW_RETURN_NOT_OK(builder.FinishInternal(&out));
    return out;
  }

 private:
  const BytesConverter bytes_;
};

Result<std::unique_ptr<Converter>> MakeNested(const DuckType& delivered, const arrow::Field& field,
                                              const ConvertOptions& options) {
  const arrow::FieldVector& fields = field.type()->id() == arrow::Type::MAP
                                         ? field.type()->field(0)->type()->fields()
                                         : field.type()->fields();
  // A map's keys cannot be NULL, whatever is asked for.
  ConvertOptions of_keys = options;
  if (of_keys.special_values == SpecialValues::kNull)
    of_keys.special_values = SpecialValues::kError;
  std::vector<std::unique_ptr<Converter>> children;
  for (size_t i = 0; i < delivered.children.size(); ++i) {
    const bool is_key = field.type()->id() == arrow::Type::MAP && i == 0;
    ARROW_ASSIGN_OR_RAISE(
        auto child, Converter::Make(delivered.children[i], *fields[i], is_key ? of_keys : options));
    children.push_back(std::move(child));
  }
  return std::make_unique<NestedConverter>(field.type(), std::move(children));
}

constexpr int64_t kMicrosPerDay = 86'400'000'000;

}  // namespace

Result<std::unique_ptr<Converter>> Converter::Make(const DuckType& delivered,
                                                   const arrow::Field& field,
                                                   const ConvertOptions& options) {
  if (delivered.is_nested()) return MakeNested(delivered, field, options);
  const auto& type = field.type();
  std::unique_ptr<Converter> converter;
  switch (delivered.id) {
    case DUCKDB_TYPE_BOOLEAN:
      return std::make_unique<BooleanConverter>();
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
      return std::make_unique<BytesConverter>(type, options);
    case DUCKDB_TYPE_TIMESTAMP_S:
      return std::make_unique<TimestampConverter>(type, 1'000'000, options);
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return std::make_unique<TimestampConverter>(type, 1'000, options);
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return std::make_unique<TimestampConverter>(type, 1, options);
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return std::make_unique<NanosecondsConverter>(options);
    case DUCKDB_TYPE_DATE:
      return std::make_unique<DateConverter>(options);
    case DUCKDB_TYPE_TIME:
      return std::make_unique<TimeConverter>(type, kMicrosPerDay, options);
    case DUCKDB_TYPE_TIME_NS:
      return std::make_unique<TimeConverter>(type, kMicrosPerDay * 1000, options);
    case DUCKDB_TYPE_DECIMAL:
      if (!options.exact_text) return std::make_unique<SameConverter>(type);
      return std::make_unique<NumericTextConverter>(arrow::Type::DECIMAL128, delivered.scale, true);
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT: {
      bool is_signed = delivered.id == DUCKDB_TYPE_HUGEINT;
      if (!options.exact_text) return std::make_unique<HugeintConverter>(type, is_signed);
      return std::make_unique<NumericTextConverter>(arrow::Type::FIXED_SIZE_BINARY, 0, is_signed);
    }
    default:
      return std::make_unique<SameConverter>(type);
  }
}

Result<std::unique_ptr<Converter>> MakeJsonConverter(const ConvertOptions& options) {
  return std::make_unique<JsonConverter>(options);
}

}  // namespace weir::duckdb
