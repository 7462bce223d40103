#include "cli/progress.h"

#include <condition_variable>

#include "base/process_memory.h"
#include "cli/console.h"

namespace weir::cli {
namespace {

// Goes to the line's beginning and clears it (ECMA-48: EL).
constexpr char kClearLine[] = "\r\033[K";

}  // namespace

ProgressDisplay::ProgressDisplay(ProgressMode mode, const Progress* progress)
    : mode_(mode), progress_(progress) {
  if (mode_ == ProgressMode::kNone) return;
  thread_ = std::jthread([this](std::stop_token ending) { Run(ending); });
}

void ProgressDisplay::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  if (line_shown_) PrintErr(kClearLine);
  line_shown_ = false;
}

void ProgressDisplay::Run(std::stop_token ending) {
  const auto interval = std::chrono::milliseconds(mode_ == ProgressMode::kJson ? 1000 : 200);
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  while (!never.wait_for(lock, ending, interval, [&] { return ending.stop_requested(); })) {
    if (ending.stop_requested()) return;
    Show();
  }
}

void ProgressDisplay::Show() {
  const ProgressSample sample = Take();
  if (mode_ == ProgressMode::kJson) {
    PrintErr(ProgressJson(sample));
    return;
  }
  PrintErr(kClearLine + ProgressLine(sample, StderrWidth()));
  line_shown_ = true;
}

ProgressSample ProgressDisplay::Take() {
  ProgressSample sample;
  sample.rows = progress_->rows;
  sample.rows_estimate = progress_->rows_estimate;
  sample.bytes = progress_->bytes;
  sample.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  sample.rss_bytes = CurrentRssBytes();
  speed_.Measure(&sample);
  return sample;
}

ProgressMode ResolveProgress(const Invocation& invocation) {
  if (invocation.quiet) return ProgressMode::kNone;
  if (invocation.progress == ProgressMode::kJson) return ProgressMode::kJson;
  const bool shares_terminal = invocation.spec.sink.path == "-" && StdoutIsTerminal();
  const bool shown =
      invocation.progress == ProgressMode::kAuto && StderrIsTerminal() && !shares_terminal;
  return shown ? ProgressMode::kAuto : ProgressMode::kNone;
}

}  // namespace weir::cli
