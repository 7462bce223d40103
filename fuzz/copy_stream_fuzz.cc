// What a server might send during COPY ... TO STDOUT, cut into any pieces. Six bytes stand before
// it:
//
//   how it is cut (0: not at all; to 127: into pieces of so many bytes; more: at random)
//   how many times 2 KiB are put into it, so that small inputs have large messages, and where (2)
//   how large a row may be, and what LargestRefusedValue is told (2)
//
// Whatever the bytes, the rows are those that a plain reader of the same messages finds, in the
// same order, and the end or the failure is the one it comes to; no more memory is had than a row
// may need.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mapping_pool.h"
#include "db/postgres/copy_stream.h"
#include "db/postgres/errors.h"
#include "fuzz/fuzzing.h"

namespace weir::postgres {
namespace {

using fuzzing::Input;
using fuzzing::Require;

constexpr size_t kFillBytes = 2 << 10;
// Of a long error the rest is not looked at.
constexpr size_t kErrorBytesMax = 64 << 10;
constexpr char kConnectionLost[] = "the bytes are at their end";
// What Arrow's buffers round up to, with a message's header.
constexpr int64_t kRoundingBytes = 64 + 5;

// --- The server

class Pieces final : public Transport {
 public:
  Pieces(std::string bytes, uint8_t cut, size_t unit)
      : bytes_(std::move(bytes)), cut_(cut), unit_(unit), random_(cut) {}

  Status Send(std::string_view) override { return Status::OK(); }

  Result<size_t> Receive(char* to, size_t room) override {
    Require(room > 0, "there is room for what is received");
    if (next_ == bytes_.size()) return Status::IOError(kConnectionLost);
    const size_t size = std::min({room, PieceBytes(), bytes_.size() - next_});
    // One byte more than there is room for would be seen.
    bytes_.copy(to, size, next_);
    next_ += size;
    return size;
  }

 private:
  size_t PieceBytes() {
    if (cut_ == 0) return bytes_.size();
    if (cut_ < 128) return cut_ * unit_;
    random_ = random_ * 1103515245 + 12345;
    return (1 + (random_ >> 16) % (1u << cut_ % 8)) * unit_;
  }

