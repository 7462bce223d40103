#include "db/postgres/field_decoder.h"

#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

#include "base/mapping_pool.h"
#include "core/field.h"
#include "db/postgres/column_buffer.h"
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

template <typename Column>
class ColumnDecoder : public FieldDecoder {
 public:
  explicit ColumnDecoder(std::shared_ptr<arrow::DataType> type) : type_(std::move(type)) {}

  Status AppendNull() override { return column_.AppendNull(); }
  Result<std::shared_ptr<arrow::Array>> Finish() override { return column_.Finish(type_); }

 protected:
  const std::shared_ptr<arrow::DataType> type_;
  Column column_;
};

class BoolDecoder final : public ColumnDecoder<BoolColumn> {
 public:
  using ColumnDecoder::ColumnDecoder;
  Status Append(std::string_view bytes) override {
    if (bytes.size() != 1) return WrongSize("boolean", bytes.size());
    return column_.Append(bytes[0] != 0);
  }
};

// Floating-point numbers, too: their bits.
template <typename Wire>
class NumberDecoder final : public ColumnDecoder<FixedColumn<Wire>> {
 public:
  using ColumnDecoder<FixedColumn<Wire>>::ColumnDecoder;
  Status Append(std::string_view bytes) override {
    if (bytes.size() != sizeof(Wire)) return WrongSize("number", bytes.size());
    return this->column_.Append(ReadBigEndian<Wire>(bytes.data()));
  }
};

class TextDecoder final : public ColumnDecoder<BytesColumn> {
 public:
  TextDecoder(std::shared_ptr<arrow::DataType> type, size_t skip, bool validate)
      : ColumnDecoder(std::move(type)), skip_(skip), validate_(validate) {
    if (validate_) arrow::util::InitializeUTF8();
  }
  Status Append(std::string_view bytes) override {
    if (bytes.size() < skip_) return WrongSize("jsonb", bytes.size());
    bytes.remove_prefix(skip_);
    if (validate_ && !arrow::util::ValidateUTF8(bytes)) {
      return Error("postgres.encoding", "the text is not valid UTF-8",
                   "the database is SQL_ASCII; select the column as bytea (convert_to) instead");
    }
    return column_.Append(bytes);
  }

 private:
  const size_t skip_;
  const bool validate_;
};

class ByteaDecoder final : public ColumnDecoder<BytesColumn> {
 public:
  using ColumnDecoder::ColumnDecoder;
  Status Append(std::string_view bytes) override { return column_.Append(bytes); }
};

class UuidDecoder final : public ColumnDecoder<FixedColumn<std::array<char, 16>>> {
 public:
  using ColumnDecoder::ColumnDecoder;
  Status Append(std::string_view bytes) override {
    std::array<char, 16> uuid;
    if (bytes.size() != uuid.size()) return WrongSize("uuid", bytes.size());
    std::memcpy(uuid.data(), bytes.data(), uuid.size());
    return column_.Append(uuid);
  }
};

// Values the target cannot hold: an error or NULL, as the user wished.
template <typename Column>
class SpecialAwareDecoder : public ColumnDecoder<Column> {
 public:
  SpecialAwareDecoder(std::shared_ptr<arrow::DataType> type, const DecoderOptions& options)
      : ColumnDecoder<Column>(std::move(type)), options_(options) {}

 protected:
  Status AppendSpecial(std::string_view name) {
    if (options_.special_values == SpecialValues::kNull) return this->column_.AppendNull();
    return SpecialValue(name);
  }
  const DecoderOptions options_;
};

class DateDecoder final : public SpecialAwareDecoder<FixedColumn<int32_t>> {
 public:
  using SpecialAwareDecoder::SpecialAwareDecoder;
  Status Append(std::string_view bytes) override {
    if (bytes.size() != 4) return WrongSize("date", bytes.size());
    auto days = ReadBigEndian<int32_t>(bytes.data());
    if (days == kDateInfinity || days == kDateMinusInfinity) {
      if (options_.exact_text) return column_.Append(days);
      return AppendSpecial(days > 0 ? "infinity" : "-infinity");
    }
    if (days < kDaysMin || days > kDaysMax) return OutOfRange("date");
    return column_.Append(days + kDaysFrom1970To2000);
  }
};

