// The three kinds of destinations behind OpenDestination.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "core/copy_spec.h"
#include "core/sink.h"
#include "io/file/system_calls.h"

namespace weir {

// `calls` must outlive the destination.
Result<std::unique_ptr<Destination>> OpenFileDestination(const std::string& path,
                                                         IfExists if_exists,
                                                         const SystemCalls* calls);

Result<std::unique_ptr<Destination>> OpenDirectoryDestination(const std::string& path,
                                                              IfExists if_exists,
                                                              const SystemCalls* calls);

// What the two would fail with, as far as that can be said without creating anything.
Status CheckFileDestination(const std::string& path, IfExists if_exists);
Status CheckDirectoryDestination(const std::string& path, IfExists if_exists);

// Writes to an open descriptor, which is duplicated.
Result<std::unique_ptr<Destination>> OpenDescriptorDestination(int fd, const std::string& name,
                                                               const SystemCalls* calls,
                                                               std::stop_token stop);

// Writes into what stands at `path`, waiting for the reader of a FIFO.
Result<std::unique_ptr<Destination>> OpenInPlaceDestination(const std::string& path,
                                                            const SystemCalls* calls,
                                                            std::stop_token stop);

// Decides between them.
Result<std::unique_ptr<Destination>> OpenDestinationWith(const SinkSpec& spec, std::stop_token stop,
                                                         const SystemCalls* calls);

}  // namespace weir
