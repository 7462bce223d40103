#include "generate/records.h"

#include <arrow/builder.h>
#include <arrow/type.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>
#include <string_view>

#include "core/field.h"
#include "generate/awkward.h"

namespace weir {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kFirstCreatedAt = 1'451'606'400 * kMicrosPerSecond;  // 2016-01-01 00:00:00 UTC
constexpr int64_t kPostgresEpoch = 946'684'800 * kMicrosPerSecond;     // 2000-01-01 00:00:00 UTC
constexpr int64_t kSecondsPerRow = 7;

// Rows 13, 63, 113, ... are awkward.
constexpr int64_t kAwkwardEvery = 50;
constexpr int64_t kFirstAwkward = 13;

bool IsAwkward(int64_t id) {
  return id % kAwkwardEvery == kFirstAwkward;
}

template <typename T>
const T& Cycle(std::span<const T> values, int64_t id) {
  return values[static_cast<size_t>(id / kAwkwardEvery) % values.size()];
}

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): the
// id-th number of the stream `salt`.
uint64_t Hash(int64_t id, uint64_t salt) {
  uint64_t x = (static_cast<uint64_t>(id) + salt) * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

constexpr uint64_t kCreatedAtSalt = 0x1000'0000'0000u;
constexpr uint64_t kNameSalt = 0x2000'0000'0000u;
constexpr uint64_t kValueSalt = 0x3000'0000'0000u;
constexpr uint64_t kMetadataSalt = 0x4000'0000'0000u;

constexpr std::string_view kGivenNames[] = {
    "Ada",   "Alan", "Barbara", "Claude", "Donald", "Edsger", "Emmy",     "Frances",
    "Grace", "Hedy", "Ivan",    "Jean",   "Karen",  "Leslie", "Margaret", "Niklaus"};
constexpr std::string_view kFamilyNames[] = {
    "Lovelace", "Turing", "Liskov",     "Shannon", "Knuth", "Dijkstra", "Noether",  "Allen",
    "Hopper",   "Lamarr", "Sutherland", "Bartik",  "Jones", "Lamport",  "Hamilton", "Wirth"};
constexpr std::string_view kTags[] = {"blue", "green", "late", "new", "old", "paid", "red", "vip"};
constexpr std::string_view kOrigins[] = {R"("api")",    R"("web")",    R"("mobile")",
                                         R"("import")", R"("Zürich")", R"("São Paulo")",
                                         R"("web")",    "null"};

// Writes text into a buffer that the caller knows to be large enough.
class TextWriter {
 public:
  explicit TextWriter(char* begin) : end_(begin) {}
  void Append(std::string_view text) {
    std::memcpy(end_, text.data(), text.size());
    end_ += text.size();
  }
  void AppendNumber(uint64_t number) { end_ = std::to_chars(end_, end_ + 20, number).ptr; }
  // Exactly `digits` digits, with leading zeros.
  void AppendDigits(uint64_t number, int digits) {
    for (int i = digits - 1; i >= 0; --i) {
      end_[i] = static_cast<char>('0' + number % 10);
      number /= 10;
    }
    end_ += digits;
  }
  char* end() const { return end_; }

 private:
  char* end_;
};

int64_t CreatedAt(int64_t id) {
  auto jitter =
      static_cast<int64_t>(Hash(id, kCreatedAtSalt) % (kSecondsPerRow * kMicrosPerSecond));
  return kFirstCreatedAt + id * kSecondsPerRow * kMicrosPerSecond + jitter;
}

// In units of 0.0001: five to ten digits before the point, one in eight negative.
int64_t Value(int64_t id) {
  uint64_t hash = Hash(id, kValueSalt);
  auto value = static_cast<int64_t>((hash >> 8) % 10'000'000'000u);
  return (hash & 7) == 0 ? -value : value;
}

std::string_view WriteName(int64_t id, char* buffer) {
  uint64_t hash = Hash(id, kNameSalt);
  TextWriter out(buffer);
  out.Append(kGivenNames[hash % std::size(kGivenNames)]);
  out.Append(" ");
  out.Append(kFamilyNames[(hash >> 8) % std::size(kFamilyNames)]);
  out.Append(" ");
  out.AppendNumber((hash >> 16) % 1'000'000);
  return {buffer, out.end()};
}

// {"ok": true, "ref": 48213377, "tags": ["blue", "new"], "score": 87.25, "origin": "web"}
std::string_view WriteMetadata(int64_t id, char* buffer) {
  uint64_t hash = Hash(id, kMetadataSalt);
  TextWriter out(buffer);
  out.Append((hash & 3) == 0 ? R"({"ok": false, "ref": )" : R"({"ok": true, "ref": )");
  out.AppendNumber(10'000'000 + (hash >> 8) % 90'000'000);
  out.Append(R"(, "tags": [)");
  uint64_t tag_count = (hash >> 2) & 3;
  for (uint64_t i = 0; i < tag_count; ++i) {
    out.Append(i == 0 ? "\"" : ", \"");
    out.Append(kTags[(hash >> (40 + 3 * i)) % std::size(kTags)]);
    out.Append("\"");
  }
  out.Append("]");
  bool has_score = ((hash >> 4) & 7) != 0;
  if (has_score) {
    out.Append(R"(, "score": )");
    out.AppendNumber((hash >> 50) % 100);
    out.Append(".");
    out.AppendDigits((hash >> 57) % 100, 2);
  }
  out.Append(R"(, "origin": )");
  out.Append(kOrigins[(hash >> 36) % std::size(kOrigins)]);
  out.Append("}");
  return {buffer, out.end()};
}

// numeric(18,4) as PostgreSQL prints it.
std::string_view WriteValue(int64_t value, char* buffer) {
  TextWriter out(buffer);
  if (value < 0) out.Append("-");
  uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  out.AppendNumber(magnitude / 10'000);
  out.Append(".");
  out.AppendDigits(magnitude % 10'000, 4);
  return {buffer, out.end()};
}

std::optional<int64_t> CreatedAtOrAwkward(int64_t id) {
  return IsAwkward(id) ? Cycle(AwkwardTimestamps(), id) : CreatedAt(id);
}

std::optional<int64_t> ValueOrAwkward(int64_t id) {
  return IsAwkward(id) ? Cycle(AwkwardValues(), id) : Value(id);
}

Result<std::shared_ptr<arrow::Array>> MakeIds(int64_t first_id, int64_t row_count) {
  arrow::Int64Builder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(row_count));
  for (int64_t id = first_id; id < first_id + row_count; ++id) builder.UnsafeAppend(id);
  return builder.Finish();
}

template <typename Builder>
Result<std::shared_ptr<arrow::Array>> MakeTimestamps(Builder builder, int64_t epoch,
                                                     int64_t first_id, int64_t row_count) {
  ARROW_RETURN_NOT_OK(builder.Reserve(row_count));
  for (int64_t id = first_id; id < first_id + row_count; ++id) {
    std::optional<int64_t> micros = CreatedAtOrAwkward(id);
    micros ? builder.UnsafeAppend(*micros - epoch) : builder.UnsafeAppendNull();
  }
  return builder.Finish();
}

Result<std::shared_ptr<arrow::Array>> MakeDecimals(int64_t first_id, int64_t row_count) {
  arrow::Decimal128Builder builder(arrow::decimal128(18, 4));
  ARROW_RETURN_NOT_OK(builder.Reserve(row_count));
  for (int64_t id = first_id; id < first_id + row_count; ++id) {
    std::optional<int64_t> value = ValueOrAwkward(id);
    value ? builder.UnsafeAppend(arrow::Decimal128(*value)) : builder.UnsafeAppendNull();
  }
  return builder.Finish();
}

// `write` puts the value of an id into a buffer and gives it back, or points elsewhere, or at
// nothing for NULL.
template <typename Write>
Result<std::shared_ptr<arrow::Array>> MakeTexts(int64_t first_id, int64_t row_count, Write write) {
  char buffer[256];
  arrow::StringBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(row_count));
  for (int64_t id = first_id; id < first_id + row_count; ++id) {
    std::optional<std::string_view> text = write(id, buffer);
    if (text) {
      ARROW_RETURN_NOT_OK(builder.Append(*text));
    } else {
      builder.UnsafeAppendNull();
    }
  }
  return builder.Finish();
}

std::optional<std::string_view> NameOrAwkward(int64_t id, char* buffer) {
  if (IsAwkward(id)) return Cycle(AwkwardNames(), id);
  return WriteName(id, buffer);
}

std::optional<std::string_view> MetadataOrAwkward(int64_t id, char* buffer) {
  if (IsAwkward(id)) return Cycle(AwkwardMetadata(), id);
  return WriteMetadata(id, buffer);
}

std::optional<std::string_view> ValueTextOrAwkward(int64_t id, char* buffer) {
  std::optional<int64_t> value = ValueOrAwkward(id);
  if (!value) return std::nullopt;
  return WriteValue(*value, buffer);
}

Column MakeColumn(std::string name, std::string source_type, std::shared_ptr<arrow::DataType> type,
                  ValueKind kind = ValueKind::kPlain, bool nullable = true) {
  Column column;
  column.field = MakeField(name, std::move(type), kind, nullable);
  column.name = std::move(name);
  column.source_type = std::move(source_type);
  return column;
}

}  // namespace

Column DescribeRecordsColumn(RecordsColumn column, const ReadForm& form) {
  switch (column) {
    case RecordsColumn::kId:
      return MakeColumn("id", "bigint", arrow::int64(), ValueKind::kPlain, false);
    case RecordsColumn::kCreatedAt:
      if (form.exact_text) {
        return MakeColumn("created_at", "timestamp with time zone", arrow::int64(),
                          ValueKind::kTimestampTz2000);
      }
      return MakeColumn("created_at", "timestamp with time zone",
                        arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"));
    case RecordsColumn::kName:
      return MakeColumn("name", "character varying(255)", arrow::utf8());
    case RecordsColumn::kValue:
      if (form.exact_text) {
        return MakeColumn("value", "numeric(18,4)", arrow::utf8(), ValueKind::kNumeric);
      }
      return MakeColumn("value", "numeric(18,4)", arrow::decimal128(18, 4));
    case RecordsColumn::kMetadata:
      break;
  }
  return MakeColumn("metadata", "jsonb", arrow::utf8(), ValueKind::kJson);
}

Result<std::shared_ptr<arrow::Array>> MakeRecordsColumn(RecordsColumn column, bool exact_text,
                                                        int64_t first_id, int64_t row_count) {
  switch (column) {
    case RecordsColumn::kId:
      return MakeIds(first_id, row_count);
    case RecordsColumn::kCreatedAt:
      if (exact_text) {
        return MakeTimestamps(arrow::Int64Builder(), kPostgresEpoch, first_id, row_count);
      }
      return MakeTimestamps(arrow::TimestampBuilder(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                                                    arrow::default_memory_pool()),
                            0, first_id, row_count);
    case RecordsColumn::kName:
      return MakeTexts(first_id, row_count, NameOrAwkward);
    case RecordsColumn::kValue:
      if (exact_text) return MakeTexts(first_id, row_count, ValueTextOrAwkward);
      return MakeDecimals(first_id, row_count);
    case RecordsColumn::kMetadata:
      break;
  }
  return MakeTexts(first_id, row_count, MetadataOrAwkward);
}

}  // namespace weir
