// Integers, floats and decimals.
#include <arrow/array.h>
#include <arrow/type.h>

#include <array>
#include <cstring>

#include "format/text/cell_kinds.h"
#include "format/text/digits.h"
#include "format/text/floats.h"

namespace weir::text_internal {
namespace {

template <typename T>
class IntegerCell final : public BoundedCell<IntegerCell<T>> {
 public:
  IntegerCell() : BoundedCell<IntegerCell>(CellClass::kNumber, kIntegerBytesMax) {}
  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    values_ = ValuesOf<T>(column);
  }
  char* Write(int64_t row, char* out) const override { return WriteInteger(values_[row], out); }

 private:
  const T* values_ = nullptr;
};

template <typename T, char* (*kWrite)(T, char*)>
class FloatCell final : public BoundedCell<FloatCell<T, kWrite>> {
 public:
  FloatCell() : BoundedCell<FloatCell>(CellClass::kNumber, kFloatBytesMax) {}
  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    values_ = ValuesOf<T>(column);
  }
  char* Write(int64_t row, char* out) const override { return kWrite(values_[row], out); }

 private:
  const T* values_ = nullptr;
};

constexpr uint64_t kChunk = 1'000'000'000'000'000'000;  // 18 digits at a time
constexpr int kChunkDigits = 18;

// Two's complement in little-endian 64-bit limbs, as Arrow stores decimals.
template <size_t kLimbs>
struct Limbs {
  std::array<uint64_t, kLimbs> words;

  bool IsNegative() const { return static_cast<int64_t>(words[kLimbs - 1]) < 0; }
  void Negate() {
    bool carry = true;
    for (uint64_t& word : words) {
      word = ~word + (carry ? 1 : 0);
      carry = carry && word == 0;
    }
  }
  bool FitsOneWord() const {
    for (size_t i = 1; i < kLimbs; ++i) {
      if (words[i] != 0) return false;
    }
    return true;
  }
  uint64_t DivideByChunk() {
    uint64_t remainder = 0;
    for (size_t i = kLimbs; i-- > 0;) {
      unsigned __int128 part = (static_cast<unsigned __int128>(remainder) << 64) | words[i];
      words[i] = static_cast<uint64_t>(part / kChunk);
      remainder = static_cast<uint64_t>(part % kChunk);
    }
    return remainder;
  }
};

template <size_t kLimbs>
char* WriteMagnitude(Limbs<kLimbs> value, char* out) {
  std::array<uint64_t, kLimbs + 2> chunks;
  size_t count = 0;
  while (!value.FitsOneWord()) chunks[count++] = value.DivideByChunk();
  out = WriteInteger(value.words[0], out);
  while (count-- > 0) out = WritePadded(chunks[count], kChunkDigits, out);
  return out;
}

// Turns the digits [begin, end) into the number with its last `scale` digits after the point.
char* PlacePoint(char* begin, char* end, int scale) {
  if (scale <= 0) {
    if (*begin == '0') return end;
    std::memset(end, '0', static_cast<size_t>(-scale));
    return end - scale;
  }
  int missing = scale + 1 - static_cast<int>(end - begin);
  if (missing > 0) {
    std::memmove(begin + missing, begin, static_cast<size_t>(end - begin));
    std::memset(begin, '0', static_cast<size_t>(missing));
    end += missing;
  }
  std::memmove(end - scale + 1, end - scale, static_cast<size_t>(scale));
  end[-scale] = '.';
  return end + 1;
}

// kLimbs 64-bit words per value; decimal32 and decimal64 are widened to one.
template <typename Stored, size_t kLimbs>
class DecimalCell final : public BoundedCell<DecimalCell<Stored, kLimbs>> {
 public:
  explicit DecimalCell(int scale)
      : BoundedCell<DecimalCell>(CellClass::kNumber, BytesMax(scale)), scale_(scale) {}
  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    const arrow::ArrayData& data = *column.data();
    bytes_ = data.buffers[1] == nullptr ? nullptr : data.buffers[1]->data();
    if (bytes_ != nullptr) bytes_ += static_cast<size_t>(data.offset) * kWidth;
  }
  char* Write(int64_t row, char* out) const override {
    Limbs<kLimbs> value = Load(row);
    if (value.IsNegative()) {
      *out++ = '-';
      value.Negate();
    }
    char* end =
        value.FitsOneWord() ? WriteInteger(value.words[0], out) : WriteMagnitude(value, out);
    return PlacePoint(out, end, scale_);
  }

 private:
  static constexpr size_t kWidth = sizeof(Stored);

  // A sign, a point, a zero before it, and the digits with what the scale adds.
  static size_t BytesMax(int scale) {
    return kLimbs * 20 + 4 + static_cast<size_t>(scale < 0 ? -scale : scale);
  }
  Limbs<kLimbs> Load(int64_t row) const {
    Stored stored;
    std::memcpy(&stored, bytes_ + static_cast<size_t>(row) * kWidth, kWidth);
    if constexpr (kLimbs == 1) {
      return {{static_cast<uint64_t>(static_cast<int64_t>(stored))}};
    } else {
      return {stored};
    }
  }

  const int scale_;
  const uint8_t* bytes_ = nullptr;
};

template <typename Stored, size_t kLimbs>
std::unique_ptr<Cell> MakeDecimalCell(const arrow::DataType& type) {
  return std::make_unique<DecimalCell<Stored, kLimbs>>(
      static_cast<const arrow::DecimalType&>(type).scale());
}

}  // namespace

std::unique_ptr<Cell> MakeNumberCell(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
      return std::make_unique<IntegerCell<int8_t>>();
    case arrow::Type::INT16:
      return std::make_unique<IntegerCell<int16_t>>();
    case arrow::Type::INT32:
      return std::make_unique<IntegerCell<int32_t>>();
    case arrow::Type::INT64:
      return std::make_unique<IntegerCell<int64_t>>();
    case arrow::Type::UINT8:
      return std::make_unique<IntegerCell<uint8_t>>();
    case arrow::Type::UINT16:
      return std::make_unique<IntegerCell<uint16_t>>();
    case arrow::Type::UINT32:
      return std::make_unique<IntegerCell<uint32_t>>();
    case arrow::Type::UINT64:
      return std::make_unique<IntegerCell<uint64_t>>();
    case arrow::Type::HALF_FLOAT:
      return std::make_unique<FloatCell<uint16_t, WriteFloat16>>();
    case arrow::Type::FLOAT:
      return std::make_unique<FloatCell<float, WriteFloat32>>();
    case arrow::Type::DOUBLE:
      return std::make_unique<FloatCell<double, WriteFloat64>>();
    case arrow::Type::DECIMAL32:
      return MakeDecimalCell<int32_t, 1>(type);
    case arrow::Type::DECIMAL64:
      return MakeDecimalCell<int64_t, 1>(type);
    case arrow::Type::DECIMAL128:
      return MakeDecimalCell<std::array<uint64_t, 2>, 2>(type);
    case arrow::Type::DECIMAL256:
      return MakeDecimalCell<std::array<uint64_t, 4>, 4>(type);
    default:
      return nullptr;
  }
}

}  // namespace weir::text_internal
