// Exceptions of the standard library that say that the system has no more of something.
#pragma once

#include <new>
#include <system_error>
#include <type_traits>
#include <utility>

#include "base/status.h"

namespace weir {

// Does `work`, which returns a Status or a Result. "memory.exhausted" when there is no more memory,
// "system.no_thread" when no thread can be made. What else is thrown is a defect, and is passed on.
template <typename Function>
std::invoke_result_t<Function> CatchExhaustion(Function&& work) {
  try {
    return std::forward<Function>(work)();
  } catch (const std::bad_alloc&) {
    return Error("memory.exhausted", "the system has no more memory", "lower --memory or --jobs");
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::resource_unavailable_try_again) throw;
    return Error("system.no_thread", "the system allows no more threads",
                 "raise the limit of processes (ulimit -u, or pids.max of the container), or lower "
                 "--jobs");
  }
}

}  // namespace weir
