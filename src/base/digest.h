// Cryptographic digests of whole files, by OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace weir {

// Used by one thread.
class Digest {
 public:
  // `algorithm` is one of DigestAlgorithms(), else "usage.unknown_digest". "none" digests nothing
  // and finishes as "".
  static Result<std::unique_ptr<Digest>> Make(std::string_view algorithm);

  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void Update(std::string_view bytes);
  // Lower-case hexadecimal. Nothing may be called afterwards.
  std::string FinishHex();

 private:
  struct State;
  explicit Digest(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;  // null for "none"
};

// The default first.
std::vector<std::string> DigestAlgorithms();

}  // namespace weir
