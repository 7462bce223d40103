// Dates, times of day, timestamps, durations and intervals.
#include <arrow/array.h>
#include <arrow/type.h>

#include <cstring>
#include <type_traits>

#include "format/text/cell_kinds.h"
#include "format/text/civil.h"
#include "format/text/digits.h"

namespace weir::text_internal {
namespace {

constexpr std::string_view kInfinity = "infinity";
constexpr std::string_view kMinusInfinity = "-infinity";

constexpr int64_t PowerOfTen(int digits) {
  return digits == 0 ? 1 : 10 * PowerOfTen(digits - 1);
}

// Fraction digits of a time unit.
int DigitsOf(arrow::TimeUnit::type unit) {
  return 3 * static_cast<int>(unit);
}

int64_t FloorDivide(int64_t value, int64_t by) {
  int64_t quotient = value / by;
  return value % by < 0 ? quotient - 1 : quotient;
}

// Calls make with the unit's fraction digits as a compile-time constant.
template <typename Make>
std::unique_ptr<Cell> WithDigits(int digits, Make make) {
  switch (digits) {
    case 0:
      return make(std::integral_constant<int, 0>());
    case 3:
      return make(std::integral_constant<int, 3>());
    case 6:
      return make(std::integral_constant<int, 6>());
    default:
      return make(std::integral_constant<int, 9>());
  }
}

struct TimestampStyle {
  Dialect dialect = Dialect::kIso;
  bool instant = false;     // written with its zone, which is UTC
  bool since_2000 = false;  // ValueKind::kTimestamp(Tz)2000
};

// kDigits: fraction digits of the unit.
template <int kDigits>
class TimestampCell final : public BoundedCell<TimestampCell<kDigits>> {
 public:
  explicit TimestampCell(TimestampStyle style)
      : BoundedCell<TimestampCell>(CellClass::kPlain, kBytesMax),
        day_(style.dialect, style.dialect == Dialect::kPostgres ? ' ' : 'T'),
        infinities_(style.since_2000),
        epoch_days_(style.since_2000 ? kDaysFrom1970To2000 : 0) {
    std::string_view zone = "";  // not null: it is copied from
    if (style.instant) zone = style.dialect == Dialect::kPostgres ? "+00" : "Z";
    zone_bytes_ = zone.size();
    WriteText(zone, zone_);
  }

  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    values_ = ValuesOf<int64_t>(column);
  }
  char* Write(int64_t row, char* out) const override {
    int64_t value = values_[row];
    if (infinities_ && value == kTimestampInfinity) return WriteText(kInfinity, out);
    if (infinities_ && value == kTimestampMinusInfinity) return WriteText(kMinusInfinity, out);
    int64_t days = FloorDivide(value, kPerDay);
    // Unsigned, because the product may pass the end of int64 where the difference does not.
    uint64_t of_day =
        static_cast<uint64_t>(value) - static_cast<uint64_t>(days) * static_cast<uint64_t>(kPerDay);
    out = day_.Write(days + epoch_days_, out);
    out = WriteTimeOfDay(static_cast<uint32_t>(of_day / kPerSecond), of_day % kPerSecond, kDigits,
                         out);
    std::memcpy(out, zone_, sizeof(zone_));
    return day_.WriteEra(out + zone_bytes_);
  }

 private:
  static constexpr uint64_t kPerSecond = PowerOfTen(kDigits);
  static constexpr int64_t kPerDay = kSecondsPerDay * PowerOfTen(kDigits);
  static constexpr size_t kBytesMax = DayText::kBytesMax + 32;

  mutable DayText day_;
  char zone_[4] = {};
  size_t zone_bytes_ = 0;
  const bool infinities_;
  const int64_t epoch_days_;
  const int64_t* values_ = nullptr;
};

class Date32Cell final : public BoundedCell<Date32Cell> {
 public:
  explicit Date32Cell(Dialect dialect)
      : BoundedCell(CellClass::kPlain, DayText::kBytesMax + 8), day_(dialect, 0) {}
  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    values_ = ValuesOf<int32_t>(column);
  }
  char* Write(int64_t row, char* out) const override {
    int32_t days = values_[row];
    if (days == kDateInfinity) return WriteText(kInfinity, out);
    if (days == kDateMinusInfinity) return WriteText(kMinusInfinity, out);
    return day_.WriteEra(day_.Write(days, out));
  }

 private:
  mutable DayText day_;
  const int32_t* values_ = nullptr;
};

// Arrow wants whole days in milliseconds; a value that is not is written with its time of day
// rather than cut.
class Date64Cell final : public BoundedCell<Date64Cell> {
 public:
  explicit Date64Cell(Dialect dialect)
      : BoundedCell(CellClass::kPlain, DayText::kBytesMax + 32),
        separator_(dialect == Dialect::kPostgres ? ' ' : 'T'),
        day_(dialect, 0) {}
  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    values_ = ValuesOf<int64_t>(column);
  }
  char* Write(int64_t row, char* out) const override {
    constexpr int64_t kPerDay = kSecondsPerDay * 1000;
    int64_t days = FloorDivide(values_[row], kPerDay);
    uint64_t of_day = static_cast<uint64_t>(values_[row]) -
                      static_cast<uint64_t>(days) * static_cast<uint64_t>(kPerDay);
    out = day_.Write(days, out);
    if (of_day != 0) {
      *out++ = separator_;
      out = WriteTimeOfDay(static_cast<uint32_t>(of_day / 1000), of_day % 1000, 3, out);
    }
    return day_.WriteEra(out);
  }

 private:
  const char separator_;
  mutable DayText day_;
  const int64_t* values_ = nullptr;
};

