// Where the parts of a directory wait until all of them appear at once, as far as a file system can
// do that:
//
//   DIR/.weir.lock              locked while a copy writes into DIR
//   DIR/.weir.tmp/new/          the parts and manifest.json being written
//   DIR/.weir.tmp/old/          the set being replaced, set aside
//   DIR/.weir.tmp/publishing    names of the new parts; exists from before the first rename in DIR
//
// Renaming new/manifest.json to DIR is the moment of success. While `publishing` and
// new/manifest.json both exist, a publication was begun and not completed: it is undone, by the
// copy that failed or by the next one after a crash.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "core/part_name.h"
#include "io/file/system_calls.h"

namespace weir {

// The parts and the manifest in a directory, the manifest first.
std::vector<std::string> FindSet(const std::string& directory);

// "io.not_a_directory".
Status NotADirectoryError(const std::string& path);

// Used by one thread. Destruction without Publish leaves the directory as it was found.
class DirectoryStage {
 public:
  // Makes the directory when its parent exists, locks it, and cleans up after a dead copy.
  static Result<std::unique_ptr<DirectoryStage>> Open(std::string directory,
                                                      const SystemCalls* calls);
  ~DirectoryStage();
  DirectoryStage(const DirectoryStage&) = delete;
  DirectoryStage& operator=(const DirectoryStage&) = delete;

  // Where to write the new file `name`.
  std::string NewPath(std::string_view name) const;

  // Moves the staged files `parts` and manifest.json to the directory; with `replace` in place of
  // the set there. On failure the directory is as before.
  Status Publish(const std::vector<std::string>& parts, bool replace);

 private:
  DirectoryStage(std::string directory, const SystemCalls* calls);

  Status MakeDirectory();
  Status Lock();
  Status MakeStage();
  // Undoes or completes what a dead copy began.
  Status Recover();
  // Everything up to and including the moment of success.
  Status Rename(const std::vector<std::string>& parts, bool replace);
  Status WriteJournal(const std::vector<std::string>& parts);
  Status SetAside();
  Status Undo(const std::vector<std::string>& parts);
  void WipeStage();

  std::string PublicPath(std::string_view name) const;

  const std::string directory_;
  // Made once: clearing up must not need memory for them.
  const std::string lock_path_, stage_path_, new_path_, old_path_, journal_path_;
  const SystemCalls* const calls_;
  bool made_directory_ = false;
  bool locked_ = false;  // false too where the file system has no locks
  bool staged_ = false;
  bool published_ = false;
  int lock_fd_ = -1;
};

}  // namespace weir