class TimeDecoder final : public SpecialAwareDecoder<FixedColumn<int64_t>> {
 public:
  using SpecialAwareDecoder::SpecialAwareDecoder;
  Status Append(std::string_view bytes) override {
    if (bytes.size() != 8) return WrongSize("time", bytes.size());
    auto micros = ReadBigEndian<int64_t>(bytes.data());
    if (micros < 0 || micros > kMicrosPerDay) return OutOfRange("time");
    if (micros == kMicrosPerDay && !options_.exact_text) return AppendSpecial("24:00:00");
    return column_.Append(micros);
  }
};

class TimestampDecoder final : public SpecialAwareDecoder<FixedColumn<int64_t>> {
 public:
  using SpecialAwareDecoder::SpecialAwareDecoder;
  Status Append(std::string_view bytes) override {
    if (bytes.size() != 8) return WrongSize("timestamp", bytes.size());
    auto micros = ReadBigEndian<int64_t>(bytes.data());
    if (micros == kTimestampInfinity) return AppendSpecial("infinity");
    if (micros == kTimestampMinusInfinity) return AppendSpecial("-infinity");
    int64_t since_1970;
    if (__builtin_add_overflow(micros, kMicrosFrom1970To2000, &since_1970)) {
      return AppendSpecial("of a timestamp after the year 294246");
    }
    return column_.Append(since_1970);
  }
};

Status ParseOrFail(std::string_view bytes, WireNumeric* numeric) {
  if (ParseNumeric(bytes, numeric)) return Status::OK();
  return WrongSize("numeric", bytes.size());
}

class NumericTextDecoder final : public ColumnDecoder<BytesColumn> {
 public:
  using ColumnDecoder::ColumnDecoder;
  Status Append(std::string_view bytes) override {
    WireNumeric numeric;
    ARROW_RETURN_NOT_OK(ParseOrFail(bytes, &numeric));
    ARROW_ASSIGN_OR_RAISE(char* to, column_.Reserve(NumericTextBytesMax(numeric)));
    return column_.Commit(static_cast<size_t>(WriteNumericText(numeric, to) - to));
  }
};

Status TooManyDigits() {
  return Error("postgres.special_value", "a numeric has more digits than its type declares");
}

int32_t PrecisionOf(const WireType& wire) {
  return static_cast<const arrow::DecimalType&>(*wire.type).precision();
}

static_assert(std::endian::native == std::endian::little,
              "Arrow's decimals are written as integers");

