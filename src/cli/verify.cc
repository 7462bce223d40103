// weir verify: do the files still hold what their completion record says?
#include "core/verify.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

#include "base/byte_size.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/progress_line.h"
#include "cli/read_text.h"

namespace weir::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int64_t kRecordBytesMax = 1 << 30;

std::string Plural(int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", GroupDigits(count), noun, count == 1 ? "" : "s");
}

std::string ReportText(const VerifyReport& report, const CompletionRecord& record) {
  std::string text;
  for (const VerifyProblem& problem : report.problems) text += problem.message + "\n";
  if (report.ok) {
    text = fmt::format("ok: {}, {} and {} are as recorded\n", Plural(report.parts_checked, "file"),
                       FormatByteSize(report.bytes_checked), Plural(record.rows, "row"));
  }
  return Printable(text);
}

Json ProblemJson(const VerifyProblem& problem) {
  Json json = {
      {"kind", ToString(problem.kind)}, {"part", problem.part}, {"message", problem.message}};
  if (problem.slice_count > 0) {
    json["firstSlice"] = problem.first_slice;
    json["sliceCount"] = problem.slice_count;
    json["firstRow"] = problem.first_row;
    json["rowCount"] = problem.row_count;
  }
  return json;
}

std::string ReportJson(const VerifyReport& report, const CompletionRecord& record) {
  Json problems = Json::array();
  for (const VerifyProblem& problem : report.problems) problems.push_back(ProblemJson(problem));
  const Json json = {{"ok", report.ok},
                     {"rows", record.rows},
                     {"partsChecked", report.parts_checked},
                     {"bytesChecked", report.bytes_checked},
                     {"problems", problems}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// What to do depends on what was found; several kinds of problems are damage.
std::string_view HintFor(const VerifyReport& report) {
  using Kind = VerifyProblem::Kind;
  const auto all_are = [&](Kind kind) {
    return std::all_of(report.problems.begin(), report.problems.end(),
                       [&](const VerifyProblem& problem) { return problem.kind == kind; });
  };
  const bool none_found = static_cast<int64_t>(report.problems.size()) == report.parts_checked;
  if (all_are(Kind::kUnreadable)) return "nothing is known of what cannot be read; permit reading";
  if (all_are(Kind::kMissing) && none_found) {
    return "files are looked for beside the record; if it was moved, move it back to them";
  }
  return "copy again what differs; the record tells how it was made";
}

}  // namespace

Status RunVerify(const Invocation& invocation, const Registry& registry, std::stop_token stop) {
  fs::path path = invocation.arguments[0];
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) path /= "manifest.json";
  ARROW_ASSIGN_OR_RAISE(std::string json, ReadText(path.string(), kRecordBytesMax));
  auto parsed = CompletionRecordFromJson(json);
  if (!parsed.ok()) return WithContext(parsed.status(), "reading " + path.string());
  const CompletionRecord& record = *parsed;
  // A record on standard input is about files in the working directory.
  ARROW_ASSIGN_OR_RAISE(VerifyReport report,
                        Verify(record, path.parent_path().string(), registry, std::move(stop)));
  ARROW_RETURN_NOT_OK(
      PrintOut(invocation.json ? ReportJson(report, record) : ReportText(report, record)));
  if (report.ok) return Status::OK();
  return Error(
      "verify.damaged",
      fmt::format("{} of {}: {} found", Plural(report.parts_checked, "file"), path.string(),
                  Plural(static_cast<int64_t>(report.problems.size()), "problem")),
      HintFor(report));
}

}  // namespace weir::cli
