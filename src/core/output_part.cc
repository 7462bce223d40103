#include "core/output_part.h"

#include "base/crc64.h"

namespace weir {

Result<std::unique_ptr<OutputPart>> OutputPart::Open(Destination* destination, std::string name,
                                                     const std::string& digest_algorithm,
                                                     Progress* progress) {
  std::unique_ptr<OutputPart> part(new OutputPart());
  ARROW_ASSIGN_OR_RAISE(part->digest_, Digest::Make(digest_algorithm));
  ARROW_ASSIGN_OR_RAISE(part->sink_, destination->OpenPart(name));
  part->progress_ = progress;
  part->record_.path = std::move(name);
  return part;
}

Status OutputPart::Write(std::string_view bytes) {
  digest_->Update(bytes);
  crc64_ = Crc64(crc64_, bytes);
  ARROW_RETURN_NOT_OK(sink_->Write(bytes));
  record_.bytes += static_cast<int64_t>(bytes.size());
  progress_->bytes += static_cast<int64_t>(bytes.size());
  return Status::OK();
}

Status OutputPart::Finish() {
  ARROW_RETURN_NOT_OK(sink_->Finish());
  record_.digest = digest_->FinishHex();
  return Status::OK();
}

uint64_t OutputPart::TakeCrc64() {
  return std::exchange(crc64_, 0);
}

}  // namespace weir
