#include "db/duckdb/json_repair.h"

#include <cctype>

namespace weir::duckdb {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Behind the string that begins at `begin`.
size_t EndOfString(std::string_view json, size_t begin) {
  size_t at = begin + 1;
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return at < json.size() ? at + 1 : json.size();
}

// The next N or I, or point without a digit before it, outside strings. No token of JSON has them.
size_t FindFault(std::string_view json, size_t from) {
  for (size_t at = from; at < json.size();) {
    if (json[at] == '"') {
      at = EndOfString(json, at);
    } else if (json[at] == 'N' || json[at] == 'I' ||
               (json[at] == '.' && (at == 0 || !IsDigit(json[at - 1])))) {
      return at;
    } else {
      ++at;
    }
  }
  return json.size();
}

size_t EndOfWord(std::string_view json, size_t at) {
  while (at < json.size() && std::isalpha(static_cast<unsigned char>(json[at]))) ++at;
  return at;
}

}  // namespace

bool NeedsJsonRepair(std::string_view json) {
  return FindFault(json, 0) < json.size();
}

std::string RepairJson(std::string_view json) {
  std::string repaired;
  size_t copied = 0;
  for (size_t at = FindFault(json, 0); at < json.size(); at = FindFault(json, copied)) {
    repaired += json.substr(copied, at - copied);
    if (json[at] == '.') {
      repaired += "0.";
      copied = at + 1;
      continue;
    }
    bool negative = !repaired.empty() && repaired.back() == '-';
    if (negative) repaired.pop_back();
    copied = EndOfWord(json, at);
    repaired += negative ? "\"-" : "\"";
    repaired += json.substr(at, copied - at);
    repaired += '"';
  }
  repaired += json.substr(copied);
  return repaired;
}

}  // namespace weir::duckdb
