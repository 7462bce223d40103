#include "format/parquet/thrift_compact.h"

namespace weir::parquet_format {
namespace {

constexpr int kDepthMax = 64;
constexpr uint8_t kLongListMark = 15;

Status CutShort() {
  return Status::Invalid("the footer ends in the middle of a value");
}

// Reads from the front of `rest`.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  std::string_view rest() const { return rest_; }

  Result<uint8_t> Byte() {
    if (rest_.empty()) return CutShort();
    uint8_t byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

  Result<uint64_t> Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      ARROW_ASSIGN_OR_RAISE(uint8_t byte, Byte());
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return Status::Invalid("a number in the footer is too long");
  }

  Status Skip(uint64_t bytes) {
    if (bytes > rest_.size()) return CutShort();
    rest_.remove_prefix(bytes);
    return Status::OK();
  }

  Status SkipValue(ThriftType type, int depth);
  Status SkipStruct(int depth);
  Status SkipList(int depth);
  Status SkipMap(int depth);

  struct ListHeader {
    uint64_t size = 0;
    ThriftType element = ThriftType::kStop;
  };
  Result<ListHeader> ReadListHeader() {
    ARROW_ASSIGN_OR_RAISE(uint8_t byte, Byte());
    ListHeader header{static_cast<uint64_t>(byte >> 4), static_cast<ThriftType>(byte & 0x0f)};
    if (header.size == kLongListMark) {
      ARROW_ASSIGN_OR_RAISE(header.size, Varint());
    }
    return header;
  }

  // The header of the field after the one with id `previous`; kStop at the end of the struct.
  Result<ThriftField> ReadFieldHeader(int16_t previous);

 private:
  std::string_view rest_;
};

int64_t FromZigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

Result<ThriftField> Cursor::ReadFieldHeader(int16_t previous) {
  ARROW_ASSIGN_OR_RAISE(uint8_t byte, Byte());
  ThriftField field;
  field.type = static_cast<ThriftType>(byte & 0x0f);
  if (field.type == ThriftType::kStop) return field;
  field.id = static_cast<int16_t>(previous + (byte >> 4));
  if ((byte >> 4) == 0) {
    ARROW_ASSIGN_OR_RAISE(uint64_t id, Varint());
    field.id = static_cast<int16_t>(FromZigzag(id));
  }
  return field;
}

Status Cursor::SkipStruct(int depth) {
  int16_t previous = 0;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(ThriftField field, ReadFieldHeader(previous));
    if (field.type == ThriftType::kStop) return Status::OK();
    ARROW_RETURN_NOT_OK(SkipValue(field.type, depth + 1));
    previous = field.id;
  }
}

Status Cursor::SkipList(int depth) {
  ARROW_ASSIGN_OR_RAISE(ListHeader header, ReadListHeader());
  for (uint64_t i = 0; i < header.size; ++i) {
    // In lists, and only there, a boolean takes a byte.
    bool boolean = header.element == ThriftType::kTrue || header.element == ThriftType::kFalse;
    ARROW_RETURN_NOT_OK(boolean ? Skip(1) : SkipValue(header.element, depth + 1));
  }
  return Status::OK();
}

Status Cursor::SkipMap(int depth) {
  ARROW_ASSIGN_OR_RAISE(uint64_t size, Varint());
  if (size == 0) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(uint8_t types, Byte());
  for (uint64_t i = 0; i < size; ++i) {
    ARROW_RETURN_NOT_OK(SkipValue(static_cast<ThriftType>(types >> 4), depth + 1));
    ARROW_RETURN_NOT_OK(SkipValue(static_cast<ThriftType>(types & 0x0f), depth + 1));
  }
  return Status::OK();
}

