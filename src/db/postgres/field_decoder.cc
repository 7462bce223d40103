#include "db/postgres/field_decoder.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/util/decimal.h>
#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "base/mapping_pool.h"
#include "core/field.h"
#include "db/postgres/numeric.h"

namespace weir::postgres {
namespace {

constexpr int64_t kMicrosFrom1970To2000 = 946684800000000;
constexpr int32_t kDaysFrom1970To2000 = 10957;
constexpr int64_t kMicrosPerDay = 86400000000;
constexpr int32_t kDaysMin = -2451545;    // 4714-11-24 BC
constexpr int32_t kDaysMax = 2145031948;  // 5874897-12-31

template <typename T>
T ReadBigEndian(const char* bytes) {
  using Unsigned = std::make_unsigned_t<T>;
  Unsigned value;
  std::memcpy(&value, bytes, sizeof value);
  if constexpr (sizeof value == 2) value = __builtin_bswap16(value);
  if constexpr (sizeof value == 4) value = __builtin_bswap32(value);
  if constexpr (sizeof value == 8) value = __builtin_bswap64(value);
  return static_cast<T>(value);
}

Status WrongSize(std::string_view type, size_t size) {
  return Error("postgres.protocol",
               fmt::format("the server sent {} bytes for a value of type {}", size, type));
}

Status OutOfRange(std::string_view type) {
  return Error("postgres.protocol",
               fmt::format("the server sent a {} that PostgreSQL does not have", type));
}

Status SpecialValue(std::string_view value) {
  return Error("postgres.special_value",
               fmt::format("the value {} has no form in the target", value),
               "--special-values null writes NULL instead, --special-values string writes the "
               "column as text");
}

// What all decoders over one Arrow builder share.
template <typename Builder>
class BuilderDecoder : public FieldDecoder {
 public:
  template <typename... Args>
  explicit BuilderDecoder(Args&&... args) : builder_(std::forward<Args>(args)...) {}

  Status AppendNull() override { return builder_.AppendNull(); }
  // The next batch will be much like this one: room for it is had at once, not by doubling.
  Result<std::shared_ptr<arrow::Array>> Finish() override {
    const int64_t rows = builder_.length();
    int64_t bytes = 0;
    if constexpr (kHoldsBytes) bytes = builder_.value_data_length();
    ARROW_ASSIGN_OR_RAISE(auto array, builder_.Finish());
    ARROW_RETURN_NOT_OK(builder_.Reserve(rows + rows / 8));
    if constexpr (kHoldsBytes) ARROW_RETURN_NOT_OK(builder_.ReserveData(bytes + bytes / 8));
    return array;
  }

 protected:
  static constexpr bool kHoldsBytes = std::is_base_of_v<arrow::BinaryBuilder, Builder>;
  Builder builder_;
};

class BoolDecoder final : public BuilderDecoder<arrow::BooleanBuilder> {
 public:
  BoolDecoder() : BuilderDecoder(DefaultMappingPool()) {}
  Status Append(std::string_view bytes) override {
    if (bytes.size() != 1) return WrongSize("boolean", bytes.size());
    return builder_.Append(bytes[0] != 0);
  }
};

template <typename Builder, typename Wire>
class NumberDecoder final : public BuilderDecoder<Builder> {
 public:
  NumberDecoder() : BuilderDecoder<Builder>(DefaultMappingPool()) {}
  Status Append(std::string_view bytes) override {
    if (bytes.size() != sizeof(Wire)) return WrongSize("number", bytes.size());
    return this->builder_.Append(
        std::bit_cast<typename Builder::value_type>(ReadBigEndian<Wire>(bytes.data())));
  }
};

class TextDecoder final : public BuilderDecoder<arrow::StringBuilder> {
 public:
  TextDecoder(size_t skip, bool validate)
      : BuilderDecoder(DefaultMappingPool()), skip_(skip), validate_(validate) {
    if (validate_) arrow::util::InitializeUTF8();
  }
  Status Append(std::string_view bytes) override {
    if (bytes.size() < skip_) return WrongSize("jsonb", bytes.size());
    bytes.remove_prefix(skip_);
    if (validate_ && !arrow::util::ValidateUTF8(bytes)) {
      return Error("postgres.encoding", "the text is not valid UTF-8",
                   "the database is SQL_ASCII; select the column as bytea (convert_to) instead");
    }
    return builder_.Append(bytes);
  }

