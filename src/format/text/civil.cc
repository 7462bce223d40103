#include "format/text/civil.h"

namespace weir {
namespace {

constexpr int64_t kDaysPerEra = 146097;  // of 400 years

uint64_t Magnitude(int64_t value) {
  return value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

char* WriteYear(uint64_t year, char* out) {
  return year < 10000 ? WritePadded(year, 4, out) : WriteInteger(year, out);
}

char* WriteIsoYear(int64_t year, char* out) {
  if (year < 0) *out++ = '-';
  if (year > 9999) *out++ = '+';
  return WriteYear(Magnitude(year), out);
}

char* WritePart(int64_t value, char unit, char* out) {
  if (value == 0) return out;
  out = WriteInteger(value, out);
  *out++ = unit;
  return out;
}

char* WriteSecondsPart(int64_t seconds, int64_t fraction, int digits, char* out) {
  if (seconds == 0 && fraction == 0) return out;
  if (seconds < 0 || fraction < 0) *out++ = '-';
  out = WriteInteger(Magnitude(seconds), out);
  out = WriteFraction(Magnitude(fraction), digits, out);
  *out++ = 'S';
  return out;
}

}  // namespace

// The year is counted from 1 March of year 0, so that the leap day ends it and the length of the
// months before it follows one straight line.
CivilDate CivilFromDays(int64_t days) {
  days += 719468;  // 0000-03-01 to 1970-01-01
  int64_t era = (days >= 0 ? days : days - (kDaysPerEra - 1)) / kDaysPerEra;
  uint32_t day_of_era = static_cast<uint32_t>(days - era * kDaysPerEra);
  uint32_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  uint32_t march_month = (5 * day_of_year + 2) / 153;
  uint32_t day = day_of_year - (153 * march_month + 2) / 5 + 1;
  uint32_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month, day};
}

void DayText::Refill(int64_t days) {
  CivilDate date = CivilFromDays(days);
  char* out = text_;
  bc_ = dialect_ == Dialect::kPostgres && date.year <= 0;
  if (dialect_ == Dialect::kPostgres) {
    out = WriteYear(Magnitude(bc_ ? 1 - date.year : date.year), out);
  } else {
    out = WriteIsoYear(date.year, out);
  }
  *out++ = '-';
  out = WriteTwoDigits(date.month, out);
  *out++ = '-';
  out = WriteTwoDigits(date.day, out);
  if (separator_ != 0) *out++ = separator_;
  size_ = static_cast<uint32_t>(out - text_);
  days_ = days;
}

char* WriteDuration(const Duration& duration, char* out) {
  *out++ = 'P';
  char* const parts = out;
  out = WritePart(duration.months / 12, 'Y', out);
  out = WritePart(duration.months % 12, 'M', out);
  out = WritePart(duration.days, 'D', out);
  if (duration.seconds != 0 || duration.fraction != 0) {
    *out++ = 'T';
    out = WritePart(duration.seconds / 3600, 'H', out);
    out = WritePart(duration.seconds / 60 % 60, 'M', out);
    out = WriteSecondsPart(duration.seconds % 60, duration.fraction, duration.digits, out);
  }
  return out == parts ? WriteText("T0S", out) : out;
}

}  // namespace weir
