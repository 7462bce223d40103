#include "format/text/floats.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "format/text/digits.h"

namespace weir {
namespace {

// d.ddd x 10^exponent, as digits without the point.
struct Decimal {
  char digits[24];
  int count = 0;
  int exponent = 0;
};

// The parts of a float type that the code below depends on.
template <typename T>
struct Traits;
template <>
struct Traits<double> {
  using Bits = uint64_t;
  static constexpr int kMantissaBits = 52;
  static constexpr int kExponentBias = 1075;
  static constexpr int kScientificFrom = 15;
  // A decimal of 17 digits can lie exactly on a midpoint between two doubles only above this: the
  // midpoint is an odd 54-bit number times 2^k, and k < -1 would take more than 17 digits.
  static constexpr double kMidpointsFrom = 1125899906842624.0;  // 2^50
};
template <>
struct Traits<float> {
  using Bits = uint32_t;
  static constexpr int kMantissaBits = 23;
  static constexpr int kExponentBias = 150;
  static constexpr int kScientificFrom = 6;
  static constexpr float kMidpointsFrom = 524288.0f;  // 2^19, by the same count for 9 digits
};

// Reads what to_chars wrote in scientific form.
Decimal ParseScientific(const char* begin, const char* end) {
  Decimal decimal;
  const char* at = begin;
  for (; *at != 'e'; ++at) {
    if (*at != '.') decimal.digits[decimal.count++] = *at;
  }
  bool negative = at[1] == '-';
  for (at += 2; at < end; ++at) decimal.exponent = decimal.exponent * 10 + (*at - '0');
  if (negative) decimal.exponent = -decimal.exponent;
  while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0') --decimal.count;
  return decimal;
}

template <typename T>
Decimal Shortest(T value) {
  char text[64];
  auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
  return ParseScientific(text, end);
}

// `count` significant digits, correctly rounded.
template <typename T>
Decimal Rounded(T value, int count) {
  char text[64];
  auto end =
      std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific, count - 1).ptr;
  return ParseScientific(text, end);
}

uint64_t DigitsAsInteger(const Decimal& decimal) {
  uint64_t value = 0;
  for (int i = 0; i < decimal.count; ++i) value = value * 10 + (decimal.digits[i] - '0');
  return value;
}

// Whether digits x 10^power equals odd x 2^k exactly. REQUIRES: `odd` is odd.
bool EqualsOddTimesPowerOfTwo(uint64_t digits, int power, uint64_t odd, int k) {
  // Past 5^27 the product would have more bits than any midpoint's odd part.
  if (power > 27) return false;
  unsigned __int128 product = digits;
  int twos = power;
  for (int i = 0; i < power; ++i) product *= 5;
  // A negative power moves to the other side: digits == odd x 2^k x 10^-power.
  unsigned __int128 target = odd;
  for (int i = 0; i > power; --i) target *= 5;
  while ((product & 1) == 0) {
    product >>= 1;
    ++twos;
  }
  return product == target && twos == k;
}

// Whether `decimal` is exactly halfway between `value` and a neighbour. Such a decimal reads back
// as `value` only where ties go to even, which PostgreSQL does not rely on, so it never prints it.
// REQUIRES: value >= kMidpointsFrom, finite.
template <typename T>
bool IsMidpoint(const Decimal& decimal, T value) {
  using Tr = Traits<T>;
  auto bits = std::bit_cast<typename Tr::Bits>(value);
  uint64_t fraction = bits & ((typename Tr::Bits{1} << Tr::kMantissaBits) - 1);
  uint64_t mantissa = fraction | (uint64_t{1} << Tr::kMantissaBits);
  int exponent = static_cast<int>(bits >> Tr::kMantissaBits) - Tr::kExponentBias;
  uint64_t digits = DigitsAsInteger(decimal);
  int power = decimal.exponent - (decimal.count - 1);
  if (power < -3) return false;
  if (EqualsOddTimesPowerOfTwo(digits, power, 2 * mantissa + 1, exponent - 1)) return true;
  // Below a power of two the neighbour is half as far.
  if (fraction == 0) return EqualsOddTimesPowerOfTwo(digits, power, 4 * mantissa - 1, exponent - 2);
  return EqualsOddTimesPowerOfTwo(digits, power, 2 * mantissa - 1, exponent - 1);
}

template <typename T>
T ReadBack(const Decimal& decimal) {
  char text[48];
  char* at = text;
  *at++ = decimal.digits[0];
  *at++ = '.';
  at = WriteText({decimal.digits + 1, static_cast<size_t>(decimal.count - 1)}, at);
  *at++ = 'e';
  at = WriteInteger(decimal.exponent, at);
  T value = 0;
  std::from_chars(text, at, value);
  return value;
}

// The same number of digits, one unit in the last place up.
Decimal NextUp(Decimal decimal) {
  int i = decimal.count - 1;
  while (i >= 0 && decimal.digits[i] == '9') decimal.digits[i--] = '0';
  if (i >= 0) {
    ++decimal.digits[i];
  } else {
    decimal.digits[0] = '1';
    ++decimal.exponent;
  }
  return decimal;
}

template <typename T>
bool IsInside(const Decimal& decimal, T value) {
  return ReadBack<T>(decimal) == value && !IsMidpoint(decimal, value);
}

template <typename T>
Decimal ShortestInside(T value) {
  Decimal decimal = Shortest(value);
  if (value < Traits<T>::kMidpointsFrom || !IsMidpoint(decimal, value)) return decimal;
  for (int count = decimal.count; count < std::numeric_limits<T>::max_digits10; ++count) {
    Decimal rounded = Rounded(value, count);
    if (IsInside(rounded, value)) return rounded;
    // Above a power of two the interval is wider than below it: the nearest decimal below may be
    // outside while the next one up is inside.
    Decimal up = NextUp(rounded);
    if (rounded.count == count && IsInside(up, value)) return up;
  }
  return Rounded(value, std::numeric_limits<T>::max_digits10);
}

char* WriteExponent(int exponent, char* out) {
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  uint32_t magnitude = static_cast<uint32_t>(exponent < 0 ? -exponent : exponent);
  if (magnitude >= 100) *out++ = static_cast<char>('0' + magnitude / 100);
  return WriteTwoDigits(magnitude % 100, out);
}

char* WriteScientific(const Decimal& decimal, char* out) {
  *out++ = decimal.digits[0];
  if (decimal.count > 1) {
    *out++ = '.';
    out = WriteText({decimal.digits + 1, static_cast<size_t>(decimal.count - 1)}, out);
  }
  return WriteExponent(decimal.exponent, out);
}

char* WriteFixed(const Decimal& decimal, char* out) {
  std::string_view digits(decimal.digits, static_cast<size_t>(decimal.count));
  if (decimal.exponent < 0) {
    out = WriteText(std::string_view("0.0000").substr(0, 1 - decimal.exponent), out);
    return WriteText(digits, out);
  }
  size_t whole = static_cast<size_t>(decimal.exponent) + 1;
  if (digits.size() <= whole) {
    out = WriteText(digits, out);
    std::memset(out, '0', whole - digits.size());
    return out + (whole - digits.size());
  }
  out = WriteText(digits.substr(0, whole), out);
  *out++ = '.';
  return WriteText(digits.substr(whole), out);
}

char* WriteLayout(const Decimal& decimal, int scientific_from, char* out) {
  if (decimal.exponent < -4 || decimal.exponent >= scientific_from) {
    return WriteScientific(decimal, out);
  }
  return WriteFixed(decimal, out);
}

template <typename T>
char* WriteFloat(T value, char* out) {
  if (std::isnan(value)) return WriteText("NaN", out);
  if (std::signbit(value)) {
    *out++ = '-';
    value = -value;
  }
  if (std::isinf(value)) return WriteText("Infinity", out);
  // Whole numbers below the switch to scientific are their own shortest digits.
  constexpr T kWholeBelow = Traits<T>::kScientificFrom == 15 ? T(1e15) : T(1e6);
  if (value < kWholeBelow) {
    int64_t whole = static_cast<int64_t>(value);
    if (static_cast<T>(whole) == value) return WriteInteger(whole, out);
  }
  return WriteLayout(ShortestInside(value), Traits<T>::kScientificFrom, out);
}

// |bits| as a double, which holds every binary16 exactly. REQUIRES: finite.
double Float16Magnitude(uint16_t bits) {
  int exponent = bits >> 10 & 31;
  int fraction = bits & 1023;
  if (exponent == 0) return std::ldexp(fraction, -24);
  return std::ldexp(fraction + 1024, exponent - 25);
}

// Half the way to the neighbours below and above a positive finite binary16.
struct Interval {
  double low, high;
};
Interval Float16Interval(uint16_t bits) {
  double value = Float16Magnitude(bits);
  double below = Float16Magnitude(static_cast<uint16_t>(bits - 1));
  double up =
      bits == 0x7bff ? value - below : Float16Magnitude(static_cast<uint16_t>(bits + 1)) - value;
  return {(value + below) / 2, value + up / 2};
}

}  // namespace

char* WriteFloat64(double value, char* out) {
  return WriteFloat(value, out);
}

char* WriteFloat32(float value, char* out) {
  return WriteFloat(value, out);
}

char* WriteFloat16(uint16_t bits, char* out) {
  uint16_t magnitude = bits & 0x7fff;
  if (magnitude > 0x7c00) return WriteText("NaN", out);
  if (bits & 0x8000) *out++ = '-';
  if (magnitude == 0x7c00) return WriteText("Infinity", out);
  if (magnitude == 0) return WriteText("0", out);
  double value = Float16Magnitude(magnitude);
  Interval interval = Float16Interval(magnitude);
  Decimal decimal;
  for (int count = 1; count <= 5; ++count) {
    decimal = Rounded(value, count);
    double back = ReadBack<double>(decimal);
    if (back > interval.low && back < interval.high) break;
  }
  return WriteLayout(decimal, Traits<float>::kScientificFrom, out);
}

}  // namespace weir