 private:
  const size_t skip_;
  const bool validate_;
};

class ByteaDecoder final : public BuilderDecoder<arrow::BinaryBuilder> {
 public:
  ByteaDecoder() : BuilderDecoder(DefaultMappingPool()) {}
  Status Append(std::string_view bytes) override { return builder_.Append(bytes); }
};

class UuidDecoder final : public BuilderDecoder<arrow::FixedSizeBinaryBuilder> {
 public:
  UuidDecoder() : BuilderDecoder(arrow::fixed_size_binary(16), DefaultMappingPool()) {}
  Status Append(std::string_view bytes) override {
    if (bytes.size() != 16) return WrongSize("uuid", bytes.size());
    return builder_.Append(bytes);
  }
};

// Values the target cannot hold: an error or NULL, as the user wished.
template <typename Builder>
class SpecialAwareDecoder : public BuilderDecoder<Builder> {
 public:
  template <typename... Args>
  explicit SpecialAwareDecoder(const DecoderOptions& options, Args&&... args)
      : BuilderDecoder<Builder>(std::forward<Args>(args)...), options_(options) {}

 protected:
  Status AppendSpecial(std::string_view name) {
    if (options_.special_values == SpecialValues::kNull) return this->builder_.AppendNull();
    return SpecialValue(name);
  }
  const DecoderOptions options_;
};

class DateDecoder final : public SpecialAwareDecoder<arrow::Date32Builder> {
 public:
  explicit DateDecoder(const DecoderOptions& options)
      : SpecialAwareDecoder(options, DefaultMappingPool()) {}
  Status Append(std::string_view bytes) override {
    if (bytes.size() != 4) return WrongSize("date", bytes.size());
    auto days = ReadBigEndian<int32_t>(bytes.data());
    if (days == kDateInfinity || days == kDateMinusInfinity) {
      if (options_.exact_text) return builder_.Append(days);
      return AppendSpecial(days > 0 ? "infinity" : "-infinity");
    }
    if (days < kDaysMin || days > kDaysMax) return OutOfRange("date");
    return builder_.Append(days + kDaysFrom1970To2000);
  }
};

class TimeDecoder final : public SpecialAwareDecoder<arrow::Time64Builder> {
 public:
  explicit TimeDecoder(const DecoderOptions& options)
      : SpecialAwareDecoder(options, arrow::time64(arrow::TimeUnit::MICRO), DefaultMappingPool()) {}
  Status Append(std::string_view bytes) override {
    if (bytes.size() != 8) return WrongSize("time", bytes.size());
    auto micros = ReadBigEndian<int64_t>(bytes.data());
    if (micros < 0 || micros > kMicrosPerDay) return OutOfRange("time");
    if (micros == kMicrosPerDay && !options_.exact_text) return AppendSpecial("24:00:00");
    return builder_.Append(micros);
  }
};

class TimestampDecoder final : public SpecialAwareDecoder<arrow::TimestampBuilder> {
 public:
  TimestampDecoder(const DecoderOptions& options, std::shared_ptr<arrow::DataType> type)
      : SpecialAwareDecoder(options, std::move(type), DefaultMappingPool()) {}
  Status Append(std::string_view bytes) override {
    if (bytes.size() != 8) return WrongSize("timestamp", bytes.size());
    auto micros = ReadBigEndian<int64_t>(bytes.data());
    if (micros == kTimestampInfinity) return AppendSpecial("infinity");
    if (micros == kTimestampMinusInfinity) return AppendSpecial("-infinity");
    int64_t since_1970;
    if (__builtin_add_overflow(micros, kMicrosFrom1970To2000, &since_1970)) {
      return AppendSpecial("of a timestamp after the year 294246");
    }
    return builder_.Append(since_1970);
  }
};

Status ParseOrFail(std::string_view bytes, WireNumeric* numeric) {
  if (ParseNumeric(bytes, numeric)) return Status::OK();
  return WrongSize("numeric", bytes.size());
}

class NumericTextDecoder final : public BuilderDecoder<arrow::StringBuilder> {
 public:
  NumericTextDecoder() : BuilderDecoder(DefaultMappingPool()) {}
  Status Append(std::string_view bytes) override {
    WireNumeric numeric;
    ARROW_RETURN_NOT_OK(ParseOrFail(bytes, &numeric));
    text_.Clear();
    AppendNumericText(numeric, &text_);
    return builder_.Append(text_.view());
  }

