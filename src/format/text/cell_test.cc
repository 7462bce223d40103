#include "format/text/cell.h"

#include <arrow/api.h>
#include <arrow/extension/uuid.h>

#include "format/text/cell_testing.h"

namespace weir {
namespace {

TEST(Cell, Booleans) {
  EXPECT_EQ(TextsOf(arrow::boolean(), "[true, false, null]"), (Texts{"true", "false", "NULL"}));
  EXPECT_EQ(TextsOf(arrow::boolean(), "[true, false, null]", ValueKind::kPlain, Dialect::kPostgres),
            (Texts{"t", "f", "NULL"}));
}

TEST(Cell, Integers) {
  EXPECT_EQ(TextsOf(arrow::int8(), "[-128, 127, null]"), (Texts{"-128", "127", "NULL"}));
  EXPECT_EQ(TextsOf(arrow::uint8(), "[0, 255]"), (Texts{"0", "255"}));
  EXPECT_EQ(TextsOf(arrow::int16(), "[-32768, 32767]"), (Texts{"-32768", "32767"}));
  EXPECT_EQ(TextsOf(arrow::uint16(), "[65535]"), (Texts{"65535"}));
  EXPECT_EQ(TextsOf(arrow::int32(), "[-2147483648]"), (Texts{"-2147483648"}));
  EXPECT_EQ(TextsOf(arrow::uint32(), "[4294967295]"), (Texts{"4294967295"}));
  EXPECT_EQ(TextsOf(arrow::int64(), "[-9223372036854775808, 9223372036854775807]"),
            (Texts{"-9223372036854775808", "9223372036854775807"}));
  EXPECT_EQ(TextsOf(arrow::uint64(), "[18446744073709551615]"), (Texts{"18446744073709551615"}));
}

TEST(Cell, Floats) {
  EXPECT_EQ(TextsOf(arrow::float64(), "[0.1, 1e15, null]"), (Texts{"0.1", "1e+15", "NULL"}));
  EXPECT_EQ(TextsOf(arrow::float32(), "[0.1, 1e6]"), (Texts{"0.1", "1e+06"}));
  EXPECT_EQ(TextsOf(arrow::float16(), "[1.5]"), (Texts{"1.5"}));
}

TEST(Cell, DecimalsHaveTheirScalesDigits) {
  EXPECT_EQ(TextsOf(arrow::decimal128(10, 2), R"(["0.00", "-0.01", "1.50", "12345678.90", null])"),
            (Texts{"0.00", "-0.01", "1.50", "12345678.90", "NULL"}));
  EXPECT_EQ(TextsOf(arrow::decimal128(5, 0), R"(["-12345", "0"])"), (Texts{"-12345", "0"}));
  EXPECT_EQ(TextsOf(arrow::decimal128(3, 3), R"(["0.001", "-0.999"])"), (Texts{"0.001", "-0.999"}));
  EXPECT_EQ(TextsOf(arrow::decimal32(9, 4), R"(["-12345.6789"])"), (Texts{"-12345.6789"}));
  EXPECT_EQ(TextsOf(arrow::decimal64(18, 1), R"(["-12345678901234567.8"])"),
            (Texts{"-12345678901234567.8"}));
}

TEST(Cell, DecimalsAboveSixtyFourBits) {
  const std::string digits38 = "99999999999999999999999999999999999999";
  EXPECT_EQ(TextsOf(arrow::decimal128(38, 0), "[\"" + digits38 + "\", \"-" + digits38 + "\"]"),
            (Texts{digits38, "-" + digits38}));
  EXPECT_EQ(TextsOf(arrow::decimal128(38, 38), "[\"0." + digits38 + "\"]"),
            (Texts{"0." + digits38}));
  EXPECT_EQ(TextsOf(arrow::decimal128(38, 2), R"(["184467440737095516.16", "9223372036854775807.00",
                                                  "10000000000000000000000000000.00"])"),
            (Texts{"184467440737095516.16", "9223372036854775807.00",
                   "10000000000000000000000000000.00"}));
  const std::string digits76 = digits38 + digits38;
  EXPECT_EQ(TextsOf(arrow::decimal256(76, 0), "[\"-" + digits76 + "\"]"), (Texts{"-" + digits76}));
  EXPECT_EQ(TextsOf(arrow::decimal256(76, 76), "[\"-0." + digits76 + "\"]"),
            (Texts{"-0." + digits76}));
}

TEST(Cell, DecimalsOfNegativeScaleGetTheirZeros) {
  auto type = arrow::decimal128(5, -3);
  arrow::Decimal128Builder builder(type);
  ASSERT_TRUE(builder.Append(arrow::Decimal128(12)).ok());
  ASSERT_TRUE(builder.Append(arrow::Decimal128(0)).ok());
  auto column = builder.Finish().ValueOrDie();
  EXPECT_EQ(TextsOf(*arrow::field("v", type), *column), (Texts{"12000", "0"}));
}

TEST(Cell, EveryDecimal128AgreesWithArrow) {
  auto type = arrow::decimal128(38, 7);
  arrow::Decimal128Builder builder(type);
  std::vector<std::string> expected;
  arrow::Decimal128 value(1);
  for (int i = 0; i < 120; ++i) {
    const arrow::Decimal128 near[] = {value, -value, value + 9};
    for (const arrow::Decimal128& v : near) {
      ASSERT_TRUE(builder.Append(v).ok());
      std::string digits = v.ToIntegerString();
      std::string sign = digits[0] == '-' ? "-" : "";
      digits = digits.substr(sign.size());
      digits.insert(0, 8 - std::min<size_t>(8, digits.size()), '0');
      expected.push_back(sign + digits.substr(0, digits.size() - 7) + "." +
                         digits.substr(digits.size() - 7));
    }
    value += value;
  }
  EXPECT_EQ(TextsOf(*arrow::field("v", type), *builder.Finish().ValueOrDie()), expected);
}

TEST(Cell, TextIsWrittenAsItIs) {
  for (const auto& type : {arrow::utf8(), arrow::large_utf8(), arrow::utf8_view()}) {
    EXPECT_EQ(TextsOf(type, R"(["", "a\"b", null, "longer than twelve bytes"])"),
              (Texts{"", "a\"b", "NULL", "longer than twelve bytes"}));
  }
}

