// Signals that end weir, turned into a stop token.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace weir::cli {

// SIGINT, SIGTERM and SIGHUP request the stop; a second one ends the process at once, without a
// file under the final name (the next run sweeps the temporary one). Signals that were ignored when
// weir started (nohup, a shell's background jobs) stay ignored. SIGPIPE and SIGXFSZ are ignored:
// a write to a closed pipe or past a limit on file sizes fails with EPIPE or EFBIG instead.
//
// Make one at the beginning of main, before any other thread exists: threads inherit the mask that
// leaves the signals to this object's own thread.
class SignalWatcher {
 public:
  SignalWatcher();
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

  std::stop_token stop_token() const { return stop_.get_token(); }
  // The first signal that came, 0 when none did.
  int received() const { return received_; }

 private:
  void Watch();

  std::stop_source stop_;
  std::atomic<int> received_{0};
  std::atomic<bool> ending_{false};
  std::thread stopper_;
  std::thread thread_;
};

}  // namespace weir::cli