Status Cursor::SkipValue(ThriftType type, int depth) {
  if (depth > kDepthMax) return Status::Invalid("the footer is nested too deeply");
  switch (type) {
    case ThriftType::kTrue:
    case ThriftType::kFalse:
      return Status::OK();
    case ThriftType::kI8:
      return Skip(1);
    case ThriftType::kI16:
    case ThriftType::kI32:
    case ThriftType::kI64:
      return Varint().status();
    case ThriftType::kDouble:
      return Skip(8);
    case ThriftType::kBinary: {
      ARROW_ASSIGN_OR_RAISE(uint64_t size, Varint());
      return Skip(size);
    }
    case ThriftType::kList:
    case ThriftType::kSet:
      return SkipList(depth);
    case ThriftType::kMap:
      return SkipMap(depth);
    case ThriftType::kStruct:
      return SkipStruct(depth);
    case ThriftType::kUuid:
      return Skip(16);
    case ThriftType::kStop:
      break;
  }
  return Status::Invalid("unknown type in the footer");
}

void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

uint64_t ToZigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}

std::string_view Between(std::string_view from, std::string_view to) {
  return from.substr(0, from.size() - to.size());
}

}  // namespace

Result<std::vector<ThriftField>> ParseThriftStruct(std::string_view* bytes) {
  std::vector<ThriftField> fields;
  Cursor cursor(*bytes);
  int16_t previous = 0;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(ThriftField field, cursor.ReadFieldHeader(previous));
    if (field.type == ThriftType::kStop) break;
    std::string_view before = cursor.rest();
    ARROW_RETURN_NOT_OK(cursor.SkipValue(field.type, 0));
    field.value = Between(before, cursor.rest());
    previous = field.id;
    fields.push_back(field);
  }
  *bytes = cursor.rest();
  return fields;
}

Result<std::vector<std::string_view>> ParseThriftStructs(std::string_view list) {
  Cursor cursor(list);
  ARROW_ASSIGN_OR_RAISE(auto header, cursor.ReadListHeader());
  std::vector<std::string_view> structs;
  for (uint64_t i = 0; i < header.size; ++i) {
    std::string_view before = cursor.rest();
    ARROW_RETURN_NOT_OK(cursor.SkipValue(ThriftType::kStruct, 0));
    structs.push_back(Between(before, cursor.rest()));
  }
  return structs;
}

Result<int64_t> ParseThriftInteger(std::string_view value) {
  ARROW_ASSIGN_OR_RAISE(uint64_t zigzag, Cursor(value).Varint());
  return FromZigzag(zigzag);
}

int16_t AppendThriftFields(const std::vector<ThriftField>& fields, int16_t previous,
                           std::string* out) {
  for (const ThriftField& field : fields) {
    int delta = field.id - previous;
    uint8_t type = static_cast<uint8_t>(field.type);
    if (delta > 0 && delta <= 15) {
      out->push_back(static_cast<char>(delta << 4 | type));
    } else {
      out->push_back(static_cast<char>(type));
      AppendVarint(ToZigzag(field.id), out);
    }
    out->append(field.value);
    previous = field.id;
  }
  return previous;
}

void AppendThriftStruct(const std::vector<ThriftField>& fields, std::string* out) {
  AppendThriftFields(fields, 0, out);
  out->push_back(static_cast<char>(ThriftType::kStop));
}

void AppendThriftListHeader(int64_t size, ThriftType element, std::string* out) {
  uint8_t type = static_cast<uint8_t>(element);
  if (size < kLongListMark) {
    out->push_back(static_cast<char>(size << 4 | type));
    return;
  }
  out->push_back(static_cast<char>(kLongListMark << 4 | type));
  AppendVarint(static_cast<uint64_t>(size), out);
}

std::string ThriftInteger(int64_t value) {
  std::string encoded;
  AppendVarint(ToZigzag(value), &encoded);
  return encoded;
}

std::string ThriftBinary(std::string_view bytes) {
  std::string encoded;
  AppendVarint(bytes.size(), &encoded);
  encoded.append(bytes);
  return encoded;
}

}  // namespace weir::parquet_format