TEST(Cell, KindsChooseTheClassOfText) {
  auto make = [](ValueKind kind) {
    return Cell::Make(*MakeField("v", arrow::utf8(), kind), Dialect::kIso).ValueOrDie();
  };
  EXPECT_EQ(make(ValueKind::kPlain)->cell_class(), CellClass::kString);
  EXPECT_EQ(make(ValueKind::kJson)->cell_class(), CellClass::kJson);
  EXPECT_EQ(make(ValueKind::kNumeric)->cell_class(), CellClass::kNumber);
  EXPECT_TRUE(make(ValueKind::kNumeric)->has_view());
  EXPECT_EQ(TextsOf(arrow::utf8(), R"(["1.10", "NaN"])", ValueKind::kNumeric),
            (Texts{"1.10", "NaN"}));
}

// SELECT '\x00ff10'::bytea
TEST(Cell, BinaryIsHexadecimal) {
  for (const auto& type : {arrow::binary(), arrow::large_binary(), arrow::binary_view()}) {
    EXPECT_EQ(TextsOf(type, R"(["\u0000\u007f\u0010", "", null])"),
              (Texts{"\\x007f10", "\\x", "NULL"}));
  }
  EXPECT_EQ(TextsOf(arrow::fixed_size_binary(2), R"(["ab", null])"), (Texts{"\\x6162", "NULL"}));
}

TEST(Cell, Uuids) {
  const std::string json = R"(["0123456789abcdef", null])";
  const Texts expected = {"30313233-3435-3637-3839-616263646566", "NULL"};
  EXPECT_EQ(TextsOf(arrow::fixed_size_binary(16), json, ValueKind::kUuid), expected);
  auto storage = arrow::json::ArrayFromJSONString(arrow::fixed_size_binary(16), json).ValueOrDie();
  auto column = arrow::ExtensionType::WrapArray(arrow::extension::uuid(), storage);
  EXPECT_EQ(TextsOf(*arrow::field("v", column->type()), *column), expected);
  EXPECT_EQ(TextsOf(*arrow::field("v", column->type()), *column->Slice(1)), (Texts{"NULL"}));
}

