#include "db/postgres/row_decoder.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "core/field.h"

namespace weir::postgres {
namespace {

constexpr std::string_view kHeader("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);

std::string BigEndian(int64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// A field: its length, then its bytes.
std::string Field(std::string_view bytes) {
  return BigEndian(static_cast<int64_t>(bytes.size()), 4) + std::string(bytes);
}

std::string Array(int count, std::string_view elements, int lower_bound = 1) {
  return BigEndian(1, 4) + BigEndian(0, 4) + BigEndian(23, 4) + BigEndian(count, 4) +
         BigEndian(lower_bound, 4) + std::string(elements);
}

WireType ListOfInt32() {
  WireType element{Wire::kInt32, arrow::int32()};
  WireType list{Wire::kList, arrow::list(MakeField("element", arrow::int32()))};
  list.element = std::make_shared<WireType>(element);
  return list;
}

RowDecoder OneColumn(const WireType& wire, bool exact_text = false) {
  RowDecoderOptions options;
  options.schema = arrow::schema({MakeField("v", wire.type)});
  options.wires = {wire};
  options.decoder.exact_text = exact_text;
  options.value_bytes_max = 1000;
  options.memory_hint = [](int64_t) { return "hint"; };
  return RowDecoder(std::move(options));
}

// What becomes of one row of one field: the value, or the error's code.
std::string Decoded(const WireType& wire, std::string_view field, bool exact_text = false) {
  RowDecoder decoder = OneColumn(wire, exact_text);
  EXPECT_TRUE(decoder.Append(kHeader).ok());
  const Status status = decoder.Append(BigEndian(1, 2) + Field(field));
  if (!status.ok()) return GetErrorInfo(status).code;
  auto batch = decoder.Finish();
  if (!batch.ok()) return batch.status().ToString();
  EXPECT_TRUE((*batch)->ValidateFull().ok()) << (*batch)->ValidateFull();
  return (*batch)->column(0)->GetScalar(0).ValueOrDie()->ToString();
}

TEST(RowDecoder, ReadsHeaderRowsAndTrailer) {
  RowDecoder decoder = OneColumn({Wire::kInt32, arrow::int32()});
  const std::string row = BigEndian(1, 2) + Field(BigEndian(7, 4));
  const std::string null = BigEndian(1, 2) + BigEndian(-1, 4);
  ASSERT_TRUE(decoder.Append(std::string(kHeader) + row).ok());
  ASSERT_TRUE(decoder.Append(null).ok());
  ASSERT_TRUE(decoder.Append(BigEndian(-1, 2)).ok());
  EXPECT_TRUE(decoder.trailer_seen());
  EXPECT_TRUE(IsErrorCode(decoder.Append(std::string("\0\0", 2)), "postgres.protocol"));
  const auto batch = decoder.Finish().ValueOrDie();
  EXPECT_EQ(batch->column(0)->ToString(), "[\n  7,\n  null\n]");
  EXPECT_EQ(decoder.rows(), 2);
  EXPECT_EQ(decoder.batch_rows(), 0);
}

TEST(RowDecoder, RefusesWhatIsNoRow) {
  const std::string field = Field(BigEndian(7, 4));
  const std::string cases[] = {
      "x",                                        // no field count
      BigEndian(2, 2) + field + field,            // a field too many
      BigEndian(1, 2) + "abc",                    // no length
      BigEndian(1, 2) + field.substr(0, 6),       // cut
      BigEndian(1, 2) + field + "x",              // goes on
      BigEndian(1, 2) + BigEndian(INT32_MAX, 4),  // very cut
  };
  for (const std::string& message : cases) {
    RowDecoder decoder = OneColumn({Wire::kInt32, arrow::int32()});
    ASSERT_TRUE(decoder.Append(kHeader).ok());
    EXPECT_TRUE(IsErrorCode(decoder.Append(message), "postgres.protocol")) << message;
  }
  EXPECT_FALSE(OneColumn({Wire::kInt32, arrow::int32()}).Append("PGCOPY").ok());
}

TEST(RowDecoder, RefusesArraysThatCannotBe) {
  const std::string element = Field(BigEndian(7, 4));
  EXPECT_EQ(Decoded(ListOfInt32(), Array(1, element)), "list<element: int32>[7]");
  EXPECT_EQ(Decoded(ListOfInt32(), Array(-1, "")), "postgres.protocol");
  EXPECT_EQ(Decoded(ListOfInt32(), Array(2, element)), "postgres.protocol");
  EXPECT_EQ(Decoded(ListOfInt32(), Array(1, element + element)), "postgres.protocol");
  EXPECT_EQ(Decoded(ListOfInt32(), Array(1, element, 0)), "postgres.array_shape");
}

TEST(RowDecoder, RefusesDatesAndTimesThatPostgresqlDoesNotHave) {
  const WireType date{Wire::kDate, arrow::date32()};
  const WireType time{Wire::kTime, arrow::time64(arrow::TimeUnit::MICRO)};
  for (const bool exact_text : {false, true}) {
    EXPECT_EQ(Decoded(date, BigEndian(INT32_MAX - 1, 4), exact_text), "postgres.protocol");
    EXPECT_EQ(Decoded(date, BigEndian(INT32_MIN + 1, 4), exact_text), "postgres.protocol");
    EXPECT_EQ(Decoded(time, BigEndian(-1, 8), exact_text), "postgres.protocol");
    EXPECT_EQ(Decoded(time, BigEndian(86400000001, 8), exact_text), "postgres.protocol");
  }
  EXPECT_EQ(Decoded(date, BigEndian(0, 4)), "2000-01-01");
  EXPECT_EQ(Decoded(time, BigEndian(86400000000, 8)), "postgres.special_value");
}

std::string Numeric(const std::vector<int>& digits, int weight, int scale, int sign = 0) {
  std::string bytes = BigEndian(static_cast<int64_t>(digits.size()), 2) + BigEndian(weight, 2) +
                      BigEndian(sign, 2) + BigEndian(scale, 2);
  for (const int digit : digits) bytes += BigEndian(digit, 2);
  return bytes;
}

TEST(RowDecoder, NumericsHaveOneText) {
  const WireType text{Wire::kNumericText, arrow::utf8()};
  EXPECT_EQ(Decoded(text, Numeric({1, 2345}, 1, 0)), "12345");
  EXPECT_EQ(Decoded(text, Numeric({0, 0, 12, 5000}, 2, 2)), "12.50");
  EXPECT_EQ(Decoded(text, Numeric({0}, 300, 1)), "0.0");
  EXPECT_EQ(Decoded(text, Numeric({}, 300, 0)), "0");
  EXPECT_EQ(Decoded(text, Numeric({10000}, 0, 0)), "postgres.protocol");
  EXPECT_EQ(Decoded(text, Numeric({1}, 0, 0, 0x1234)), "postgres.protocol");
}

TEST(RowDecoder, DecimalsHaveTheDigitsOfTheirType) {
  WireType narrow{Wire::kNumericDecimal128, arrow::decimal128(6, 2)};
  WireType wide{Wire::kNumericDecimal256, arrow::decimal256(40, 2)};
  narrow.scale = wide.scale = 2;
  EXPECT_EQ(Decoded(narrow, Numeric({9999, 9900}, 0, 2)), "9999.99");
  EXPECT_EQ(Decoded(narrow, Numeric({1, 0}, 1, 2)), "postgres.special_value");
  EXPECT_EQ(Decoded(narrow, Numeric({1, 10}, 0, 3)), "postgres.special_value");
  EXPECT_EQ(Decoded(wide, Numeric({1}, 8, 2)), "100000000000000000000000000000000.00");
  EXPECT_EQ(Decoded(wide, Numeric({1}, 10, 2)), "postgres.special_value");
}

}  // namespace
}  // namespace weir::postgres
