// Shows a running copy's progress on standard error.
#pragma once

#include <chrono>
#include <mutex>
#include <thread>

#include "cli/invocation.h"
#include "cli/progress_line.h"
#include "core/progress.h"

namespace weir::cli {

// A thread that draws: on a terminal a line, five times a second, or JSON once a second. Shows
// nothing when `mode` is kNone, or kAuto without a terminal. Stop() (and destruction) joins the
// thread and takes the line away.
class ProgressDisplay {
 public:
  // `progress` must outlive the display.
  ProgressDisplay(ProgressMode mode, const Progress* progress);
  ~ProgressDisplay() { Stop(); }
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void Stop();

 private:
  void Run(std::stop_token ending);
  void Show();
  ProgressSample Take();

  const ProgressMode mode_;
  const Progress* const progress_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  SpeedMeter speed_;
  bool line_shown_ = false;
  std::jthread thread_;
};

// What to show: kAuto is a line on a terminal, unless data goes to the same terminal.
ProgressMode ResolveProgress(const Invocation& invocation);

}  // namespace weir::cli