class Decimal128Decoder final : public SpecialAwareDecoder<FixedColumn<__int128>> {
 public:
  Decimal128Decoder(const WireType& wire, const DecoderOptions& options)
      : SpecialAwareDecoder(wire.type, options),
        scale_(wire.scale),
        max_(LargestOf(PrecisionOf(wire))) {}
  Status Append(std::string_view bytes) override {
    WireNumeric numeric;
    ARROW_RETURN_NOT_OK(ParseOrFail(bytes, &numeric));
    if (numeric.kind != WireNumeric::Kind::kFinite) return AppendSpecial(NameOf(numeric.kind));
    __int128 value;
    if (!NumericToInt128(numeric, scale_, &value)) return TooManyDigits();
    if (value > max_ || value < -max_) return TooManyDigits();
    return column_.Append(value);
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

class Decimal256Decoder final : public SpecialAwareDecoder<FixedColumn<std::array<uint8_t, 32>>> {
 public:
  Decimal256Decoder(const WireType& wire, const DecoderOptions& options)
      : SpecialAwareDecoder(wire.type, options),
        precision_(PrecisionOf(wire)),
        scale_(wire.scale) {}
  Status Append(std::string_view bytes) override {
    WireNumeric numeric;
    ARROW_RETURN_NOT_OK(ParseOrFail(bytes, &numeric));
    if (numeric.kind != WireNumeric::Kind::kFinite) return AppendSpecial(NameOf(numeric.kind));
    text_.resize(NumericTextBytesMax(numeric));
    const char* end = WriteNumericText(numeric, text_.data());
    const std::string_view text(text_.data(), end);
    int32_t precision = 0, scale = 0;
    arrow::Decimal256 value;
    const Status parsed = arrow::Decimal256::FromString(text, &value, &precision, &scale);
    // Rescale does not see every overflow.
    if (!parsed.ok() || precision - scale > precision_ - scale_) return TooManyDigits();
    const auto rescaled = value.Rescale(scale, scale_);
    return rescaled.ok() ? column_.Append(rescaled->ToBytes()) : TooManyDigits();
  }

 private:
  const int32_t precision_;
  const int scale_;
  std::string text_;
};

// One-dimensional arrays with the type's lower bound (array_send in arrayfuncs.c): int32
// dimensions, flags, element type; per dimension int32 length and lower bound; then
// length-prefixed elements.
class ListDecoder final : public FieldDecoder {
 public:
  ListDecoder(const WireType& wire, const DecoderOptions& options)
      : type_(wire.type),
        lower_bound_(wire.lower_bound),
        element_(FieldDecoder::Make(*wire.element, options)) {}

  Status Append(std::string_view bytes) override {
    const int32_t first = length_;
    ARROW_RETURN_NOT_OK(AppendElements(bytes));
    ARROW_RETURN_NOT_OK(AppendValue(first, &offsets_));
    return validity_.AppendValid();
  }
  Status AppendNull() override {
    ARROW_RETURN_NOT_OK(AppendValue(length_, &offsets_));
    return validity_.AppendNull();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override {
    ARROW_RETURN_NOT_OK(AppendValue(length_, &offsets_));
    ARROW_ASSIGN_OR_RAISE(auto elements, element_->Finish());
    ARROW_ASSIGN_OR_RAISE(auto offsets, FinishBuffer(&offsets_));
    length_ = 0;
    return validity_.Finish(type_, {std::move(offsets)}, {elements->data()});
  }

 private:
  Status AppendElements(std::string_view bytes) {
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
  arrow::BufferBuilder offsets_{DefaultMappingPool()};
  Validity validity_;
  int32_t length_ = 0;  // elements so far
};

}  // namespace

std::unique_ptr<FieldDecoder> FieldDecoder::Make(const WireType& wire,
                                                 const DecoderOptions& options) {
  switch (wire.wire) {
    case Wire::kBool:
      return std::make_unique<BoolDecoder>(wire.type);
    case Wire::kInt16:
      return std::make_unique<NumberDecoder<int16_t>>(wire.type);
    case Wire::kInt32:
      return std::make_unique<NumberDecoder<int32_t>>(wire.type);
    case Wire::kInt64:
    case Wire::kTimestamp2000:
      return std::make_unique<NumberDecoder<int64_t>>(wire.type);
    case Wire::kOid:
      return std::make_unique<NumberDecoder<uint32_t>>(wire.type);
    case Wire::kFloat32:
      return std::make_unique<NumberDecoder<uint32_t>>(wire.type);
    case Wire::kFloat64:
      return std::make_unique<NumberDecoder<uint64_t>>(wire.type);
    case Wire::kNumericText:
      return std::make_unique<NumericTextDecoder>(wire.type);
    case Wire::kNumericDecimal128:
      return std::make_unique<Decimal128Decoder>(wire, options);
    case Wire::kNumericDecimal256:
      return std::make_unique<Decimal256Decoder>(wire, options);
    case Wire::kText:
      return std::make_unique<TextDecoder>(wire.type, 0, options.validate_utf8);
    case Wire::kJsonb:
      return std::make_unique<TextDecoder>(wire.type, 1, options.validate_utf8);
    case Wire::kBytea:
      return std::make_unique<ByteaDecoder>(wire.type);
    case Wire::kUuid:
      return std::make_unique<UuidDecoder>(wire.type);
    case Wire::kDate:
      return std::make_unique<DateDecoder>(wire.type, options);
    case Wire::kTime:
      return std::make_unique<TimeDecoder>(wire.type, options);
    case Wire::kTimestamp:
      return std::make_unique<TimestampDecoder>(wire.type, options);
    case Wire::kList:
      return std::make_unique<ListDecoder>(wire, options);
  }
  return nullptr;
}

}  // namespace weir::postgres