 private:
  ByteBuffer text_;
};

std::string_view NameOf(WireNumeric::Kind kind) {
  if (kind == WireNumeric::Kind::kNan) return "NaN";
  return kind == WireNumeric::Kind::kInfinity ? "Infinity" : "-Infinity";
}

Status TooManyDigits() {
  return Error("postgres.special_value", "a numeric has more digits than its type declares");
}

int32_t PrecisionOf(const WireType& wire) {
  return static_cast<const arrow::DecimalType&>(*wire.type).precision();
}

class Decimal128Decoder final : public SpecialAwareDecoder<arrow::Decimal128Builder> {
 public:
  Decimal128Decoder(const DecoderOptions& options, const WireType& wire)
      : SpecialAwareDecoder(options, wire.type, DefaultMappingPool()),
        scale_(wire.scale),
        max_(LargestOf(PrecisionOf(wire))) {}
  Status Append(std::string_view bytes) override {
    WireNumeric numeric;
    ARROW_RETURN_NOT_OK(ParseOrFail(bytes, &numeric));
    if (numeric.kind != WireNumeric::Kind::kFinite) return AppendSpecial(NameOf(numeric.kind));
    __int128 value;
    if (!NumericToInt128(numeric, scale_, &value)) return TooManyDigits();
    if (value > max_ || value < -max_) return TooManyDigits();
    return builder_.Append(
        arrow::Decimal128(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)));
  }

 private:
  static __int128 LargestOf(int32_t precision) {
    __int128 power = 1;
    for (int32_t i = 0; i < precision; ++i) power *= 10;
    return power - 1;
  }

  const int scale_;
  const __int128 max_;
};

class Decimal256Decoder final : public SpecialAwareDecoder<arrow::Decimal256Builder> {
 public:
  Decimal256Decoder(const DecoderOptions& options, const WireType& wire)
      : SpecialAwareDecoder(options, wire.type, DefaultMappingPool()),
        precision_(PrecisionOf(wire)),
        scale_(wire.scale) {}
  Status Append(std::string_view bytes) override {
    WireNumeric numeric;
    ARROW_RETURN_NOT_OK(ParseOrFail(bytes, &numeric));
    if (numeric.kind != WireNumeric::Kind::kFinite) return AppendSpecial(NameOf(numeric.kind));
    text_.Clear();
    AppendNumericText(numeric, &text_);
    int32_t precision = 0, scale = 0;
    arrow::Decimal256 value;
    const Status parsed = arrow::Decimal256::FromString(text_.view(), &value, &precision, &scale);
    // Rescale does not see every overflow.
    if (!parsed.ok() || precision - scale > precision_ - scale_) return TooManyDigits();
    const auto rescaled = value.Rescale(scale, scale_);
    return rescaled.ok() ? builder_.Append(*rescaled) : TooManyDigits();
  }

 private:
  const int32_t precision_;
  const int scale_;
  ByteBuffer text_;
};

// One-dimensional arrays with the type's lower bound (array_send in arrayfuncs.c): int32
// dimensions, flags, element type; per dimension int32 length and lower bound; then
// length-prefixed elements.
class ListDecoder final : public FieldDecoder {
 public:
  ListDecoder(const WireType& wire, const DecoderOptions& options)
      : type_(wire.type),
        lower_bound_(wire.lower_bound),
        element_(FieldDecoder::Make(*wire.element, options)),
        offsets_(DefaultMappingPool()),
        validity_(DefaultMappingPool()) {}

  Status Append(std::string_view bytes) override {
    ARROW_RETURN_NOT_OK(AppendElements(bytes));
    return EndRow(true);
  }
  Status AppendNull() override { return EndRow(false); }

  Result<std::shared_ptr<arrow::Array>> Finish() override {
    ARROW_RETURN_NOT_OK(offsets_.Append(length_));
    int64_t nulls = validity_.false_count();
    ARROW_ASSIGN_OR_RAISE(auto elements, element_->Finish());
    ARROW_ASSIGN_OR_RAISE(auto offsets, offsets_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto validity, validity_.Finish());
    auto list = std::make_shared<arrow::ListArray>(type_, rows_, std::move(offsets),
                                                   std::move(elements), std::move(validity), nulls);
    rows_ = 0;
    length_ = row_start_ = 0;
    return list;
  }

