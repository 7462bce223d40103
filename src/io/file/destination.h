// Files, directories of parts and stdout as destinations of a copy.
//
// A file is written beside its final place under a name of its own (base/temp_name.h), made
// durable, and renamed when the copy is finished; of two copies that race for a name without
// --if-exists replace exactly one gets it. The temporary file is locked (flock) while its writer
// lives, so that the next copy to the same destination can tell what a dead one left behind, and
// removes it.
//
// A directory holds part files and, as the last to appear, manifest.json, the completion record: a
// directory without it is not a complete set. While a copy is writing, its files are in
// DIR/.weir.tmp/ and DIR/.weir.lock is locked; a second copy fails with "io.busy". Replacing moves
// the old set aside, publishes the new one and then removes the old; a failure, or the next copy
// after a crash, puts the old one back.
//
// stdout and what is neither a file nor a directory (/dev/null, a FIFO) is written in place: its
// readers see the bytes as they come, and a failed copy as a stream that ends early.
//
// Errors: io.exists, io.not_found, io.permission_denied, io.no_space, io.is_directory,
// io.not_a_directory, io.busy, io.broken_pipe, io.invalid_path, io.error.
#pragma once

#include <memory>
#include <stop_token>

#include "core/copy_spec.h"
#include "core/sink.h"

namespace weir {

// Creates what it will write into, so that a destination that exists, is missing its directory or
// may not be written fails here. `stop` ends waiting for a reader (of stdout, of a FIFO) with
// "interrupted". The caller ignores SIGPIPE and SIGXFSZ, which then are errors of the write.
Result<std::unique_ptr<Destination>> OpenDestination(const SinkSpec& spec,
                                                     std::stop_token stop = {});

// What can be said about a destination without creating anything: whether it exists, whether its
// directory does and may be written into. The same errors as OpenDestination's.
Status CheckDestination(const SinkSpec& spec);

}  // namespace weir
