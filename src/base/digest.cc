#include "base/digest.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/suggest.h"

namespace weir {
namespace {

constexpr std::string_view kNone = "none";

std::string ToHex(const unsigned char* bytes, size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * size);
  for (size_t i = 0; i < size; ++i) {
    hex.push_back(kDigits[bytes[i] >> 4]);
    hex.push_back(kDigits[bytes[i] & 15]);
  }
  return hex;
}

// Empties OpenSSL's queue of errors.
bool WasOutOfMemory() {
  bool found = false;
  while (unsigned long code = ERR_get_error()) {  // NOLINT(google-runtime-int): OpenSSL's type
    found |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
  }
  return found;
}

}  // namespace

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  // EVP can fail at any step (a provider may refuse); then there is no digest to report.
  bool failed = context == nullptr;

  ~State() { EVP_MD_CTX_free(context); }
};

std::vector<std::string> DigestAlgorithms() {
  return {"sha256", "sha512", "sha1", "md5", "none"};
}

Digest::Digest(std::unique_ptr<State> state) : state_(std::move(state)) {}
Digest::~Digest() = default;

Result<std::unique_ptr<Digest>> Digest::Make(std::string_view algorithm) {
  if (algorithm == kNone) return std::unique_ptr<Digest>(new Digest(nullptr));
  const std::vector<std::string> valid = DigestAlgorithms();
  const std::string name(algorithm);
  if (std::find(valid.begin(), valid.end(), name) == valid.end()) {
    return Error("usage.unknown_digest",
                 fmt::format("unknown digest \"{}\"{}", name, DidYouMean(name, valid)),
                 fmt::format("valid digests: {}", fmt::join(valid, ", ")));
  }
  // Where its first use finds no memory, OpenSSL would go on and fall over what it could not make.
  if (OPENSSL_init_crypto(0, nullptr) != 1 || OSSL_LIB_CTX_get0_global_default() == nullptr) {
    return Error("memory.exhausted", "no memory for OpenSSL");
  }
  auto state = std::make_unique<State>();
  const EVP_MD* method = EVP_get_digestbyname(name.c_str());
  if (state->failed || method == nullptr ||
      EVP_DigestInit_ex(state->context, method, nullptr) != 1) {
    // Lack of memory is not always in the queue; but SHA-2 is there in every configuration.
    if (state->failed || WasOutOfMemory() || name == "sha256" || name == "sha512") {
      return Error("memory.exhausted", fmt::format("no memory for the digest {}", name));
    }
    return Error("usage.unknown_digest",
                 fmt::format("digest \"{}\" is not offered by this machine's OpenSSL", name),
                 "a FIPS configuration forbids md5; choose sha256");
  }
  return std::unique_ptr<Digest>(new Digest(std::move(state)));
}

void Digest::Update(std::string_view bytes) {
  if (state_ == nullptr || bytes.empty()) return;
  if (EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) != 1) state_->failed = true;
}

std::string Digest::FinishHex() {
  if (state_ == nullptr) return "";
  unsigned char value[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (state_->failed || EVP_DigestFinal_ex(state_->context, value, &size) != 1) {
    // No digest of anything has this form, so a check against it cannot pass by accident.
    return "failed";
  }
  return ToHex(value, size);
}

}  // namespace weir