 private:
  Status EndRow(bool valid) {
    ARROW_RETURN_NOT_OK(offsets_.Append(row_start_));
    row_start_ = length_;
    ++rows_;
    return validity_.Append(valid);
  }

  Status AppendElements(std::string_view bytes) {
    row_start_ = length_;
    if (bytes.size() < 12) return WrongSize("array", bytes.size());
    auto dimensions = ReadBigEndian<int32_t>(bytes.data());
    if (dimensions == 0) return Status::OK();
    if (bytes.size() < 20) return WrongSize("array", bytes.size());
    const auto lower_bound = ReadBigEndian<int32_t>(bytes.data() + 16);
    if (dimensions != 1 || lower_bound != lower_bound_) return BadShape();
    auto count = ReadBigEndian<int32_t>(bytes.data() + 12);
    bytes.remove_prefix(20);
    if (count < 0) return WrongSize("array", bytes.size());
    for (int32_t i = 0; i < count; ++i) ARROW_RETURN_NOT_OK(AppendElement(&bytes));
    length_ += count;
    return bytes.empty() ? Status::OK() : WrongSize("array", bytes.size());
  }

  Status AppendElement(std::string_view* bytes) {
    if (bytes->size() < 4) return WrongSize("array", bytes->size());
    auto size = ReadBigEndian<int32_t>(bytes->data());
    bytes->remove_prefix(4);
    if (size < 0) return element_->AppendNull();
    if (bytes->size() < static_cast<size_t>(size)) return WrongSize("array", bytes->size());
    ARROW_RETURN_NOT_OK(element_->Append(bytes->substr(0, size)));
    bytes->remove_prefix(size);
    return Status::OK();
  }

  static Status BadShape() {
    return Error("postgres.array_shape",
                 "an array with several dimensions or another lower bound than 1 is not a list",
                 "--nested string writes arrays as PostgreSQL's text, --nested json as JSON");
  }

  const std::shared_ptr<arrow::DataType> type_;
  const int lower_bound_;
  std::unique_ptr<FieldDecoder> element_;
  arrow::TypedBufferBuilder<int32_t> offsets_;
  arrow::TypedBufferBuilder<bool> validity_;
  int32_t length_ = 0;     // elements so far
  int32_t row_start_ = 0;  // first element of the row being added
  int64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<FieldDecoder> FieldDecoder::Make(const WireType& wire,
                                                 const DecoderOptions& options) {
  switch (wire.wire) {
    case Wire::kBool:
      return std::make_unique<BoolDecoder>();
    case Wire::kInt16:
      return std::make_unique<NumberDecoder<arrow::Int16Builder, int16_t>>();
    case Wire::kInt32:
      return std::make_unique<NumberDecoder<arrow::Int32Builder, int32_t>>();
    case Wire::kInt64:
    case Wire::kTimestamp2000:
      return std::make_unique<NumberDecoder<arrow::Int64Builder, int64_t>>();
    case Wire::kOid:
      return std::make_unique<NumberDecoder<arrow::UInt32Builder, uint32_t>>();
    case Wire::kFloat32:
      return std::make_unique<NumberDecoder<arrow::FloatBuilder, uint32_t>>();
    case Wire::kFloat64:
      return std::make_unique<NumberDecoder<arrow::DoubleBuilder, uint64_t>>();
    case Wire::kNumericText:
      return std::make_unique<NumericTextDecoder>();
    case Wire::kNumericDecimal128:
      return std::make_unique<Decimal128Decoder>(options, wire);
    case Wire::kNumericDecimal256:
      return std::make_unique<Decimal256Decoder>(options, wire);
    case Wire::kText:
      return std::make_unique<TextDecoder>(0, options.validate_utf8);
    case Wire::kJsonb:
      return std::make_unique<TextDecoder>(1, options.validate_utf8);
    case Wire::kBytea:
      return std::make_unique<ByteaDecoder>();
    case Wire::kUuid:
      return std::make_unique<UuidDecoder>();
    case Wire::kDate:
      return std::make_unique<DateDecoder>(options);
    case Wire::kTime:
      return std::make_unique<TimeDecoder>(options);
    case Wire::kTimestamp:
      return std::make_unique<TimestampDecoder>(options, wire.type);
    case Wire::kList:
      return std::make_unique<ListDecoder>(wire, options);
  }
  return nullptr;
}

}  // namespace weir::postgres
