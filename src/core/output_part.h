// One output stream on its way out: counted, digested, then written.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "core/completion_record.h"
#include "core/progress.h"
#include "core/sink.h"

namespace weir {

// Used by one thread.
class OutputPart : public ByteSink {
 public:
  static Result<std::unique_ptr<OutputPart>> Open(Destination* destination, std::string name,
                                                  const std::string& digest_algorithm,
                                                  Progress* progress);

  Status Write(std::string_view bytes) override;
  // Finishes the stream and completes record(): bytes and digest.
  Status Finish() override;

  int64_t bytes() const { return record_.bytes; }
  // CRC-64 of everything written since the last call, which starts it anew.
  uint64_t TakeCrc64();
  PartRecord& record() { return record_; }

 private:
  OutputPart() = default;

  std::unique_ptr<ByteSink> sink_;
  std::unique_ptr<Digest> digest_;
  Progress* progress_ = nullptr;
  uint64_t crc64_ = 0;
  PartRecord record_;
};

}  // namespace weir
