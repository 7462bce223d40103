// Reading a ZIP archive that is in memory, one without zip64 or encryption (APPNOTE.TXT 6.3.10,
// 4.3): what libxlsxwriter makes of a workbook without rows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace weir {

struct ZipMember {
  std::string name;
  uint16_t method = 0;  // 8: deflate
  uint32_t crc32 = 0;
  uint64_t size = 0;       // uncompressed
  std::string compressed;  // as it stands in the archive
};

// The members in the order of the archive's directory.
Result<std::vector<ZipMember>> ReadZip(std::string_view archive);

// The member's content; its length and CRC are checked.
Result<std::string> Inflate(const ZipMember& member);

}  // namespace weir
