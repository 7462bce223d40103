#include "core/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include "base/list_directory.h"
#include "core/part_check.h"
#include "core/part_name.h"
#include "core/range_text.h"

namespace weir {
namespace {

using Kind = VerifyProblem::Kind;
namespace fs = std::filesystem;

// Without a digest, finding out that a file is another part means reading it once more for each
// part of that size.
constexpr int kSwapCandidatesMax = 16;

// Adds what a record says; a broken one may say anything, so that sums wrap instead of overflowing.
class Sum {
 public:
  Sum& operator+=(int64_t count) {
    value_ += static_cast<uint64_t>(count);
    return *this;
  }
  bool operator!=(int64_t count) const { return value() != count; }
  int64_t value() const { return static_cast<int64_t>(value_); }

 private:
  uint64_t value_ = 0;
};

bool AreGroupsInOrder(const PartRecord& part) {
  int64_t end = 0;
  for (const SliceGroupRecord& group : part.slices) {
    // Subtraction cannot overflow here.
    if (group.offset < end || group.offset > part.text_bytes) return false;
    if (group.bytes > part.text_bytes - group.offset) return false;
    end = group.offset + group.bytes;
  }
  return true;
}

class Verifier {
 public:
  Verifier(const CompletionRecord& record, const std::string& base_dir,
           const Compression* compression, std::stop_token stop)
      : record_(record), base_dir_(base_dir), compression_(compression), stop_(std::move(stop)) {}

  Result<VerifyReport> Run();

 private:
  void CheckRecord();
  bool CheckGroups(const PartRecord& part);
  Status CheckOne(const PartRecord& part);
  // Whether the file at `part`'s place is another part, and if so which.
  Result<const PartRecord*> FindTwin(const PartRecord& part, const PartCheck& check);
  void ReportSize(const PartRecord& part, const PartCheck& check);
  // Reports slices that differ, are cut off or could not be read.
  void ReportSlices(const PartRecord& part, const PartCheck& check);
  void ReportSliceRun(const PartRecord& part, const PartCheck& check, size_t begin, size_t end);
  void CheckUnlisted();

  fs::path PathOf(const PartRecord& part) const { return fs::path(base_dir_) / part.path; }
  VerifyProblem& Report(Kind kind, const std::string& part, std::string message) {
    VerifyProblem problem;
    problem.kind = kind;
    problem.part = part;
    problem.message = std::move(message);
    return report_.problems.emplace_back(std::move(problem));
  }

