// weir copy, and weir generate: a copy whose source is the generator.
#include "core/copy.h"

#include <fmt/format.h>

#include <optional>

#include "base/exhaustion.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/progress.h"
#include "cli/record_file.h"
#include "cli/stop_timer.h"

namespace weir::cli {
namespace {

// A Parquet file on the screen helps nobody and may upset the terminal.
Status CheckTerminal(const Plan& plan) {
  const bool binary = plan.format != nullptr && (!plan.format->text || plan.compression != nullptr);
  if (plan.spec.sink.path != "-" || !binary || !StdoutIsTerminal()) return Status::OK();
  return Error("usage.binary_to_terminal", "standard output is a terminal, and this is not text",
               "redirect it to a file or a pipe");
}

// What was being done, for messages.
std::string Context(const OpenPlan& open) {
  const std::string& path = open.plan.spec.sink.path;
  return fmt::format("copying {} to {}", open.source->description().relation,
                     path == "-" ? "standard output" : path);
}

// One copy from plan to record. The record file is optional.
class CopyCommand {
 public:
  CopyCommand(const Invocation& invocation, const Registry& registry, const Reporter& reporter)
      : invocation_(invocation), registry_(registry), reporter_(reporter) {}

  Status Run(std::stop_token stop) {
    ARROW_RETURN_NOT_OK(CheckRecordIsApart(invocation_.record_path, invocation_.spec));
    ARROW_ASSIGN_OR_RAISE(auto open, MakePlan(invocation_.spec, registry_, stop));
    for (const std::string& warning : open->plan.warnings) reporter_.Warn(warning);
    ARROW_RETURN_NOT_OK(CheckPlan(open->plan));
    ARROW_RETURN_NOT_OK(CheckTerminal(open->plan));
    ARROW_RETURN_NOT_OK(OpenRecordFile(stop));
    auto copied = RunShown(open.get(), std::move(stop));
    if (!copied.ok()) return WithContext(copied.status(), Context(*open));
    if (new_directory_) new_directory_->Keep();
    ARROW_RETURN_NOT_OK(WithContext(CatchExhaustion([&] { return WriteRecord(*copied); }),
                                    "the copy is complete; writing its record"));
    return WithContext(CatchExhaustion([&] { return Tell(*copied); }),
                       "the copy is complete; saying so");
  }

 private:
  Result<CompletionRecord> RunShown(OpenPlan* open, std::stop_token stop) {
    MemoryBudget budget(open->plan.data_bytes_max);
    Progress progress;
    ProgressDisplay display(ResolveProgress(invocation_), &progress);
    return RunPlan(open, registry_, &budget, &progress, std::move(stop));
  }

  Status OpenRecordFile(std::stop_token stop) {
    if (invocation_.record_path.empty()) return Status::OK();
    const SinkSpec& sink = invocation_.spec.sink;
    if (IsInNewDirectory(invocation_.record_path, sink)) {
      ARROW_ASSIGN_OR_RAISE(auto made, NewDirectory::Make(sink.path));
      new_directory_.emplace(std::move(made));
    }
    auto opened =
        RecordFile::Open(invocation_.record_path, sink.if_exists, registry_, std::move(stop));
    if (!opened.ok()) return WithContext(opened.status(), "opening the record");
    record_file_.emplace(opened.MoveValueUnsafe());
    return Status::OK();
  }

  Status WriteRecord(const CompletionRecord& record) {
    if (!record_file_) return Status::OK();
    const std::string& sink_path = invocation_.spec.sink.path;
    return record_file_->Write(ToJson(RelocateParts(record, sink_path, invocation_.record_path)) +
                               "\n");
  }

  Status Tell(const CompletionRecord& record) {
    ARROW_RETURN_NOT_OK(PrintRecord(record));
    reporter_.Summarise(record);
    return Status::OK();
  }

  Status PrintRecord(const CompletionRecord& record) {
    const std::string& sink_path = invocation_.spec.sink.path;
    // With the data on standard output the record file has taken the record's place.
    if (!invocation_.json || sink_path == "-") return Status::OK();
    return PrintOut(ToJson(RelocateParts(record, sink_path, "record.json")) + "\n");
  }

  const Invocation& invocation_;
  const Registry& registry_;
  const Reporter& reporter_;
  std::optional<NewDirectory> new_directory_;  // before the file in it: it goes after it
  std::optional<RecordFile> record_file_;
};

}  // namespace

Status RunCopy(const Invocation& invocation, const Registry& registry, const Reporter& reporter,
               std::stop_token stop) {
  StopTimer timer(std::move(stop), invocation.spec.timeout_ms);
  Status status = CopyCommand(invocation, registry, reporter).Run(timer.token());
  if (status.ok() || !timer.timed_out()) return status;
  return Error("timeout", fmt::format("{} (--timeout ended it)", status.message()),
               "give it more time, or fewer rows");
}

}  // namespace weir::cli
