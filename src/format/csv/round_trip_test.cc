// What is written reads back, NULL apart from the empty string, through a reader of RFC 4180.
#include <fmt/format.h>

#include <random>

#include "format/csv/csv_testing.h"

namespace weir {
namespace {

using Value = std::optional<std::string>;
using Table = std::vector<std::vector<Value>>;  // rows of columns

std::shared_ptr<arrow::RecordBatch> BatchOf(const Table& table, size_t columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < columns; ++i) {
    arrow::StringBuilder builder;
    for (const auto& row : table) {
      EXPECT_TRUE((row[i] ? builder.Append(*row[i]) : builder.AppendNull()).ok());
    }
    fields.push_back(arrow::field(fmt::format("c{}", i), arrow::utf8()));
    arrays.push_back(builder.Finish().ValueOrDie());
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), static_cast<int64_t>(table.size()),
                                  arrays);
}

void ExpectReadsBack(const Table& table, size_t columns, const Format& format, char delimiter,
                     const FormatOptions& options) {
  std::string text = EncodeFile(format, *BatchOf(table, columns), options).ValueOrDie();
  ParsedFile file = Rfc4180Reader(text, delimiter).Read();
  ASSERT_EQ(file.size(), table.size() + 1);
  const std::string null_text = options.null_text.value_or("");
  for (size_t row = 0; row < table.size(); ++row) {
    ASSERT_EQ(file[row + 1].size(), columns);
    for (size_t i = 0; i < columns; ++i) {
      const ParsedField& field = file[row + 1][i];
      Value value;
      if (field.quoted || field.text != null_text) value = field.text;
      ASSERT_EQ(value, table[row][i]);
    }
  }
}

std::vector<Value> AwkwardValues() {
  std::vector<Value> values = {std::nullopt,
                               "",
                               " ",
                               "\t",
                               ",",
                               ";",
                               "\"",
                               "\"\"",
                               "\n",
                               "\r",
                               "\r\n",
                               "\\.",
                               "\\N",
                               "NULL",
                               "null",
                               "a,b",
                               "a\"b",
                               "\"quoted\"",
                               "ends with quote\"",
                               "\"starts",
                               "line\nbreak",
                               "cr\rhere",
                               " lead",
                               "trail ",
                               "=1+1",
                               "+1",
                               "-1",
                               "@x",
                               "'",
                               "#",
                               std::string("\xef\xbb\xbf").append("bom"),
                               "日本語",
                               "🚀\"🚀",
                               std::string("nul\0inside", 10),
                               "sep=,",
                               "exactly sixteen!",
                               "exactly sixteen\"",
                               "seventeen bytes, ",
                               std::string(1000, '"'),
                               std::string(1000, 'x')};
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  values.emplace_back(every);
  return values;
}

TEST(CsvRoundTrip, AwkwardValuesInEveryDialect) {
  const std::vector<Value> values = AwkwardValues();
  Table table;
  for (const Value& a : values) {
    for (const Value& b : values) table.push_back({a, b, a});
  }
  for (Dialect dialect : {Dialect::kIso, Dialect::kPostgres}) {
    for (const std::optional<std::string>& null_text :
         {Value(), Value("NULL"), Value("\\N"), Value(" ")}) {
      FormatOptions options;
      options.dialect = dialect;
      options.null_text = null_text;
      ExpectReadsBack(table, 3, CsvFormat(), ',', options);
      ExpectReadsBack(table, 3, TsvFormat(), '\t', options);
      options.delimiter = ';';
      ExpectReadsBack(table, 3, CsvFormat(), ';', options);
    }
  }
}

TEST(CsvRoundTrip, ASingleColumn) {
  Table table;
  for (const Value& value : AwkwardValues()) table.push_back({value});
  ExpectReadsBack(table, 1, CsvFormat(), ',', {});
  ExpectReadsBack(table, 1, CsvFormat(), ',', Postgres());
}

TEST(CsvRoundTrip, RandomValues) {
  std::mt19937 random(3);
  const std::string alphabet = "ab,\"\n\r \t;\\.";
  Table table(3000);
  for (auto& row : table) {
    for (int i = 0; i < 4; ++i) {
      std::string value(random() % 80, 0);
      unsigned plain = random() % 40 + 1;
      for (char& byte : value) {
        byte = random() % plain == 0 ? alphabet[random() % alphabet.size()] : 'x';
      }
      row.push_back(random() % 10 == 0 ? Value() : Value(value));
    }
  }
  ExpectReadsBack(table, 4, CsvFormat(), ',', {});
  ExpectReadsBack(table, 4, CsvFormat(), ',', Postgres());
  ExpectReadsBack(table, 4, TsvFormat(), '\t', {});
}

TEST(CsvRoundTrip, AValueOfMegabytes) {
  std::string large(5 << 20, 'x');
  for (size_t i = 0; i < large.size(); i += 3) large[i] = '"';
  ExpectReadsBack({{large, "a"}, {"b", large}}, 2, CsvFormat(), ',', {});
}

TEST(CsvRoundTrip, SixteenHundredColumns) {
  Table table(20);
  for (auto& row : table) {
    for (int i = 0; i < 1600; ++i) {
      row.push_back(i % 7 == 0 ? Value() : Value(std::string(static_cast<size_t>(i % 30), 'y')));
    }
  }
  ExpectReadsBack(table, 1600, CsvFormat(), ',', {});
}

}  // namespace
}  // namespace weir