  const CompletionRecord& record_;
  const std::string base_dir_;
  const Compression* const compression_;
  const std::stop_token stop_;
  VerifyReport report_;
  Sum rows_before_;  // of the parts already checked
};

Result<VerifyReport> Verifier::Run() {
  CheckRecord();
  for (const PartRecord& part : record_.parts) {
    ARROW_RETURN_NOT_OK(CheckOne(part));
    rows_before_ += part.rows;
  }
  CheckUnlisted();
  report_.ok = report_.problems.empty();
  return std::move(report_);
}

void Verifier::CheckRecord() {
  Sum rows, bytes;
  for (const PartRecord& part : record_.parts) {
    rows += part.rows;
    bytes += part.bytes;
  }
  if (rows != record_.rows) {
    Report(Kind::kRecord, "",
           fmt::format("the record says {} rows, its parts {}", record_.rows, rows.value()));
  }
  if (bytes != record_.bytes) {
    Report(Kind::kRecord, "",
           fmt::format("the record says {} bytes, its parts {}", record_.bytes, bytes.value()));
  }
}

bool Verifier::CheckGroups(const PartRecord& part) {
  if (!AreGroupsInOrder(part)) {
    Report(Kind::kRecord, part.path,
           fmt::format("the record's slices of {} are out of order or out of its text", part.path));
    return false;
  }
  Sum rows;
  for (const SliceGroupRecord& group : part.slices) rows += group.rows;
  if (rows != part.rows) {
    Report(Kind::kRecord, part.path,
           fmt::format("the record says {} rows for {}, its slices {}", part.rows, part.path,
                       rows.value()));
  }
  return true;
}

Status Verifier::CheckOne(const PartRecord& part) {
  if (!CheckGroups(part)) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(PartCheck check, CheckPart(part, PathOf(part).string(),
                                                   record_.digest_algorithm, compression_, stop_));
  ++report_.parts_checked;
  report_.bytes_checked += check.bytes;
  if (IsIntact(check, part)) return Status::OK();
  if (check.os_error != 0) {
    const bool missing = check.os_error == ENOENT || check.os_error == ENOTDIR;
    Report(missing ? Kind::kMissing : Kind::kUnreadable, part.path,
           missing ? fmt::format("{} is missing", part.path)
                   : fmt::format("{} cannot be read: {}", part.path, strerror(check.os_error)));
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const PartRecord* twin, FindTwin(part, check));
  if (twin != nullptr) {
    Report(Kind::kSwapped, part.path,
           fmt::format("{} holds the contents of {}", part.path, twin->path));
    return Status::OK();
  }
  const size_t problems_before = report_.problems.size();
  ReportSize(part, check);
  ReportSlices(part, check);
  if (report_.problems.size() > problems_before) return Status::OK();
  std::string message = fmt::format("{} differs outside of any slice", part.path);
  if (!check.text_status.ok()) message += fmt::format(": {}", check.text_status.message());
  Report(Kind::kOutsideSlices, part.path, std::move(message));
  return Status::OK();
}

Result<const PartRecord*> Verifier::FindTwin(const PartRecord& part, const PartCheck& check) {
  const bool has_digest = !check.digest.empty();
  int candidates = 0;
  for (const PartRecord& other : record_.parts) {
    if (&other == &part || other.bytes != check.bytes) continue;
    if (has_digest && other.digest == check.digest) return &other;
    if (has_digest || ++candidates > kSwapCandidatesMax || !AreGroupsInOrder(other)) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(
        PartCheck as_other,
        CheckPart(other, PathOf(part).string(), record_.digest_algorithm, compression_, stop_));
    if (!other.slices.empty() && IsIntact(as_other, other)) return &other;
  }
  return nullptr;
}

void Verifier::ReportSize(const PartRecord& part, const PartCheck& check) {
  if (check.bytes < part.bytes) {
    Report(
        Kind::kCut, part.path,
        fmt::format("{} is cut: {} of its {} bytes are there", part.path, check.bytes, part.bytes));
  } else if (check.bytes > part.bytes) {
    Report(
        Kind::kExtraBytes, part.path,
        fmt::format("{} has {} bytes more than were written", part.path, check.bytes - part.bytes));
  }
}

void Verifier::ReportSlices(const PartRecord& part, const PartCheck& check) {
  const std::vector<SliceState>& states = check.slices;
  for (size_t begin = 0; begin < states.size();) {
    size_t end = begin + 1;
    while (end < states.size() && states[end] == states[begin]) ++end;
    if (states[begin] != SliceState::kSame) ReportSliceRun(part, check, begin, end);
    begin = end;
  }
}

void Verifier::ReportSliceRun(const PartRecord& part, const PartCheck& check, size_t begin,
                              size_t end) {
  const SliceGroupRecord& first = part.slices[begin];
  const SliceGroupRecord& last = part.slices[end - 1];
  Sum first_row = rows_before_, row_count;
  first_row += 1;
  for (size_t i = 0; i < end; ++i) (i < begin ? first_row : row_count) += part.slices[i].rows;
  const int64_t last_slice = last.first_slice + std::max<int64_t>(last.slice_count, 1) - 1;
  std::string where =
      fmt::format("{}: {}", part.path, Range("slice", first.first_slice, last_slice));
  if (row_count != 0) {
    where += fmt::format(
        " ({})", Range("row", first_row.value(), first_row.value() + row_count.value() - 1));
  }
  const bool is_one = last_slice == first.first_slice;
  Kind kind = Kind::kSlices;
  std::string message = where + (is_one ? " differs" : " differ");
  if (check.slices[begin] == SliceState::kNotRead) {
    const bool cut = check.text_status.ok() || IsErrorCode(check.text_status, "compress.truncated");
    kind = cut ? Kind::kCut : Kind::kUnchecked;
    message = cut ? where + (is_one ? " is not all there" : " are not all there")
                  : fmt::format("{} cannot be read: {}", where, check.text_status.message());
  }
  VerifyProblem& problem = Report(kind, part.path, std::move(message));
  problem.first_slice = first.first_slice;
  problem.slice_count = last_slice - first.first_slice + 1;
  problem.first_row = first_row.value();
  problem.row_count = row_count.value();
}

void Verifier::CheckUnlisted() {
  std::set<fs::path> directories, listed;
  for (const PartRecord& part : record_.parts) {
    const fs::path path = PathOf(part).lexically_normal();
    if (!IsPartName(path.filename().string())) continue;
    directories.insert(path.parent_path());
    listed.insert(path);
  }
  for (const fs::path& directory : directories) {
    std::set<fs::path> found;
    // One that cannot be listed has its parts missing already.
    for (const std::string& name : ListDirectory(directory.empty() ? "." : directory.string())) {
      const fs::path path = (directory / name).lexically_normal();
      if (IsPartName(name) && !listed.contains(path)) found.insert(path);
    }
    for (const fs::path& path : found) {
      Report(Kind::kUnlisted, path.filename().string(),
             fmt::format("{} is not in the record", path.string()));
    }
  }
}

Status CheckHasFiles(const CompletionRecord& record, const Registry& registry) {
  for (const TableSinkKind& sink : registry.table_sinks) {
    if (sink.name == record.format) {
      return Error("verify.no_files", "this copy went into a table; there is no file to check",
                   "count or compare its rows with a query");
    }
  }
  for (const PartRecord& part : record.parts) {
    if (part.path != "-") continue;
    return Error("verify.no_files", "this copy went to stdout, which cannot be read again",
                 "if it was saved, put the file's name in the record in place of \"-\"");
  }
  return Status::OK();
}

}  // namespace

std::string_view ToString(Kind kind) {
  switch (kind) {
    case Kind::kMissing:
      return "missing";
    case Kind::kUnreadable:
      return "unreadable";
    case Kind::kCut:
      return "cut";
    case Kind::kExtraBytes:
      return "extra bytes";
    case Kind::kSlices:
      return "slices differ";
    case Kind::kUnchecked:
      return "unchecked";
    case Kind::kOutsideSlices:
      return "outside slices";
    case Kind::kSwapped:
      return "swapped";
    case Kind::kUnlisted:
      return "unlisted";
    case Kind::kRecord:
      return "record";
  }
  return "";
}

Result<VerifyReport> Verify(const CompletionRecord& record, const std::string& base_dir,
                            const Registry& registry, std::stop_token stop) {
  ARROW_RETURN_NOT_OK(CheckHasFiles(record, registry));
  const Compression* compression = nullptr;
  const Format* format = registry.FindFormat(record.format);
  const bool is_inside = format != nullptr && !format->text;
  if (record.compression != "none" && !is_inside) {
    compression = registry.FindCompression(record.compression);
    if (compression == nullptr) {
      return Error(
          "verify.unknown_compression",
          fmt::format("this program does not know the compression \"{}\"", record.compression));
    }
  }
  return Verifier(record, base_dir, compression, std::move(stop)).Run();
}

}  // namespace weir
