#include "format/xlsx/zip_archive.h"

#include <zlib.h>

#include <bit>
#include <cstring>

namespace weir {
namespace {

static_assert(std::endian::native == std::endian::little, "ZIP's integers are read in place");

constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint32_t kCentralSignature = 0x02014b50;
constexpr uint32_t kEndSignature = 0x06054b50;
constexpr size_t kLocalBytes = 30;
constexpr size_t kCentralBytes = 46;
constexpr size_t kEndBytes = 22;

Status Damaged() {
  return Error("internal", "the workbook made by libxlsxwriter is no ZIP archive");
}

template <typename T>
T Get(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

bool Fits(std::string_view archive, size_t at, size_t bytes) {
  return at <= archive.size() && bytes <= archive.size() - at;
}

// A member's data, behind its local header.
Result<std::string> ReadData(std::string_view archive, size_t at, size_t bytes) {
  if (!Fits(archive, at, kLocalBytes) || Get<uint32_t>(archive, at) != kLocalSignature) {
    return Damaged();
  }
  const size_t data =
      at + kLocalBytes + Get<uint16_t>(archive, at + 26) + Get<uint16_t>(archive, at + 28);
  if (!Fits(archive, data, bytes)) return Damaged();
  return std::string(archive.substr(data, bytes));
}

// Reads the directory's entry at `*at`, which moves past it.
Result<ZipMember> ReadMember(std::string_view archive, size_t* at) {
  const size_t entry = *at;
  if (!Fits(archive, entry, kCentralBytes) || Get<uint32_t>(archive, entry) != kCentralSignature) {
    return Damaged();
  }
  const size_t name_bytes = Get<uint16_t>(archive, entry + 28);
  *at = entry + kCentralBytes + name_bytes + Get<uint16_t>(archive, entry + 30) +
        Get<uint16_t>(archive, entry + 32);
  if (!Fits(archive, entry + kCentralBytes, name_bytes)) return Damaged();
  ZipMember member;
  member.name = archive.substr(entry + kCentralBytes, name_bytes);
  member.method = Get<uint16_t>(archive, entry + 10);
  member.crc32 = Get<uint32_t>(archive, entry + 16);
  member.size = Get<uint32_t>(archive, entry + 24);
  ARROW_ASSIGN_OR_RAISE(member.compressed, ReadData(archive, Get<uint32_t>(archive, entry + 42),
                                                    Get<uint32_t>(archive, entry + 20)));
  return member;
}

}  // namespace

Result<std::vector<ZipMember>> ReadZip(std::string_view archive) {
  // There is no archive comment, so the end record is what its name says.
  if (archive.size() < kEndBytes) return Damaged();
  const size_t end = archive.size() - kEndBytes;
  if (Get<uint32_t>(archive, end) != kEndSignature) return Damaged();
  const int count = Get<uint16_t>(archive, end + 10);
  size_t at = Get<uint32_t>(archive, end + 16);
  std::vector<ZipMember> members;
  for (int i = 0; i < count; ++i) {
    ARROW_ASSIGN_OR_RAISE(auto member, ReadMember(archive, &at));
    members.push_back(std::move(member));
  }
  return members;
}

Result<std::string> Inflate(const ZipMember& member) {
  constexpr uint16_t kDeflate = 8;
  z_stream stream{};
  if (member.method != kDeflate || inflateInit2(&stream, -MAX_WBITS) != Z_OK) return Damaged();
  std::string content(member.size, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(member.compressed.data()));
  stream.avail_in = static_cast<uInt>(member.compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  const int code = inflate(&stream, Z_FINISH);
  const bool whole = code == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  const auto* bytes = reinterpret_cast<const Bytef*>(content.data());
  if (!whole || crc32_z(0, bytes, content.size()) != member.crc32) return Damaged();
  return content;
}

}  // namespace weir
