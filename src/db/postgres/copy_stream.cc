#include "db/postgres/copy_stream.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cerrno>

namespace weir::postgres {
namespace {

// Rows that arrive within this many reads (8 KB at least each) are not worth counting.
constexpr int64_t kUncountedWaits = 8;

}  // namespace

Result<std::string_view> CopyStream::Next() {
  Release();
  while (true) {
    int size = PQgetCopyData(connection_->raw(), &row_, /*async=*/1);
    if (size > 0) {
      if (waits_ != 0) waits_ = pending_bytes_ = 0;
      return std::string_view(row_, static_cast<size_t>(size));
    }
    if (size == -1) {
      ARROW_RETURN_NOT_OK(EndCopy());
      return std::string_view();
    }
    if (size < 0) return connection_->Failure(nullptr);
    ARROW_RETURN_NOT_OK(WaitForMore());
  }
}

Status CopyStream::WaitForMore() {
  int fd = PQsocket(connection_->raw());
  pollfd poll_fd{fd, POLLIN, 0};
  while (poll(&poll_fd, 1, -1) < 0) {
    if (errno != EINTR) return ErrnoError(errno, "waiting for PostgreSQL");
  }
  if (++waits_ > kUncountedWaits) {
    int available = 0;
    if (ioctl(fd, FIONREAD, &available) == 0) pending_bytes_ += available;
    if (pending_bytes_ > row_bytes_max_) {
      return Error(kRowTooLarge, fmt::format("a row is larger than {} bytes", row_bytes_max_));
    }
  }
  if (PQconsumeInput(connection_->raw()) == 1) return Status::OK();
  return connection_->Failure(nullptr);
}

Status CopyStream::EndCopy() {
  Status status;
  // "Done" and "failed" look alike until the results are read, to the last.
  while (PGresult* raw = PQgetResult(connection_->raw())) {
    ResultPtr result(raw);
    if (PQresultStatus(raw) != PGRES_COMMAND_OK && status.ok()) {
      status = connection_->Failure(raw);
    }
  }
  return status;
}

}  // namespace weir::postgres
