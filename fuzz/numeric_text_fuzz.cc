// Numbers as text: what is printed has the digits of what was read. The first byte says what the
// rest is:
//
//   n  a binary numeric, as numeric_send writes it
//   d  a scale and the 32 bytes of a decimal
//   f  the bytes of floats
//   l  the literal of a JSON number
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/field.h"
#include "db/duckdb/decimal_text.h"
#include "db/postgres/numeric.h"
#include "format/json/json_string.h"
#include "format/json/number_literal.h"
#include "format/text/cell.h"
#include "format/text/floats.h"
#include "fuzz/fuzzing.h"

namespace weir {
namespace {

using fuzzing::Input;
using fuzzing::Require;

// The digits of a finite numeric one by one, straight from its definition: sum of digit[i] *
// 10000^(weight - i).
std::string SlowText(const postgres::WireNumeric& numeric) {
  auto group = [&](int i) { return i >= 0 && i < numeric.digit_count ? numeric.digit(i) : 0; };
  std::string digits;
  for (int power = numeric.weight; power >= 0; --power) {
    const std::string group_digits = std::to_string(10000 + group(numeric.weight - power));
    digits += group_digits.substr(1);
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) digits.push_back('0');
  std::string fraction;
  for (int i = numeric.weight + 1; static_cast<int>(fraction.size()) < numeric.scale; ++i) {
    fraction += std::to_string(10000 + group(i)).substr(1);
  }
  fraction.resize(static_cast<size_t>(numeric.scale));
  return fmt::format("{}{}{}{}", numeric.negative ? "-" : "", digits, fraction.empty() ? "" : ".",
                     fraction);
}

// Whether all of the value's digits lie within its scale, as those of the server's numerics do.
bool IsWithinScale(const postgres::WireNumeric& numeric) {
  postgres::WireNumeric wide = numeric;
  const int beyond = 4 * std::max(0, numeric.digit_count - numeric.weight);
  wide.scale += beyond;
  const std::string digits = SlowText(wide);
  return digits.find_first_not_of('0', digits.size() - static_cast<size_t>(beyond)) ==
         std::string::npos;
}

void CheckInt128(const postgres::WireNumeric& numeric, std::string_view text, int scale) {
  __int128 value = 0;
  const bool fits = postgres::NumericToInt128(numeric, scale, &value);
  arrow::Decimal256 expected;  // holds every text of 40 digits at every scale
  int32_t precision = 0, text_scale = 0;
  Require(arrow::Decimal256::FromString(text, &expected, &precision, &text_scale), "it is read");
  const auto rescaled = expected.Rescale(text_scale, scale);
  const bool expected_fits = rescaled.ok() && rescaled->FitsInPrecision(38);
  Require(fits == expected_fits, "a numeric is taken when it fits", text);
  if (!fits) return;
  const arrow::Decimal128 actual(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value));
  Require(arrow::Decimal256(actual) == *rescaled, "its value is that of its text", text);
}

void CheckNumeric(Input input) {
  const int scale = input.Byte() % 31;
  postgres::WireNumeric numeric;
  const std::vector<char> copy(input.rest().begin(), input.rest().end());
  if (!postgres::ParseNumeric({copy.data(), copy.size()}, &numeric)) return;
  std::vector<char> room(postgres::NumericTextBytesMax(numeric));  // exactly: one byte more is seen
  const std::string_view text(room.data(), postgres::WriteNumericText(numeric, room.data()));
  if (numeric.kind != postgres::WireNumeric::Kind::kFinite) return;
  const std::string expected = SlowText(numeric);
  Require(text == expected, "a numeric's text is its digits", expected);
  // Longer texts are those of no decimal.
  if (text.size() <= 40 && IsWithinScale(numeric)) CheckInt128(numeric, text, scale);
}

template <typename Decimal, typename Type, typename Builder>
void CheckDecimal(std::string_view bytes, int scale) {
  std::array<uint8_t, Type::kByteWidth> raw = {};
  std::memcpy(raw.data(), bytes.data(), std::min(bytes.size(), raw.size()));
  const Decimal value(raw.data());
  if (!value.FitsInPrecision(Type::kMaxPrecision)) return;
  const auto type = Type::Make(Type::kMaxPrecision, scale).ValueOrDie();
  Builder builder(type);
  Require(builder.Append(value), "a decimal is appended");
  const auto column = builder.Finish().ValueOrDie();
  const auto cell = Cell::Make(*MakeField("v", type), Dialect::kIso).ValueOrDie();
  cell->Bind(*column);
  ByteBuffer text;
  cell->Append(0, &text);
  Require(text.size() <= cell->write_bytes_max(), "a decimal's text has its bound", text.view());
  Decimal read;
  int32_t precision = 0, read_scale = 0;
  Require(Decimal::FromString(text.view(), &read, &precision, &read_scale), "the text is read");
  Require(read == value && read_scale == scale, "it is the same decimal", text.view());
}

void CheckDuckdbDecimal(std::string_view bytes, int scale) {
  unsigned __int128 magnitude = 0;
  std::memcpy(&magnitude, bytes.data(), std::min(bytes.size(), sizeof magnitude));
  const bool negative = (scale & 1) != 0;
  char text[duckdb::kDecimalTextMax];
  const std::string_view written(text, duckdb::WriteDecimal(negative, magnitude, scale, text));
  arrow::Decimal256 read;
  int32_t precision = 0, read_scale = 0;
  Require(arrow::Decimal256::FromString(written, &read, &precision, &read_scale), "it is read");
  const arrow::Decimal256 value(
      arrow::Decimal256::LittleEndianArray,
      {static_cast<uint64_t>(magnitude), static_cast<uint64_t>(magnitude >> 64), 0, 0});
  Require(read == (negative ? arrow::Decimal256(-value) : value) && read_scale == scale,
          "same digits", written);
}

void CheckDecimals(Input input) {
  const int scale = input.Byte() % 77;
  CheckDecimal<arrow::Decimal256, arrow::Decimal256Type, arrow::Decimal256Builder>(input.rest(),
                                                                                   scale);
  if (scale > 38) return;
  CheckDecimal<arrow::Decimal128, arrow::Decimal128Type, arrow::Decimal128Builder>(input.rest(),
                                                                                   scale);
  CheckDuckdbDecimal(input.rest(), scale);
}

template <typename T>
void CheckFloat(T value, char* (*write)(T, char*)) {
  char text[kFloatBytesMax];
  const char* end = write(value, text);
  const std::string_view written(text, static_cast<size_t>(end - text));
  if (!std::isfinite(value)) {
    Require(!IsJsonNumber(written), "NaN and infinities are no numbers", written);
    return;
  }
  Require(IsJsonNumber(written), "a float's text is a number", written);
  T read = 0;
  const auto parsed = std::from_chars(text, end, read);
  Require(parsed.ptr == end && read == value && std::signbit(read) == std::signbit(value),
          "it is the same float", written);
}

void CheckFloats(Input input) {
  uint64_t bits = 0;
  const std::string_view bytes = input.Take(sizeof bits);
  std::memcpy(&bits, bytes.data(), bytes.size());
  CheckFloat<double>(std::bit_cast<double>(bits), WriteFloat64);
  CheckFloat<float>(std::bit_cast<float>(static_cast<uint32_t>(bits)), WriteFloat32);
  const auto half = static_cast<uint16_t>(bits);
  char text[kFloatBytesMax];
  const char* end = WriteFloat16(half, text);
  float read = 0;
  const auto value = arrow::util::Float16::FromBits(half);
  if (!value.is_finite()) return;
  std::from_chars(text, end, read);
  Require(arrow::util::Float16::FromFloat(read).bits() == half, "it is the same half",
          {text, static_cast<size_t>(end - text)});
}

void CheckLiteral(std::string_view text) {
  const auto number = AnalyzeNumber(text);
  Require(number.has_value() == IsJsonNumber(text), "a number's literal is one", text);
  if (!number) return;
  const char* end = text.data() + text.size();
  if (number->is_int64) {
    int64_t value = 0;
    std::from_chars(text.data(), end, value);
    Require(std::to_string(value) == text, "an int64 has the literal's digits", text);
  }
  if (number->is_double) {
    double value = 0;
    const auto read = std::from_chars(text.data(), end, value);
    Require(read.ec == std::errc() && read.ptr == end && std::isfinite(value), "a double", text);
    CheckFloat<double>(value, WriteFloat64);
  }
  if (number->is_decimal) {
    arrow::Decimal128 value;
    int32_t precision = 0, scale = 0;
    Require(arrow::Decimal128::FromString(text, &value, &precision, &scale), "a decimal is read");
    Require(scale == number->scale, "a decimal has its scale", text);
    Require(value.FitsInPrecision(std::max(1, number->integer_digits + number->scale)),
            "a decimal has its digits", text);
  }
}

}  // namespace
}  // namespace weir

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  weir::fuzzing::Input input(bytes, size);
  switch (input.Byte()) {
    case 'n':
      weir::CheckNumeric(input);
      return 0;
    case 'd':
      weir::CheckDecimals(input);
      return 0;
    case 'f':
      weir::CheckFloats(input);
      return 0;
    case 'l':
      weir::CheckLiteral(input.rest());
      return 0;
    default:
      return -1;
  }
}
