// Keeps passwords out of everything weir prints: messages, logs, records, the process list.
//
// What counts as a secret: the password of a URI (scheme://user:PASSWORD@host), and the value of
// every parameter or keyword whose name ends in password, passwd, pwd, passphrase, secret, token,
// apikey, access_key or signature (?password=..., password='...'), percent-encoded names included.
// Where a URI is so malformed that its password cannot be told from the rest, too much is hidden
// rather than too little.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir {

// `text` with every secret replaced by "***".
std::string RedactSecrets(std::string_view text);

// Overwrites the secrets in `text` with 'x', in place and at the same length.
void ScrubSecrets(char* text);

// RedactSecrets that also knows connection strings, and hides their passwords wherever they turn
// up: decoded, or as the piece that a library quotes when it could not parse the string. Redact may
// be called from several threads, Learn not beside it.
class Redactor {
 public:
  void Learn(std::string_view connection_string);

  std::string Redact(std::string_view text) const;

 private:
  std::vector<std::string> secrets_;
};

}  // namespace weir