TEST(Cell, NullColumn) {
  EXPECT_EQ(TextsOf(arrow::null(), "[null, null]"), (Texts{"NULL", "NULL"}));
}

TEST(Cell, DictionariesAreWrittenAsTheirValues) {
  auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  auto column =
      arrow::json::DictArrayFromJSONString(type, "[1, 0, null, 2, 1]", R"(["a", "b", null])")
          .ValueOrDie();
  EXPECT_EQ(TextsOf(*arrow::field("v", type), *column), (Texts{"b", "a", "NULL", "NULL", "b"}));
  EXPECT_EQ(TextsOf(*arrow::field("v", type), *column->Slice(1, 3)), (Texts{"a", "NULL", "NULL"}));
  auto numbers = arrow::dictionary(arrow::int64(), arrow::date32());
  column = arrow::json::DictArrayFromJSONString(numbers, "[1, 0]", "[0, 1]").ValueOrDie();
  EXPECT_EQ(TextsOf(*arrow::field("v", numbers), *column), (Texts{"1970-01-02", "1970-01-01"}));
}

TEST(Cell, SlicesStartWhereTheyStart) {
  for (const auto& type : {arrow::int32(), arrow::float64(), arrow::decimal128(4, 0),
                           arrow::utf8_view(), arrow::large_utf8()}) {
    bool text = arrow::is_string(type->id()) || arrow::is_binary_view_like(type->id()) ||
                arrow::is_decimal(type->id());
    std::string json = text ? R"(["1", null, "3", "4"])" : "[1, null, 3, 4]";
    auto column = arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
    EXPECT_EQ(TextsOf(*arrow::field("v", type), *column->Slice(1, 2)), (Texts{"NULL", "3"}));
    EXPECT_EQ(TextsOf(*arrow::field("v", type), *column->Slice(2, 2)), (Texts{"3", "4"}));
  }
  auto column = arrow::json::ArrayFromJSONString(arrow::boolean(), "[true, null, false]");
  EXPECT_EQ(TextsOf(*arrow::field("v", arrow::boolean()), *(*column)->Slice(1)),
            (Texts{"NULL", "false"}));
}

TEST(Cell, ACellIsBoundAgainAndAgain) {
  auto cell = Cell::Make(*arrow::field("v", arrow::int64()), Dialect::kIso).ValueOrDie();
  auto first = arrow::json::ArrayFromJSONString(arrow::int64(), "[1, null]").ValueOrDie();
  auto second = arrow::json::ArrayFromJSONString(arrow::int64(), "[2, 3]").ValueOrDie();
  cell->Bind(*first);
  EXPECT_TRUE(cell->IsNull(1));
  cell->Bind(*second);
  EXPECT_FALSE(cell->IsNull(1));
  ByteBuffer out;
  cell->Append(1, &out);
  EXPECT_EQ(out.view(), "3");
}

TEST(Cell, NestedTypesAreForFormatJson) {
  for (const auto& type : {arrow::list(arrow::int32()), arrow::large_list(arrow::int32()),
                           arrow::fixed_size_list(arrow::int32(), 2),
                           arrow::struct_({arrow::field("a", arrow::utf8())}),
                           arrow::map(arrow::utf8(), arrow::int32()),
                           arrow::sparse_union({arrow::field("a", arrow::utf8())})}) {
    auto cell = Cell::Make(*arrow::field("v", type), Dialect::kIso).ValueOrDie();
    EXPECT_EQ(cell->cell_class(), CellClass::kNested);
  }
  auto cell =
      Cell::Make(*arrow::field("v", arrow::list(arrow::int32())), Dialect::kIso).ValueOrDie();
  auto column = arrow::json::ArrayFromJSONString(arrow::list(arrow::int32()), "[[1], null]");
  cell->Bind(**column);
  EXPECT_FALSE(cell->IsNull(0));
  EXPECT_TRUE(cell->IsNull(1));
}

TEST(Cell, RefusesWhatHasNoText) {
  auto type = arrow::run_end_encoded(arrow::int32(), arrow::utf8());
  Status status = Cell::Make(*arrow::field("runs", type), Dialect::kIso).status();
  EXPECT_TRUE(IsErrorCode(status, "format.unsupported_type"));
  EXPECT_NE(status.message().find("\"runs\""), std::string::npos);
}

}  // namespace
}  // namespace weir
