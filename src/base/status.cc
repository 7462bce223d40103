#include "base/status.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace weir {
namespace {

class ErrorDetail : public arrow::StatusDetail {
 public:
  explicit ErrorDetail(ErrorInfo info) : info(std::move(info)) {}
  const char* type_id() const override { return "weir::ErrorDetail"; }
  std::string ToString() const override { return info.code; }

  const ErrorInfo info;
};

const char* CodeOfErrno(int os_error) {
  switch (os_error) {
    case ENOSPC:
    case EDQUOT:
      return "io.no_space";
    case ENOENT:
    case ENOTDIR:
      return "io.not_found";
    case EACCES:
    case EPERM:
    case EROFS:
      return "io.permission_denied";
    case EEXIST:
      return "io.exists";
    case EFBIG:
      return "io.file_too_large";
    case EPIPE:
      return "io.broken_pipe";
    default:
      return "io.error";
  }
}

}  // namespace

Status Error(ErrorInfo info, std::string_view message) {
  auto detail = std::make_shared<ErrorDetail>(std::move(info));
  return Status(arrow::StatusCode::UnknownError, std::string(message), std::move(detail));
}

Status Error(std::string_view code, std::string_view message, std::string_view hint) {
  ErrorInfo info;
  info.code = code;
  info.hint = hint;
  return Error(std::move(info), message);
}

Status ErrnoError(int os_error, std::string_view what) {
  ErrorInfo info;
  info.code = CodeOfErrno(os_error);
  info.os_error = os_error;
  if (info.code == "io.no_space") info.hint = "free some space or choose another destination";
  return Error(std::move(info), fmt::format("{}: {}", what, std::strerror(os_error)));
}

Status Interrupted() {
  return Error("interrupted", "interrupted");
}

Status WithContext(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  return status.WithMessage(context, ": ", status.message());
}

Status WithBatchRow(const Status& status, int64_t row) {
  ErrorInfo info = GetErrorInfo(status);
  info.batch_row = row;
  return Error(std::move(info), status.message());
}

ErrorInfo GetErrorInfo(const Status& status) {
  const auto& detail = status.detail();
  if (detail != nullptr && std::strcmp(detail->type_id(), "weir::ErrorDetail") == 0) {
    return static_cast<const ErrorDetail&>(*detail).info;
  }
  ErrorInfo info;
  info.code = status.IsOutOfMemory() ? "memory.exhausted" : "internal";
  return info;
}

}  // namespace weir
