#include "format/parquet/footer.h"

#include "format/arrow_io/file_testing.h"
#include "format/parquet/thrift_compact.h"

namespace weir::parquet_format {
namespace {

// struct { 1: i32 = -2, 2: bool = true, 3: binary = "ab", 20: list<struct {1: i64 = 300}> of two,
//          21: double, 22: list<bool> of two, 23: map<i32, binary> of one, 24: empty map }
std::string Sample() {
  std::string bytes;
  bytes += "\x15\x03";  // 1: i32, zigzag 3
  bytes += "\x11";      // 2: true
  bytes +=
      "\x18\x02"
      "ab";             // 3: binary
  bytes += "\x09\x28";  // 20: list, the id in full
  bytes += std::string("\x2c\x16\xd8\x04\x00\x16\xd8\x04\x00", 9);
  bytes +=
      "\x17"
      "12345678";                                    // 21: double
  bytes += std::string("\x19\x21\x01\x02", 4);       // 22: list of booleans
  bytes += std::string("\x1b\x01\x58\x07\x01z", 6);  // 23: map
  bytes += std::string("\x1b\x00", 2);               // 24: empty map
  return bytes + '\0';
}

TEST(ThriftCompact, StructsComeApartAndTogether) {
  const std::string bytes = Sample() + "rest";
  std::string_view rest = bytes;
  auto fields = ParseThriftStruct(&rest);
  WEIR_ASSERT_OK(fields.status());
  EXPECT_EQ(rest, "rest");
  std::vector<int16_t> ids;
  for (const ThriftField& field : *fields) ids.push_back(field.id);
  EXPECT_EQ(ids, (std::vector<int16_t>{1, 2, 3, 20, 21, 22, 23, 24}));
  EXPECT_EQ(ParseThriftInteger((*fields)[0].value).ValueOrDie(), -2);
  EXPECT_EQ((*fields)[1].value, "");
  EXPECT_EQ((*fields)[2].value, ThriftBinary("ab"));
  auto structs = ParseThriftStructs((*fields)[3].value);
  WEIR_ASSERT_OK(structs.status());
  ASSERT_EQ(structs->size(), 2u);
  auto inner = ParseThriftStruct(&(*structs)[1]);
  WEIR_ASSERT_OK(inner.status());
  EXPECT_EQ(ParseThriftInteger((*inner)[0].value).ValueOrDie(), 300);

  std::string again;
  AppendThriftStruct(*fields, &again);
  EXPECT_EQ(again, Sample());
}

TEST(ThriftCompact, CutBytesFail) {
  const std::string bytes = Sample();
  for (size_t length = 0; length < bytes.size(); ++length) {
    std::string_view cut = std::string_view(bytes).substr(0, length);
    EXPECT_TRUE(ParseThriftStruct(&cut).status().IsInvalid()) << length;
  }
  std::string nested(1000, '\x1c');
  std::string_view view = nested;
  EXPECT_TRUE(ParseThriftStruct(&view).status().IsInvalid());
  std::string_view unknown = "\x1e";
  EXPECT_TRUE(ParseThriftStruct(&unknown).status().IsInvalid());
}

TEST(ThriftCompact, IntegersAndLongLists) {
  for (int64_t value : {int64_t{0}, int64_t{-1}, int64_t{63}, int64_t{-64}, int64_t{64},
                        int64_t{INT32_MAX}, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(ParseThriftInteger(ThriftInteger(value)).ValueOrDie(), value);
  }
  EXPECT_EQ(ThriftInteger(-64), "\x7f");
  for (int64_t size : {0, 14, 15, 16, 1600}) {
    std::string list;
    AppendThriftListHeader(size, ThriftType::kStruct, &list);
    list.append(static_cast<size_t>(size), '\0');
    EXPECT_EQ(ParseThriftStructs(list).ValueOrDie().size(), static_cast<size_t>(size));
  }
}

// FileMetaData with rows, one row group of one column whose offset index is at `index_position`.
RowGroupTail Tail(int64_t rows, int64_t index_position, const std::string& page_index) {
  std::string column, row_group, file;
  const std::string offset = ThriftInteger(index_position), count = ThriftInteger(rows),
                    ordinal = ThriftInteger(0), version = ThriftInteger(2);
  AppendThriftStruct({{4, ThriftType::kI64, offset}}, &column);
  std::string columns, row_groups;
  AppendThriftListHeader(1, ThriftType::kStruct, &columns);
  columns += column;
  AppendThriftStruct({{1, ThriftType::kList, columns},
                      {3, ThriftType::kI64, count},
                      {7, ThriftType::kI16, ordinal}},
                     &row_group);
  AppendThriftListHeader(1, ThriftType::kStruct, &row_groups);
  row_groups += row_group;
  const std::string writer = ThriftBinary("arrow");
  AppendThriftStruct({{1, ThriftType::kI32, version},
                      {3, ThriftType::kI64, count},
                      {4, ThriftType::kList, row_groups},
                      {6, ThriftType::kBinary, writer}},
                     &file);
  return {page_index, index_position, file};
}

TEST(Footer, JoinsRowGroupsAndMovesTheirPageIndexes) {
  constexpr int kRowGroups = 40'000;  // more than a 16-bit ordinal counts
  Footer footer;
  for (int i = 0; i < kRowGroups; ++i) WEIR_ASSERT_OK(footer.Add(Tail(10, 1000 * i, "index")));
  MemorySink sink;
  ByteSinkStream stream(&sink);
  const std::string before(500, 'x');
  WEIR_ASSERT_OK(stream.Write(before));
  WEIR_ASSERT_OK(footer.Finish({{"key", "value"}}, &stream));
  WEIR_ASSERT_OK(stream.Flush());

  const std::string& bytes = sink.bytes();
  const size_t begin = before.size() + 5 * kRowGroups;
  ASSERT_EQ(bytes.substr(bytes.size() - 4), "PAR1");
  uint32_t length = 0;
  std::memcpy(&length, bytes.data() + bytes.size() - 8, 4);
  ASSERT_EQ(length, bytes.size() - 8 - begin);
  std::string_view encoded(bytes.data() + begin, length);
  auto fields = ParseThriftStruct(&encoded);
  WEIR_ASSERT_OK(fields.status());
  EXPECT_EQ(encoded, "");
  ASSERT_EQ(fields->size(), 5u);
  EXPECT_EQ((*fields)[1].id, 3);
  EXPECT_EQ(ParseThriftInteger((*fields)[1].value).ValueOrDie(), 10 * kRowGroups);
  EXPECT_EQ((*fields)[3].id, 5);
  EXPECT_EQ((*fields)[4].value, ThriftBinary("arrow"));
  auto row_groups = ParseThriftStructs((*fields)[2].value).ValueOrDie();
  ASSERT_EQ(row_groups.size(), static_cast<size_t>(kRowGroups));
  for (int i : {0, 1, 32'767, 32'768, kRowGroups - 1}) {
    auto row_group = ParseThriftStruct(&row_groups[i]).ValueOrDie();
    auto columns = ParseThriftStructs(row_group[0].value).ValueOrDie();
    auto column = ParseThriftStruct(&columns[0]).ValueOrDie();
    EXPECT_EQ(ParseThriftInteger(column[0].value).ValueOrDie(), 500 + 5 * i);
    ASSERT_EQ(row_group.size(), i <= INT16_MAX ? 3u : 2u);
    EXPECT_EQ(ParseThriftInteger(row_group.back().value).ValueOrDie(), i <= INT16_MAX ? i : 10);
  }
}

}  // namespace
}  // namespace weir::parquet_format
