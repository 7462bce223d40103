#include "cli/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <system_error>

namespace weir::cli {
namespace {

// Wakes the watching thread for its end; nobody else sends it.
constexpr int kWakeSignal = SIGURG;

bool IsIgnored(int signal) {
  struct sigaction action = {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// The signals that the watching thread waits for.
sigset_t WatchedSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, kWakeSignal);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!IsIgnored(signal)) sigaddset(&signals, signal);
  }
  return signals;
}

}  // namespace

SignalWatcher::SignalWatcher() {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  const sigset_t signals = WatchedSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread([this] { Watch(); });
}

SignalWatcher::~SignalWatcher() {
  ending_ = true;
  pthread_kill(thread_.native_handle(), kWakeSignal);
  thread_.join();
  if (stopper_.joinable()) stopper_.join();
}

void SignalWatcher::Watch() {
  const sigset_t signals = WatchedSignals();
  while (true) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) return;
    if (ending_) return;
    if (signal == kWakeSignal) continue;
    if (received_ != 0) _exit(128 + signal);
    received_ = signal;
    // Whatever the stop calls back may block (cancelling at a server that is gone), and a second
    // signal must still be seen.
    try {
      stopper_ = std::thread([this] { stop_.request_stop(); });
    } catch (const std::system_error&) {
      stop_.request_stop();  // no thread is left for it
    }
  }
}

}  // namespace weir::cli
