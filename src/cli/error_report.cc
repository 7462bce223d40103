#include "cli/error_report.h"

#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/console.h"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

// Further lines of a message are indented, so that each report begins at the margin.
std::string Paragraph(std::string_view label, std::string_view text) {
  std::string paragraph = fmt::format("{}: ", label);
  while (text.ends_with('\n')) text.remove_suffix(1);
  for (const char c : text) {
    paragraph += c;
    if (c == '\n') paragraph += "  ";
  }
  return paragraph + "\n";
}

std::string CodeLine(const ErrorInfo& info) {
  std::string line = "[" + info.code;
  if (!info.sqlstate.empty()) line += ", SQLSTATE " + info.sqlstate;
  if (info.os_error != 0) {
    const char* name = strerrorname_np(info.os_error);
    line += name != nullptr ? fmt::format(", {}", name) : fmt::format(", errno {}", info.os_error);
  }
  return line + "]\n";
}

// One line; bytes that are not UTF-8 (a database with SQL_ASCII) become U+FFFD.
std::string Line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string ErrorText(const Status& status, const Redactor& redactor) {
  const ErrorInfo info = GetErrorInfo(status);
  std::string text = Paragraph("weir", redactor.Redact(status.message()));
  if (!info.hint.empty()) text += Paragraph("hint", redactor.Redact(info.hint));
  return Printable(text + CodeLine(info));
}

std::string ErrorJson(const Status& status, int exit_status, const Redactor& redactor) {
  const ErrorInfo info = GetErrorInfo(status);
  Json error = {{"code", info.code}, {"message", redactor.Redact(status.message())}};
  if (!info.hint.empty()) error["hint"] = redactor.Redact(info.hint);
  if (!info.sqlstate.empty()) error["sqlstate"] = info.sqlstate;
  if (info.os_error != 0) error["errno"] = info.os_error;
  error["retryable"] = info.retryable;
  return Line({{"event", "result"}, {"ok", false}, {"exitStatus", exit_status}, {"error", error}});
}

std::string WarningText(std::string_view warning, const Redactor& redactor) {
  return Printable(Paragraph("weir: warning", redactor.Redact(warning)));
}

std::string WarningJson(std::string_view warning, const Redactor& redactor) {
  return Line({{"event", "warning"}, {"message", redactor.Redact(warning)}});
}

}  // namespace weir::cli
