// What weir's exit status says about a failure.
#pragma once

#include <string_view>

namespace weir::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitRefused = 3;
inline constexpr int kExitBrokenPipe = 141;  // 128 + SIGPIPE, as a shell reports other programs

// The exit status of a failure with this code (ErrorInfo::code); `signal` is the one that
// interrupted weir, 0 when none did. ExitStatuses() in command_table.h explains them to people.
int ExitStatusOf(std::string_view code, int signal);

}  // namespace weir::cli
