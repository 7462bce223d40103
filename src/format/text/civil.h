// Dates, times of day and durations as text, over plain integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/format_options.h"
#include "format/text/digits.h"

namespace weir {

// Proleptic Gregorian calendar; astronomical years (0 is 1 BC).
struct CivilDate {
  int64_t year;
  uint32_t month;  // 1 to 12
  uint32_t day;    // 1 to 31
};

inline constexpr int64_t kDaysFrom1970To2000 = 10957;
inline constexpr int64_t kSecondsPerDay = 86400;

// `days` since 1970-01-01, |days| < 2^58.
CivilDate CivilFromDays(int64_t days);

// A day's text in a dialect (see cell.h for years before 1 and after 9999), kept until another day
// is asked for: neighbouring rows mostly share theirs.
class DayText {
 public:
  static constexpr size_t kBytesMax = 32;  // that Write may touch
  static constexpr std::string_view kBc = " BC";

  // `separator` follows the date: 'T', ' ', or 0 for none.
  DayText(Dialect dialect, char separator) : dialect_(dialect), separator_(separator) {}

  // The date without its era; `days` since 1970-01-01, |days| < 2^50.
  char* Write(int64_t days, char* out) {
    if (days != days_) Refill(days);
    std::memcpy(out, text_, kBytesMax);
    return out + size_;
  }
  // Appends the era of the day last written, where it must be told.
  char* WriteEra(char* out) const { return bc_ ? WriteText(kBc, out) : out; }

 private:
  void Refill(int64_t days);

  const Dialect dialect_;
  const char separator_;
  int64_t days_ = INT64_MIN;
  bool bc_ = false;
  uint32_t size_ = 0;
  char text_[kBytesMax] = {};
};

// HH:MM:SS and the fraction in 10^-digits seconds. 24:00:00 is written as such.
// REQUIRES: seconds < 100 hours, fraction < 10^digits.
inline char* WriteTimeOfDay(uint32_t seconds, uint64_t fraction, int digits, char* out) {
  uint32_t minutes = seconds / 60;
  out = WriteTwoDigits(minutes / 60, out);
  *out++ = ':';
  out = WriteTwoDigits(minutes % 60, out);
  *out++ = ':';
  out = WriteTwoDigits(seconds % 60, out);
  return WriteFraction(fraction, digits, out);
}

// What an ISO 8601 duration is made of. Each part has its own sign.
struct Duration {
  int64_t months = 0;
  int64_t days = 0;
  int64_t seconds = 0;
  int64_t fraction = 0;  // in 10^-digits seconds, of the sign of `seconds`
  int digits = 0;
};

inline constexpr size_t kDurationBytesMax = 128;

// PostgreSQL's IntervalStyle = iso_8601: P1Y2M3DT4H5M6.7S, each part signed, zero parts left out,
// PT0S for nothing at all.
char* WriteDuration(const Duration& duration, char* out);

}  // namespace weir
