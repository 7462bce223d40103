// Dates, times and durations as text. The kPostgres texts are what PostgreSQL 15 prints with
// DateStyle = ISO, TimeZone = UTC and IntervalStyle = iso_8601 for the SQL above each test.
#include <arrow/api.h>
#include <fmt/format.h>

#include "format/text/cell_testing.h"

namespace weir {
namespace {

constexpr ValueKind kPlain = ValueKind::kPlain;

// SELECT DATE '1970-01-01', DATE '2024-02-29', DATE '0044-03-15 BC', DATE '0001-12-31 BC',
//        DATE '5874897-12-31', DATE '4714-11-24 BC', DATE 'infinity', DATE '-infinity'
TEST(CellTime, Dates) {
  const std::string json =
      "[0, 19782, -735160, -719163, 2145042905, -2440588, 2147483647, -2147483648, null]";
  EXPECT_EQ(TextsOf(arrow::date32(), json, kPlain, Dialect::kPostgres),
            (Texts{"1970-01-01", "2024-02-29", "0044-03-15 BC", "0001-12-31 BC", "5874897-12-31",
                   "4714-11-24 BC", "infinity", "-infinity", "NULL"}));
  EXPECT_EQ(TextsOf(arrow::date32(), json),
            (Texts{"1970-01-01", "2024-02-29", "-0043-03-15", "0000-12-31", "+5874897-12-31",
                   "-4713-11-24", "infinity", "-infinity", "NULL"}));
}

TEST(CellTime, EveryDayOfEightCenturiesFollowsTheOneBefore) {
  arrow::Date32Builder builder;
  for (int32_t day = -300000; day < 0; ++day) ASSERT_TRUE(builder.Append(day).ok());
  Texts texts = TextsOf(*arrow::field("v", arrow::date32()), *builder.Finish().ValueOrDie());
  int year = 1148, month = 8, day = 18;  // SELECT DATE '1970-01-01' - 300000
  for (const std::string& text : texts) {
    ASSERT_EQ(text, fmt::format("{:04}-{:02}-{:02}", year, month, day));
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int last = month == 2 && leap ? 29 : kDays[month - 1];
    if (day++ < last) continue;
    day = 1;
    if (month++ < 12) continue;
    month = 1;
    ++year;
  }
  EXPECT_EQ(year, 1970);
}

TEST(CellTime, Date64) {
  EXPECT_EQ(TextsOf(arrow::date64(), "[0, 86400000, -86400000, null]"),
            (Texts{"1970-01-01", "1970-01-02", "1969-12-31", "NULL"}));
  arrow::Date64Builder builder;
  ASSERT_TRUE(builder.Append(1500).ok());
  EXPECT_EQ(TextsOf(*arrow::field("v", arrow::date64()), *builder.Finish().ValueOrDie()),
            (Texts{"1970-01-01T00:00:01.5"}));
}

// SELECT TIME '00:00:00', TIME '03:04:05.123456', TIME '03:04:05.1', TIME '24:00:00'
TEST(CellTime, TimesOfDay) {
  EXPECT_EQ(TextsOf(arrow::time64(arrow::TimeUnit::MICRO),
                    "[0, 11045123456, 11045100000, 86400000000, null]"),
            (Texts{"00:00:00", "03:04:05.123456", "03:04:05.1", "24:00:00", "NULL"}));
  EXPECT_EQ(TextsOf(arrow::time64(arrow::TimeUnit::NANO), "[1, 86399999999999]"),
            (Texts{"00:00:00.000000001", "23:59:59.999999999"}));
  EXPECT_EQ(TextsOf(arrow::time32(arrow::TimeUnit::SECOND), "[86399]"), (Texts{"23:59:59"}));
  EXPECT_EQ(TextsOf(arrow::time32(arrow::TimeUnit::MILLI), "[1500]"), (Texts{"00:00:01.5"}));
}

TEST(CellTime, TimesOutsideTheDayAreTold) {
  arrow::Time64Builder builder(arrow::time64(arrow::TimeUnit::MICRO), arrow::default_memory_pool());
  ASSERT_TRUE(builder.AppendValues({-1500000, 86400000001, INT64_MIN}).ok());
  EXPECT_EQ(TextsOf(*arrow::field("v", builder.type()), *builder.Finish().ValueOrDie()),
            (Texts{"-00:00:01.5", "24:00:00.000001", "-2562047788:00:54.775808"}));
}

TEST(CellTime, TimestampsOfEveryUnit) {
  using arrow::timestamp;
  using arrow::TimeUnit;
  EXPECT_EQ(TextsOf(timestamp(TimeUnit::SECOND), "[0, -1, 1704164645]"),
            (Texts{"1970-01-01T00:00:00", "1969-12-31T23:59:59", "2024-01-02T03:04:05"}));
  EXPECT_EQ(TextsOf(timestamp(TimeUnit::MILLI), "[1704164645120, -1]"),
            (Texts{"2024-01-02T03:04:05.12", "1969-12-31T23:59:59.999"}));
  EXPECT_EQ(TextsOf(timestamp(TimeUnit::MICRO), "[1704164645123456, null]"),
            (Texts{"2024-01-02T03:04:05.123456", "NULL"}));
  EXPECT_EQ(TextsOf(timestamp(TimeUnit::NANO), "[1704164645123456789, -1]"),
            (Texts{"2024-01-02T03:04:05.123456789", "1969-12-31T23:59:59.999999999"}));
}

TEST(CellTime, TimestampsAtTheEndsOfTheirUnits) {
  using arrow::timestamp;
  using arrow::TimeUnit;
  const std::string ends = "[-9223372036854775808, 9223372036854775807]";
  EXPECT_EQ(TextsOf(timestamp(TimeUnit::NANO), ends),
            (Texts{"1677-09-21T00:12:43.145224192", "2262-04-11T23:47:16.854775807"}));
  EXPECT_EQ(TextsOf(timestamp(TimeUnit::MICRO), ends),
            (Texts{"-290308-12-21T19:59:05.224192", "+294247-01-10T04:00:54.775807"}));
  EXPECT_EQ(TextsOf(timestamp(TimeUnit::SECOND), ends),
            (Texts{"-292277022657-01-27T08:29:52", "+292277026596-12-04T15:30:07"}));
}

TEST(CellTime, InstantsHaveTheirZone) {
  auto type = arrow::timestamp(arrow::TimeUnit::MICRO, "Europe/Berlin");
  EXPECT_EQ(TextsOf(type, "[1704164645500000]"), (Texts{"2024-01-02T03:04:05.5Z"}));
  EXPECT_EQ(TextsOf(type, "[1704164645500000]", kPlain, Dialect::kPostgres),
            (Texts{"2024-01-02 03:04:05.5+00"}));
}

// SELECT TIMESTAMP '2000-01-01', '2024-01-02 03:04:05.12', '4713-01-01 00:00:00 BC',
//        '294276-12-31 23:59:59.999999', '0044-03-15 01:02:03.5 BC', 'infinity', '-infinity'
// and the same as TIMESTAMPTZ.
constexpr char kMicrosSince2000[] =
    "[0, 757479845120000, -211810204800000000, 9223371331199999999, -64464505076500000,"
    " 9223372036854775807, -9223372036854775808, null]";

TEST(CellTime, TimestampsSince2000AsPostgresWritesThem) {
  EXPECT_EQ(
      TextsOf(arrow::int64(), kMicrosSince2000, ValueKind::kTimestamp2000, Dialect::kPostgres),
      (Texts{"2000-01-01 00:00:00", "2024-01-02 03:04:05.12", "4713-01-01 00:00:00 BC",
             "294276-12-31 23:59:59.999999", "0044-03-15 01:02:03.5 BC", "infinity", "-infinity",
             "NULL"}));
  EXPECT_EQ(
      TextsOf(arrow::int64(), kMicrosSince2000, ValueKind::kTimestampTz2000, Dialect::kPostgres),
      (Texts{"2000-01-01 00:00:00+00", "2024-01-02 03:04:05.12+00", "4713-01-01 00:00:00+00 BC",
             "294276-12-31 23:59:59.999999+00", "0044-03-15 01:02:03.5+00 BC", "infinity",
             "-infinity", "NULL"}));
}

TEST(CellTime, TimestampsSince2000AsIso) {
  EXPECT_EQ(TextsOf(arrow::int64(), kMicrosSince2000, ValueKind::kTimestampTz2000),
            (Texts{"2000-01-01T00:00:00Z", "2024-01-02T03:04:05.12Z", "-4712-01-01T00:00:00Z",
                   "+294276-12-31T23:59:59.999999Z", "-0043-03-15T01:02:03.5Z", "infinity",
                   "-infinity", "NULL"}));
  EXPECT_EQ(TextsOf(arrow::int64(), "[0]", ValueKind::kTimestamp2000),
            (Texts{"2000-01-01T00:00:00"}));
}

// SELECT INTERVAL '36:00:00', '-36:00:00.5', '0', '-0.000001 s', '01:01:01.5'
TEST(CellTime, Durations) {
  auto type = arrow::duration(arrow::TimeUnit::MICRO);
  EXPECT_EQ(TextsOf(type, "[129600000000, -129600500000, 0, -1, 3661500000, null]"),
            (Texts{"PT36H", "PT-36H-0.5S", "PT0S", "PT-0.000001S", "PT1H1M1.5S", "NULL"}));
  EXPECT_EQ(TextsOf(arrow::duration(arrow::TimeUnit::SECOND), "[9223372036854775807]"),
            (Texts{"PT2562047788015215H30M7S"}));
}

// SELECT INTERVAL '1 year 2 mons 3 days 04:05:06.7', '-1 year +2 mons -3 days +4 hours',
//        '100 mons -1 day', '1 mon'
TEST(CellTime, Intervals) {
  EXPECT_EQ(TextsOf(arrow::month_day_nano_interval(),
                    "[[14, 3, 14706700000000], [-10, -3, 14400000000000], [100, -1, 0], null]"),
            (Texts{"P1Y2M3DT4H5M6.7S", "P-10M-3DT4H", "P8Y4M-1D", "NULL"}));
  EXPECT_EQ(TextsOf(arrow::day_time_interval(), "[[3, -1500], [0, 0]]"),
            (Texts{"P3DT-1.5S", "PT0S"}));
  EXPECT_EQ(TextsOf(arrow::month_interval(), "[1, -13]"), (Texts{"P1M", "P-1Y-1M"}));
}

}  // namespace
}  // namespace weir
