// What is in a directory. std::filesystem's iterators end the program when they are out of memory.
#pragma once

#include <string>
#include <vector>

namespace weir {

// Names in a directory, without "." and "..", in no order; empty when it cannot be read.
std::vector<std::string> ListDirectory(const std::string& path);

}  // namespace weir
