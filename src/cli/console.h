// Standard output and standard error. stdout carries data and results only; everything said about
// them goes to stderr, through one filter that hides secrets and control characters.
#pragma once

#include <string>
#include <string_view>

#include "base/redact.h"
#include "base/status.h"

namespace weir::cli {

// Writes all of `text` to standard output.
Status PrintOut(std::string_view text);

// Writes to standard error as it is; failures are ignored, as there is nobody left to tell.
void PrintErr(std::string_view text);

bool StdoutIsTerminal();
bool StderrIsTerminal();
// Columns of the terminal on standard error, 80 if it does not say.
int StderrWidth();

// `text` with control characters, which could move a terminal's cursor or hide a line, written as
// \xNN. Newlines and tabs stay.
std::string Printable(std::string_view text);

}  // namespace weir::cli