template <typename T, int kDigits>
class TimeCell final : public BoundedCell<TimeCell<T, kDigits>> {
 public:
  TimeCell() : BoundedCell<TimeCell>(CellClass::kPlain, 48) {}
  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    values_ = ValuesOf<T>(column);
  }
  char* Write(int64_t row, char* out) const override {
    int64_t value = values_[row];
    constexpr int64_t kPerSecond = PowerOfTen(kDigits);
    if (value < 0 || value > kSecondsPerDay * kPerSecond) return WriteOutside(value, out);
    return WriteTimeOfDay(static_cast<uint32_t>(value / kPerSecond),
                          static_cast<uint64_t>(value % kPerSecond), kDigits, out);
  }

 private:
  // Not a time of day, but files hold it: signed, with as many hours as it has.
  static char* WriteOutside(int64_t value, char* out) {
    constexpr uint64_t kPerSecond = PowerOfTen(kDigits);
    uint64_t magnitude = value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    if (value < 0) *out++ = '-';
    uint64_t seconds = magnitude / kPerSecond;
    uint64_t hours = seconds / 3600;
    if (hours < 10) *out++ = '0';
    out = WriteInteger(hours, out);
    *out++ = ':';
    out = WriteTwoDigits(static_cast<uint32_t>(seconds / 60 % 60), out);
    *out++ = ':';
    out = WriteTwoDigits(static_cast<uint32_t>(seconds % 60), out);
    return WriteFraction(magnitude % kPerSecond, kDigits, out);
  }

  const T* values_ = nullptr;
};

Duration DurationOf(int64_t value, int64_t per_second, int digits) {
  return {0, 0, value / per_second, value % per_second, digits};
}

template <int kDigits>
struct DurationReader {
  using Stored = int64_t;
  static Duration Read(Stored value) { return DurationOf(value, PowerOfTen(kDigits), kDigits); }
};

struct MonthReader {
  using Stored = int32_t;
  static Duration Read(Stored months) { return {months, 0, 0, 0, 0}; }
};

struct DayTimeReader {
  using Stored = arrow::DayTimeIntervalType::DayMilliseconds;
  static Duration Read(const Stored& value) {
    Duration duration = DurationOf(value.milliseconds, 1000, 3);
    duration.days = value.days;
    return duration;
  }
};

struct MonthDayNanoReader {
  using Stored = arrow::MonthDayNanoIntervalType::MonthDayNanos;
  static Duration Read(const Stored& value) {
    Duration duration = DurationOf(value.nanoseconds, 1'000'000'000, 9);
    duration.months = value.months;
    duration.days = value.days;
    return duration;
  }
};

template <typename Reader>
class DurationCell final : public BoundedCell<DurationCell<Reader>> {
 public:
  DurationCell() : BoundedCell<DurationCell>(CellClass::kPlain, kDurationBytesMax) {}
  void Bind(const arrow::Array& column) override {
    Cell::Bind(column);
    values_ = ValuesOf<typename Reader::Stored>(column);
  }
  char* Write(int64_t row, char* out) const override {
    return WriteDuration(Reader::Read(values_[row]), out);
  }

 private:
  const typename Reader::Stored* values_ = nullptr;
};

std::unique_ptr<Cell> MakeTimestampCell(arrow::TimeUnit::type unit, TimestampStyle style) {
  return WithDigits(DigitsOf(unit), [&](auto digits) -> std::unique_ptr<Cell> {
    return std::make_unique<TimestampCell<digits()>>(style);
  });
}

template <typename T>
std::unique_ptr<Cell> MakeTimeOfDayCell(const arrow::DataType& type) {
  auto unit = static_cast<const arrow::TimeType&>(type).unit();
  return WithDigits(DigitsOf(unit), [](auto digits) -> std::unique_ptr<Cell> {
    return std::make_unique<TimeCell<T, digits()>>();
  });
}

std::unique_ptr<Cell> MakeDurationCell(const arrow::DataType& type) {
  auto unit = static_cast<const arrow::DurationType&>(type).unit();
  return WithDigits(DigitsOf(unit), [](auto digits) -> std::unique_ptr<Cell> {
    return std::make_unique<DurationCell<DurationReader<digits()>>>();
  });
}

}  // namespace

std::unique_ptr<Cell> MakeTimeCell(const arrow::DataType& type, ValueKind kind, Dialect dialect) {
  bool instant2000 = kind == ValueKind::kTimestampTz2000;
  switch (type.id()) {
    case arrow::Type::INT64:
      if (kind != ValueKind::kTimestamp2000 && !instant2000) return nullptr;
      return MakeTimestampCell(arrow::TimeUnit::MICRO, {dialect, instant2000, true});
    case arrow::Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
      return MakeTimestampCell(timestamp.unit(), {dialect, !timestamp.timezone().empty(), false});
    }
    case arrow::Type::DATE32:
      return std::make_unique<Date32Cell>(dialect);
    case arrow::Type::DATE64:
      return std::make_unique<Date64Cell>(dialect);
    case arrow::Type::TIME32:
      return MakeTimeOfDayCell<int32_t>(type);
    case arrow::Type::TIME64:
      return MakeTimeOfDayCell<int64_t>(type);
    case arrow::Type::DURATION:
      return MakeDurationCell(type);
    case arrow::Type::INTERVAL_MONTHS:
      return std::make_unique<DurationCell<MonthReader>>();
    case arrow::Type::INTERVAL_DAY_TIME:
      return std::make_unique<DurationCell<DayTimeReader>>();
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
      return std::make_unique<DurationCell<MonthDayNanoReader>>();
    default:
      return nullptr;
  }
}

}  // namespace weir::text_internal
