#include "format/xlsx/zip_writer.h"

#include <algorithm>

namespace weir {
namespace {

constexpr size_t kPieceBytes = 256 * 1024;  // what the sink gets at once
constexpr uint16_t kDeflateMethod = 8;
constexpr uint16_t kHasDescriptor = 1 << 3;
constexpr uint16_t kVersion20 = 20;         // deflate
constexpr uint16_t kVersion45 = 45;         // zip64
constexpr uint32_t kDate1980 = 0x00210000;  // MS-DOS date and time: 1980-01-01 00:00:00
constexpr uint64_t kMax16 = 0xFFFF;
constexpr uint64_t kMax32 = 0xFFFFFFFF;

// Little-endian integers at the end of a buffer.
class Fields {
 public:
  explicit Fields(ByteBuffer* out) : out_(*out) {}
  Fields& U16(uint64_t value) { return Put(value, 2); }
  Fields& U32(uint64_t value) { return Put(value, 4); }
  Fields& U64(uint64_t value) { return Put(value, 8); }
  // The value, or the mark that says it stands in a zip64 record.
  Fields& U16OrMark(uint64_t value) { return Put(std::min(value, kMax16), 2); }
  Fields& U32OrMark(uint64_t value) { return Put(std::min(value, kMax32), 4); }

 private:
  Fields& Put(uint64_t value, int bytes) {
    char* to = out_.Reserve(8);
    for (int i = 0; i < bytes; ++i) to[i] = static_cast<char>(value >> (8 * i));
    out_.Commit(bytes);
    return *this;
  }

  ByteBuffer& out_;
};

}  // namespace

Result<std::unique_ptr<ZipWriter>> ZipWriter::Make(ByteSink* sink, int level) {
  std::unique_ptr<ZipWriter> writer(new ZipWriter(sink));
  constexpr int kMemoryLevel = 8;
  if (deflateInit2(&writer->stream_, level, Z_DEFLATED, -MAX_WBITS, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return Error("memory.exhausted", "no memory for zlib's buffers");
  }
  writer->stream_open_ = true;
  return writer;
}

ZipWriter::~ZipWriter() {
  if (stream_open_) deflateEnd(&stream_);
}

Status ZipWriter::Add(const ZipMember& member) {
  const Entry entry{member.name, 0,         member.method, member.crc32, member.compressed.size(),
                    member.size, position()};
  PutLocalHeader(entry);
  out_.Append(member.compressed);
  entries_.push_back(entry);
  return FlushAbove(kPieceBytes);
}

Status ZipWriter::Begin(std::string name) {
  deflateReset(&stream_);
  const Entry entry{std::move(name), kHasDescriptor, kDeflateMethod, 0, 0, 0, position()};
  PutLocalHeader(entry);
  entries_.push_back(entry);
  data_start_ = position();
  return Status::OK();
}

Status ZipWriter::Write(std::string_view content) {
  Entry& entry = entries_.back();
  entry.crc32 = static_cast<uint32_t>(
      crc32_z(entry.crc32, reinterpret_cast<const Bytef*>(content.data()), content.size()));
  entry.size += content.size();
  return Deflate(content, Z_NO_FLUSH);
}

Status ZipWriter::End() {
  ARROW_RETURN_NOT_OK(Deflate({}, Z_FINISH));
  Entry& entry = entries_.back();
  entry.compressed_size = position() - data_start_;
  PutDescriptor(entry);
  return FlushAbove(kPieceBytes);
}

Status ZipWriter::Finish() {
  const uint64_t directory = position();
  for (const Entry& entry : entries_) PutDirectoryEntry(entry);
  PutEnd(directory, position() - directory);
  return FlushAbove(0);
}

Status ZipWriter::Deflate(std::string_view content, int flush) {
  constexpr uInt kRoomBytes = 64 * 1024;
  do {
    const size_t taken = std::min<size_t>(content.size(), 1 << 30);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream_.avail_in = static_cast<uInt>(taken);
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out_.Reserve(kRoomBytes));
      stream_.avail_out = kRoomBytes;
      deflate(&stream_, flush);
      out_.Commit(kRoomBytes - stream_.avail_out);
      ARROW_RETURN_NOT_OK(FlushAbove(kPieceBytes));
    } while (stream_.avail_out == 0);
    content.remove_prefix(taken);
  } while (!content.empty());
  return Status::OK();
}

Status ZipWriter::FlushAbove(size_t bytes) {
  if (out_.size() <= bytes) return Status::OK();
  ARROW_RETURN_NOT_OK(sink_->Write(out_.view()));
  bytes_written_ += static_cast<int64_t>(out_.size());
  out_.Clear();
  return Status::OK();
}

// 4.3.7. Sizes that are not known yet are 0.
void ZipWriter::PutLocalHeader(const Entry& entry) {
  Fields(&out_)
      .U32(0x04034b50)
      .U16(kVersion20)
      .U16(entry.flags)
      .U16(entry.method)
      .U32(kDate1980)
      .U32(entry.crc32)
      .U32(entry.compressed_size)
      .U32(entry.size)
      .U16(entry.name.size())
      .U16(0);
  out_.Append(entry.name);
}

// 4.3.9; 4.3.9.2 for sizes of 8 bytes.
void ZipWriter::PutDescriptor(const Entry& entry) {
  Fields fields(&out_);
  fields.U32(0x08074b50).U32(entry.crc32);
  if (entry.size < kMax32 && entry.compressed_size < kMax32) {
    fields.U32(entry.compressed_size).U32(entry.size);
  } else {
    fields.U64(entry.compressed_size).U64(entry.size);
  }
}

// 4.3.12, with the extra field of 4.5.3 for what 32 bits do not hold.
void ZipWriter::PutDirectoryEntry(const Entry& entry) {
  ByteBuffer zip64;
  Fields extra(&zip64);
  for (uint64_t value : {entry.size, entry.compressed_size, entry.offset}) {
    if (value >= kMax32) extra.U64(value);
  }
  const uint16_t version = zip64.empty() ? kVersion20 : kVersion45;
  Fields fields(&out_);
  fields.U32(0x02014b50)
      .U16(version)
      .U16(version)
      .U16(entry.flags)
      .U16(entry.method)
      .U32(kDate1980)
      .U32(entry.crc32)
      .U32OrMark(entry.compressed_size)
      .U32OrMark(entry.size)
      .U16(entry.name.size())
      .U16(zip64.empty() ? 0 : 4 + zip64.size())
      .U16(0)  // comment
      .U16(0)  // disk
      .U16(0)  // internal attributes
      .U32(0)  // external attributes
      .U32OrMark(entry.offset);
  out_.Append(entry.name);
  if (zip64.empty()) return;
  fields.U16(0x0001).U16(zip64.size());
  out_.Append(zip64.view());
}

// 4.3.16, after the zip64 records of 4.3.14 and 4.3.15 when it does not hold the offset.
void ZipWriter::PutEnd(uint64_t directory, uint64_t directory_bytes) {
  const uint64_t count = entries_.size();
  Fields fields(&out_);
  if (directory >= kMax32) {
    const uint64_t zip64_end = position();
    fields.U32(0x06064b50).U64(44).U16(kVersion45).U16(kVersion45).U32(0).U32(0);
    fields.U64(count).U64(count).U64(directory_bytes).U64(directory);
    fields.U32(0x07064b50).U32(0).U64(zip64_end).U32(1);
  }
  fields.U32(0x06054b50).U16(0).U16(0).U16OrMark(count).U16OrMark(count);
  fields.U32OrMark(directory_bytes).U32OrMark(directory).U16(0);
}

}  // namespace weir
