// Checks files against the completion record of the copy that wrote them.
//
// Every part is read once, in constant memory: its size, its digest, and per group of slices the
// CRC-64 of the text (decompressed if need be) or, for whole-file formats, of the file's bytes.
// A damaged byte inside a slice is found by both digest and CRC, and the CRC says in which slices;
// one outside (header, separators, end, what the compression adds) by the digest alone. A copy made
// with the digest "none" has sizes and CRCs only.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "core/completion_record.h"
#include "core/registry.h"

namespace weir {

struct VerifyProblem {
  enum class Kind {
    kMissing,        // there is no such file
    kUnreadable,     // the system cannot read it
    kCut,            // it ends too early
    kExtraBytes,     // it goes on after its end
    kSlices,         // some slices differ
    kUnchecked,      // slices behind damaged compressed data
    kOutsideSlices,  // every slice is right, but other bytes differ
    kSwapped,        // it is another part of this copy
    kUnlisted,       // a part in the directory that is not in the record
    kRecord,         // the record contradicts itself
  };

  Kind kind = Kind::kRecord;
  std::string part;     // its path in the record; empty for the record itself
  std::string message;  // a sentence, with the part's path

  // Of kCut, kSlices and kUnchecked where known: which slices, and which rows of the copy, the
  // first row being 1.
  int64_t first_slice = 0;
  int64_t slice_count = 0;
  int64_t first_row = 0;
  int64_t row_count = 0;
};

std::string_view ToString(VerifyProblem::Kind kind);

struct VerifyReport {
  bool ok = false;  // there are no problems
  int64_t parts_checked = 0;
  int64_t bytes_checked = 0;
  std::vector<VerifyProblem> problems;
};

// Relative paths of parts are taken from `base_dir`. Fails only when nothing can be said about the
// files: "verify.no_files" for a copy to stdout or into a table, "verify.unknown_compression",
// "usage.unknown_digest", "interrupted".
Result<VerifyReport> Verify(const CompletionRecord& record, const std::string& base_dir,
                            const Registry& registry, std::stop_token stop = {});

}  // namespace weir
