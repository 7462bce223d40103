#include "cli/signals.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

namespace weir::cli {
namespace {

void SleepBriefly() {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

// Runs `body` in a child process and returns its exit status.
template <typename Body>
int ExitStatusOfChild(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int WaitForStop(const SignalWatcher& watcher) {
  for (int i = 0; i < 2000 && !watcher.stop_token().stop_requested(); ++i) SleepBriefly();
  return watcher.stop_token().stop_requested() ? watcher.received() : 0;
}

TEST(SignalWatcher, RequestsTheStop) {
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EQ(ExitStatusOfChild([signal] {
                SignalWatcher watcher;
                kill(getpid(), signal);
                return WaitForStop(watcher);
              }),
              signal);
  }
}

TEST(SignalWatcher, ASecondSignalEndsAtOnceEvenIfTheStopBlocks) {
  EXPECT_EQ(ExitStatusOfChild([] {
              SignalWatcher watcher;
              std::stop_callback blocks(watcher.stop_token(), [] { sleep(60); });
              kill(getpid(), SIGINT);
              while (watcher.received() == 0) SleepBriefly();
              kill(getpid(), SIGTERM);
              sleep(60);
              return 0;
            }),
            128 + SIGTERM);
}

TEST(SignalWatcher, IgnoredSignalsStayIgnored) {
  EXPECT_EQ(ExitStatusOfChild([] {
              signal(SIGHUP, SIG_IGN);
              SignalWatcher watcher;
              kill(getpid(), SIGHUP);
              kill(getpid(), SIGTERM);
              return WaitForStop(watcher);
            }),
            SIGTERM);
}

TEST(SignalWatcher, EndsWithoutASignal) {
  EXPECT_EQ(ExitStatusOfChild([] {
              const SignalWatcher watcher;
              return watcher.received();
            }),
            0);
}

}  // namespace
}  // namespace weir::cli