  const std::string bytes_;
  const uint8_t cut_;
  const size_t unit_;
  uint32_t random_;
  size_t next_ = 0;
};

// --- A plain reader of the whole

size_t BigEndian(std::string_view bytes) {
  size_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

struct Model {
  std::vector<std::string_view> rows;
  // How it ends: all of them empty when it ends well.
  Status error;                         // the server's own
  bool is_broken = false;               // by what is sent, or not sent any more
  std::optional<size_t> refused_bytes;  // of a row that is too large
  std::string_view refused_row;         // as much of it as there is
};

Status ErrorOf(std::string_view fields) {
  ServerMessage said{.sqlstate = "XX000"};
  Input input(reinterpret_cast<const uint8_t*>(fields.data()), fields.size());
  while (const char field = static_cast<char>(input.Byte())) {
    const std::string_view text = input.Line('\0');
    if (field == 'C') said.sqlstate = text;
    if (field == 'M') said.message = text;
    if (field == 'D') said.detail = text;
    if (field == 'H') said.hint = text;
    if (field == 'R') said.routine = text;
  }
  return ServerError(said);
}

Model Read(std::string_view bytes, size_t row_bytes_max) {
  Model model;
  for (model.is_broken = true; bytes.size() >= 5;) {
    const char type = bytes[0];
    const size_t length = BigEndian(bytes.substr(1, 4));
    bytes.remove_prefix(5);
    if (length < 4 || length > INT32_MAX) return model;
    const size_t size = length - 4;
    if (type == 'd' && size > row_bytes_max) {
      model.refused_bytes = size;
      model.refused_row = bytes.substr(0, size);
      return model;
    }
    const bool is_whole = size <= bytes.size();
    const std::string_view body = bytes.substr(0, size);
    if (type == 'd' && size == 0) return model;
    if (std::string_view("dEZHcCNSA").find(type) == std::string_view::npos) return model;
    // Of a longer message the rest is skipped after it has been understood.
    if (!is_whole && (type == 'd' || body.size() < kErrorBytesMax)) return model;
    if (type == 'd' && model.error.ok()) model.rows.push_back(body);
    if (type == 'E') model.error = ErrorOf(body.substr(0, kErrorBytesMax));
    if (type == 'Z') {
      model.is_broken = false;
      return model;
    }
    bytes.remove_prefix(body.size());
  }
  return model;
}

// The first value that is larger than a row may be, or else the largest; nothing when the row ends
// before its values do.
std::optional<LargestValue> LargestOf(std::string_view row, size_t row_bytes_max) {
  if (row.size() < 2) return std::nullopt;
  const size_t count = BigEndian(row.substr(0, 2));
  row.remove_prefix(2);
  LargestValue largest;
  for (size_t column = 0; column < count; ++column) {
    if (row.size() < 4) return std::nullopt;
    const auto size = static_cast<int32_t>(BigEndian(row.substr(0, 4)));
    row.remove_prefix(4);
    if (size > largest.bytes) largest = {column, size};
    if (size > static_cast<int64_t>(row_bytes_max)) break;
    if (size <= 0) continue;
    if (static_cast<size_t>(size) > row.size()) return std::nullopt;
    row.remove_prefix(static_cast<size_t>(size));
  }
  return largest;
}

// --- What must hold

void CheckRefusal(const Model& model, size_t row_bytes_max, size_t prefix, CopyStream* stream) {
  Require(stream->refused_bytes() == static_cast<int64_t>(*model.refused_bytes),
          "a refused row's size is known");
  const std::string_view row = model.refused_row.substr(std::min(prefix, model.refused_row.size()));
  const auto expected = LargestOf(row, row_bytes_max);
  const auto largest = stream->LargestRefusedValue(prefix);
  Require(largest.ok() == expected.has_value(), "a refused row is read as it is",
          largest.status().ToString());
  if (!largest.ok()) return;
  Require(largest->column == expected->column && largest->bytes == expected->bytes,
          "its largest value is found");
}

void CheckEnd(const Model& model, const Status& status) {
  if (!model.error.ok()) {
    Require(status.Equals(model.error), "the server's error is the failure", status.ToString());
  } else if (model.refused_bytes) {
    Require(IsErrorCode(status, kRowTooLarge), "a large row is refused", status.ToString());
  } else if (model.is_broken) {
    const bool expected =
        IsErrorCode(status, "postgres.protocol") || status.message() == kConnectionLost;
    Require(expected, "what is broken is named", status.ToString());
  } else {
    Require(status, "what ends well is no failure");
  }
}

void Run(Input input) {
  const uint8_t cut = input.Byte();
  const size_t fill = input.Byte() * kFillBytes;
  const size_t place = BigEndian(input.Take(2));
  constexpr std::array<int64_t, 4> kLimits = {kCopyBufferBytes, kCopyBufferBytes + 1, 300 << 10,
                                              500 << 10};
  const int64_t row_bytes_max = kLimits[input.Byte() % kLimits.size()];
  const size_t prefix = input.Byte();
  std::string bytes(input.rest());
  bytes.insert(std::min(place, bytes.size()), fill, 'x');

  const Model model = Read(bytes, static_cast<size_t>(row_bytes_max));
  const int64_t bytes_before = DefaultMappingPool()->bytes_allocated();
  Pieces pieces(bytes, cut, fill == 0 ? 1 : 64);
  auto stream = CopyStream::Make(&pieces, row_bytes_max);
  Require(stream.status(), "a stream is made");
  Require((*stream)->Begin("COPY t TO STDOUT (FORMAT binary)"), "a statement is sent");
  Status status;
  size_t rows = 0;
  while (true) {
    const auto row = (*stream)->Next();
    status = row.status();
    if (!row.ok() || row->empty()) break;
    Require(rows < model.rows.size() && *row == model.rows[rows], "a row is as it was sent");
    ++rows;
  }
  Require(rows == model.rows.size(), "all rows arrive");
  CheckEnd(model, status);
  if (model.error.ok() && model.refused_bytes) {
    CheckRefusal(model, static_cast<size_t>(row_bytes_max), prefix, stream->get());
  }
  const int64_t held = DefaultMappingPool()->bytes_allocated() - bytes_before;
  Require(held <= row_bytes_max + kRoundingBytes, "a stream holds one row at most");
}

}  // namespace
}  // namespace weir::postgres

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  weir::postgres::Run(weir::fuzzing::Input(bytes, size));
  return 0;
}
