// Writing a ZIP archive front to back into a ByteSink (APPNOTE.TXT 6.3.10). A member written piece
// by piece has its sizes behind it, in a data descriptor (4.3.9); above 4 GiB the archive's
// directory has zip64 records (4.3.14, 4.5.3). Every member is dated 1980-01-01, so that the same
// content gives the same bytes.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "base/status.h"
#include "core/sink.h"
#include "format/xlsx/zip_archive.h"

namespace weir {

// Not thread-safe. After a failure only destruction is allowed.
class ZipWriter {
 public:
  // `sink` outlives the writer. `level` is zlib's, 1 to 9.
  static Result<std::unique_ptr<ZipWriter>> Make(ByteSink* sink, int level);
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  // Adds a member that is compressed already.
  Status Add(const ZipMember& member);

  // Adds a member piece by piece: Begin, then Write for every piece, then End.
  Status Begin(std::string name);
  Status Write(std::string_view content);
  Status End();

  // Writes the directory. REQUIRES: no member is open.
  Status Finish();

  int64_t bytes_written() const { return bytes_written_; }  // to the sink
  int64_t bytes_buffered() const { return static_cast<int64_t>(out_.size()); }

 private:
  struct Entry {
    std::string name;
    uint16_t flags;
    uint16_t method;
    uint32_t crc32;
    uint64_t compressed_size;
    uint64_t size;
    uint64_t offset;
  };

  explicit ZipWriter(ByteSink* sink) : sink_(sink) {}

  uint64_t position() const { return static_cast<uint64_t>(bytes_written_) + out_.size(); }
  void PutLocalHeader(const Entry& entry);
  void PutDescriptor(const Entry& entry);
  void PutDirectoryEntry(const Entry& entry);
  void PutEnd(uint64_t directory, uint64_t directory_bytes);
  Status Deflate(std::string_view content, int flush);
  Status FlushAbove(size_t bytes);

  ByteSink* const sink_;
  z_stream stream_{};
  bool stream_open_ = false;
  std::vector<Entry> entries_;
  uint64_t data_start_ = 0;  // of the open member
  ByteBuffer out_;           // what the sink does not have yet
  int64_t bytes_written_ = 0;
};

}  // namespace weir
