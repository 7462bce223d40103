// Reads JSON objects into plain values, strictly: a value of another type is an error that says
// where it stands. Private to the rooms' *_json.cc; nlohmann/json appears in no other header.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace weir {

// Parses any bytes; a syntax error is `code` with line and column.
Result<nlohmann::json> ParseJson(std::string_view text, std::string_view code);

// The members of one object. The first error of an object and all below it is kept, so that a
// reader is a plain list of Get calls. `value` and `status` must outlive it.
class JsonReader {
 public:
  enum class Presence { kOptional, kRequired };

  // `code` is that of every error; `where` is the object's JSON Pointer (RFC 6901).
  JsonReader(const nlohmann::json& value, std::string where, std::string_view code, Status* status);

  // Each leaves `out` alone when the member is missing and may be.
  void Get(const char* name, std::string* out, Presence presence = Presence::kOptional);
  void Get(const char* name, bool* out, Presence presence = Presence::kOptional);
  void Get(const char* name, double* out, Presence presence = Presence::kOptional);
  void Get(const char* name, int64_t* out, Presence presence = Presence::kOptional);
  void Get(const char* name, int* out, Presence presence = Presence::kOptional);
  void Get(const char* name, std::vector<std::string>* out);
  void Get(const char* name, std::set<std::string>* out);
  template <typename T>
  void Get(const char* name, std::optional<T>* out);
  // A number that counts something: not negative, 2^53 at most.
  void GetCount(const char* name, int64_t* out, Presence presence = Presence::kOptional);

  // `read(JsonReader&, T*)` reads one element, an object.
  template <typename T, typename Read>
  void GetList(const char* name, std::vector<T>* out, Read read,
               Presence presence = Presence::kOptional);
  // `read(JsonReader&)` reads the object `name`.
  template <typename Read>
  void GetObject(const char* name, Read read);

  // Says what is wrong with the member `name`.
  void Fail(const char* name, std::string_view what);
  // Members that no Get asked for are errors, with the nearest names that were.
  void RefuseUnknown();

  bool ok() const { return status_->ok(); }

 private:
  // The member if it is there; null, and an error when it is required, if not.
  const nlohmann::json* Find(const char* name, Presence presence);
  void FailType(const char* name, const char* wanted, const nlohmann::json& found);
  const nlohmann::json* FindArray(const char* name, Presence presence);
  std::string Pointer(std::string_view name) const;
  bool ReadInt64(const char* name, const nlohmann::json& found, int64_t* out);
  std::vector<std::string> GetStrings(const char* name);

  const nlohmann::json& value_;
  const std::string where_;
  const std::string_view code_;
  Status* const status_;
  std::vector<std::string> names_;
};

template <typename T>
void JsonReader::Get(const char* name, std::optional<T>* out) {
  const nlohmann::json* found = Find(name, Presence::kOptional);
  if (found == nullptr || found->is_null()) return;
  T value{};
  Get(name, &value);
  *out = std::move(value);
}

template <typename T, typename Read>
void JsonReader::GetList(const char* name, std::vector<T>* out, Read read, Presence presence) {
  const nlohmann::json* found = FindArray(name, presence);
  if (found == nullptr) return;
  for (size_t i = 0; i < found->size() && ok(); ++i) {
    JsonReader element((*found)[i], Pointer(name) + "/" + std::to_string(i), code_, status_);
    if (!ok()) return;
    read(element, &out->emplace_back());
  }
}

template <typename Read>
void JsonReader::GetObject(const char* name, Read read) {
  const nlohmann::json* found = Find(name, Presence::kOptional);
  if (found == nullptr) return;
  JsonReader object(*found, Pointer(name), code_, status_);
  if (ok()) read(object);
}

}  // namespace weir
