#include "core/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/suggest.h"

namespace weir {
namespace {

// "[json.exception.parse_error.101] parse error at line 1, column 2: ..." without the brackets.
std::string_view WithoutId(std::string_view message) {
  const size_t end = message.find("] ");
  return message.starts_with('[') && end != std::string_view::npos ? message.substr(end + 2)
                                                                   : message;
}

// Numbers above 2^53 do not survive every JSON reader.
constexpr int64_t kCountMax = int64_t{1} << 53;

const char* TypeName(const nlohmann::json& value) {
  switch (value.type()) {
    case nlohmann::json::value_t::null:
      return "null";
    case nlohmann::json::value_t::object:
      return "an object";
    case nlohmann::json::value_t::array:
      return "a list";
    case nlohmann::json::value_t::string:
      return "a string";
    case nlohmann::json::value_t::boolean:
      return "true or false";
    case nlohmann::json::value_t::number_float:
      return "a number with a fraction";
    default:
      return "a number";
  }
}

}  // namespace

Result<nlohmann::json> ParseJson(std::string_view text, std::string_view code) {
  try {
    return nlohmann::json::parse(text.begin(), text.end());
  } catch (const nlohmann::json::exception& e) {
    return Error(code, fmt::format("not valid JSON: {}", WithoutId(e.what())));
  }
}

JsonReader::JsonReader(const nlohmann::json& value, std::string where, std::string_view code,
                       Status* status)
    : value_(value), where_(std::move(where)), code_(code), status_(status) {
  if (ok() && !value_.is_object()) {
    *status_ =
        Error(code_, fmt::format("{} is {}, not an object",
                                 where_.empty() ? "the document" : where_, TypeName(value_)));
  }
}

std::string JsonReader::Pointer(std::string_view name) const {
  return fmt::format("{}/{}", where_, name);
}

void JsonReader::Fail(const char* name, std::string_view what) {
  if (ok()) *status_ = Error(code_, fmt::format("{} {}", Pointer(name), what));
}

void JsonReader::FailType(const char* name, const char* wanted, const nlohmann::json& found) {
  Fail(name, fmt::format("is {}, not {}", TypeName(found), wanted));
}

const nlohmann::json* JsonReader::Find(const char* name, Presence presence) {
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.emplace_back(name);
  if (!ok()) return nullptr;
  auto found = value_.find(name);
  if (found != value_.end()) return &*found;
  if (presence == Presence::kRequired) Fail(name, "is missing");
  return nullptr;
}

const nlohmann::json* JsonReader::FindArray(const char* name, Presence presence) {
  const nlohmann::json* found = Find(name, presence);
  if (found == nullptr || found->is_array()) return found;
  FailType(name, "a list", *found);
  return nullptr;
}

void JsonReader::Get(const char* name, std::string* out, Presence presence) {
  const nlohmann::json* found = Find(name, presence);
  if (found == nullptr) return;
  if (!found->is_string()) return FailType(name, "a string", *found);
  *out = found->get_ref<const std::string&>();
}

void JsonReader::Get(const char* name, bool* out, Presence presence) {
  const nlohmann::json* found = Find(name, presence);
  if (found == nullptr) return;
  if (!found->is_boolean()) return FailType(name, "true or false", *found);
  *out = found->get<bool>();
}

void JsonReader::Get(const char* name, double* out, Presence presence) {
  const nlohmann::json* found = Find(name, presence);
  if (found == nullptr) return;
  if (!found->is_number()) return FailType(name, "a number", *found);
  *out = found->get<double>();
}

bool JsonReader::ReadInt64(const char* name, const nlohmann::json& found, int64_t* out) {
  if (!found.is_number_integer()) {
    FailType(name, "a whole number", found);
    return false;
  }
  const bool too_large = found.is_number_unsigned() &&
                         found.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()};
  if (too_large) {
    Fail(name, "is too large");
    return false;
  }
  *out = found.get<int64_t>();
  return true;
}

void JsonReader::Get(const char* name, int64_t* out, Presence presence) {
  const nlohmann::json* found = Find(name, presence);
  if (found != nullptr) ReadInt64(name, *found, out);
}

void JsonReader::Get(const char* name, int* out, Presence presence) {
  const nlohmann::json* found = Find(name, presence);
  int64_t wide = 0;
  if (found == nullptr || !ReadInt64(name, *found, &wide)) return;
  if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
    return Fail(name, "is too large");
  }
  *out = static_cast<int>(wide);
}

void JsonReader::GetCount(const char* name, int64_t* out, Presence presence) {
  int64_t count = *out;
  Get(name, &count, presence);
  if (count < 0) return Fail(name, "is negative");
  if (count > kCountMax) return Fail(name, "is too large");
  *out = count;
}

std::vector<std::string> JsonReader::GetStrings(const char* name) {
  std::vector<std::string> strings;
  const nlohmann::json* found = FindArray(name, Presence::kOptional);
  if (found == nullptr) return strings;
  for (const nlohmann::json& element : *found) {
    if (!element.is_string()) {
      FailType(name, "a list of strings", element);
      break;
    }
    strings.push_back(element.get_ref<const std::string&>());
  }
  return strings;
}

void JsonReader::Get(const char* name, std::vector<std::string>* out) {
  if (Find(name, Presence::kOptional) != nullptr) *out = GetStrings(name);
}

void JsonReader::Get(const char* name, std::set<std::string>* out) {
  if (Find(name, Presence::kOptional) == nullptr) return;
  const std::vector<std::string> strings = GetStrings(name);
  *out = std::set<std::string>(strings.begin(), strings.end());
}

void JsonReader::RefuseUnknown() {
  if (!ok()) return;
  for (const auto& [name, value] : value_.items()) {
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) continue;
    *status_ =
        Error(code_, fmt::format("there is no {}{}", Pointer(name), DidYouMean(name, names_)),
              fmt::format("names here: {}", fmt::join(names_, ", ")));
    return;
  }
}

}  // namespace weir
