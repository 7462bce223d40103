// Names of the files a destination writes into until it is finished, beside their final place:
//   .NAME.weir-<pid>-<16 hexadecimal digits>.tmp
// A NAME too long for that, and for a few bytes more, is cut and told apart by its checksum.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// A new name on every call. `name` has no directory.
std::string MakeTempName(std::string_view name);

// What `candidate` begins with that MakeTempName(name) could have returned, in this process or
// another; empty if nothing. What follows is what a library appended for a file of its own.
std::string_view TempNameIn(std::string_view name, std::string_view candidate);

// Whether that is all of it.
bool IsTempNameOf(std::string_view name, std::string_view candidate);

}  // namespace weir
