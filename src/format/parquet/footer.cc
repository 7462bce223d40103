#include "format/parquet/footer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "format/parquet/thrift_compact.h"

namespace weir::parquet_format {
namespace {

// Field ids of parquet.thrift.
constexpr int16_t kFileRows = 3;
constexpr int16_t kFileRowGroups = 4;
constexpr int16_t kFileKeyValues = 5;
constexpr int16_t kRowGroupColumns = 1;
constexpr int16_t kRowGroupOrdinal = 7;
constexpr int16_t kColumnOffsetIndexOffset = 4;
constexpr int16_t kColumnColumnIndexOffset = 6;
constexpr int16_t kPairKey = 1;
constexpr int16_t kPairValue = 2;

std::string EncodeKeyValues(const KeyValues& key_values) {
  std::string list;
  AppendThriftListHeader(static_cast<int64_t>(key_values.size()), ThriftType::kStruct, &list);
  for (const auto& [key, value] : key_values) {
    std::string encoded_key = ThriftBinary(key), encoded_value = ThriftBinary(value);
    AppendThriftStruct({{kPairKey, ThriftType::kBinary, encoded_key},
                        {kPairValue, ThriftType::kBinary, encoded_value}},
                       &list);
  }
  return list;
}

// The column chunk's metadata with its page index `shift` bytes further on.
Status AppendColumn(std::string_view column, int64_t shift, std::string* out) {
  ARROW_ASSIGN_OR_RAISE(auto fields, ParseThriftStruct(&column));
  std::string moved[2];
  int used = 0;
  for (ThriftField& field : fields) {
    if (field.id != kColumnOffsetIndexOffset && field.id != kColumnColumnIndexOffset) continue;
    ARROW_ASSIGN_OR_RAISE(int64_t position, ParseThriftInteger(field.value));
    moved[used] = ThriftInteger(position + shift);
    field.value = moved[used++];
  }
  AppendThriftStruct(fields, out);
  return Status::OK();
}

// The row group's metadata as that of the row group numbered `ordinal`.
Status AppendRowGroup(std::string_view row_group, int64_t ordinal, int64_t shift,
                      std::string* out) {
  ARROW_ASSIGN_OR_RAISE(auto fields, ParseThriftStruct(&row_group));
  std::string columns, encoded_ordinal = ThriftInteger(ordinal);
  for (ThriftField& field : fields) {
    if (field.id == kRowGroupOrdinal) field.value = encoded_ordinal;
    if (field.id != kRowGroupColumns) continue;
    ARROW_ASSIGN_OR_RAISE(auto chunks, ParseThriftStructs(field.value));
    AppendThriftListHeader(static_cast<int64_t>(chunks.size()), ThriftType::kStruct, &columns);
    for (std::string_view chunk : chunks) ARROW_RETURN_NOT_OK(AppendColumn(chunk, shift, &columns));
    field.value = columns;
  }
  // It is an optional 16-bit number; only encryption needs it.
  if (ordinal > std::numeric_limits<int16_t>::max()) {
    std::erase_if(fields, [](const ThriftField& field) { return field.id == kRowGroupOrdinal; });
  }
  AppendThriftStruct(fields, out);
  return Status::OK();
}

void AppendLittleEndian(uint32_t value, std::string* out) {
  for (int shift = 0; shift < 32; shift += 8) out->push_back(static_cast<char>(value >> shift));
}

}  // namespace

Status Footer::Add(const RowGroupTail& tail) {
  std::string_view bytes = tail.footer;
  ARROW_ASSIGN_OR_RAISE(auto fields, ParseThriftStruct(&bytes));
  for (const ThriftField& field : fields) {
    if (field.id == kFileRows) {
      ARROW_ASSIGN_OR_RAISE(int64_t rows, ParseThriftInteger(field.value));
      rows_ += rows;
    }
    if (field.id != kFileRowGroups) continue;
    ARROW_ASSIGN_OR_RAISE(auto row_groups, ParseThriftStructs(field.value));
    if (row_groups.size() > 1) return Status::Invalid("a tail of more than one row group");
    if (row_groups.empty()) continue;
    row_groups_.push_back({.metadata = std::string(row_groups[0]),
                           .page_index = tail.page_index,
                           .page_index_position = tail.page_index_position});
    bytes_ += static_cast<int64_t>(row_groups[0].size() + tail.page_index.size());
  }
  if (first_.empty()) {
    std::erase_if(fields, [](const ThriftField& field) {
      return field.id >= kFileRows && field.id <= kFileKeyValues;
    });
    AppendThriftStruct(fields, &first_);
  }
  return Status::OK();
}

Status Footer::WritePageIndexes(ByteSinkStream* stream) {
  for (RowGroup& row_group : row_groups_) {
    std::string page_index = std::exchange(row_group.page_index, {});
    row_group.page_index_shift = stream->position() - row_group.page_index_position;
    ARROW_RETURN_NOT_OK(stream->Write(page_index));
  }
  return Status::OK();
}

// Writes FileMetaData: the fields of the first footer, around the row groups of all of them.
Status Footer::WriteMetadata(const KeyValues& key_values, ByteSinkStream* stream) {
  std::string_view bytes = first_;
  ARROW_ASSIGN_OR_RAISE(auto fields, ParseThriftStruct(&bytes));
  auto after = std::find_if(fields.begin(), fields.end(),
                            [](const ThriftField& field) { return field.id > kFileRowGroups; });
  std::string rows = ThriftInteger(rows_), pairs = EncodeKeyValues(key_values);
  std::vector<ThriftField> head(fields.begin(), after);
  head.push_back({kFileRows, ThriftType::kI64, rows});
  std::string encoded;
  int16_t previous = AppendThriftFields(head, 0, &encoded);
  previous = AppendThriftFields({{kFileRowGroups, ThriftType::kList, {}}}, previous, &encoded);
  AppendThriftListHeader(static_cast<int64_t>(row_groups_.size()), ThriftType::kStruct, &encoded);
  ARROW_RETURN_NOT_OK(stream->Write(encoded));

  for (size_t i = 0; i < row_groups_.size(); ++i) {
    encoded.clear();
    std::string metadata = std::exchange(row_groups_[i].metadata, {});
    ARROW_RETURN_NOT_OK(AppendRowGroup(metadata, static_cast<int64_t>(i),
                                       row_groups_[i].page_index_shift, &encoded));
    ARROW_RETURN_NOT_OK(stream->Write(encoded));
  }

  std::vector<ThriftField> rest(after, fields.end());
  rest.insert(rest.begin(), {kFileKeyValues, ThriftType::kList, pairs});
  encoded.clear();
  AppendThriftFields(rest, previous, &encoded);
  encoded.push_back(static_cast<char>(ThriftType::kStop));
  return stream->Write(encoded);
}

Status Footer::Finish(const KeyValues& key_values, ByteSinkStream* stream) {
  ARROW_RETURN_NOT_OK(WritePageIndexes(stream));
  int64_t begin = stream->position();
  ARROW_RETURN_NOT_OK(WriteMetadata(key_values, stream));
  int64_t length = stream->position() - begin;
  if (length > INT32_MAX) {
    return Error("parquet.footer_too_large", "the file has more row groups than a footer can list",
                 "split the output into parts with --split-bytes");
  }
  std::string end;
  AppendLittleEndian(static_cast<uint32_t>(length), &end);
  return stream->Write(end + "PAR1");
}

}  // namespace weir::parquet_format
