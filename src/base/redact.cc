#include "base/redact.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/ascii.h"

namespace weir {
namespace {

constexpr std::string_view kMask = "***";
constexpr std::string_view kSpaces = " \t\r\n\f\v";

// A secret within a text: [begin, end).
struct Span {
  size_t begin = 0;
  size_t end = 0;
};

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool IsSpace(char c) {
  return kSpaces.find(c) != std::string_view::npos;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Percent-decoding (RFC 3986, 2.1); what is not a valid escape stays as it is.
std::string PercentDecode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size();
    if (escape && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

bool IsSecretName(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kEndings = {
      "password", "passwd", "pwd",        "passphrase", "secret",
      "token",    "apikey", "access_key", "signature"};
  const std::string lower = LowerAscii(PercentDecode(name));
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return lower.ends_with(ending); });
}

// Where the parameters begin: at the last "?name=" behind the user part, which to libpq goes on
// until the first '@' when no '/' comes before it. Other question marks may be a password's, also
// those before a '/' that an '@' follows.
size_t ParametersBegin(std::string_view text) {
  const size_t user_end = text.find_first_of("@/");
  const bool has_user =
      user_end != std::string_view::npos && text.find('@', user_end) != std::string_view::npos;
  const size_t begin = has_user ? user_end + 1 : 1;
  for (size_t at = text.rfind('?'); at != std::string_view::npos && at >= begin;
       at = text.rfind('?', at - 1)) {
    size_t end = at + 1;
    while (end < text.size() && (IsWordByte(text[end]) || text[end] == '%')) ++end;
    if (end > at + 1 && end < text.size() && text[end] == '=') return at;
  }
  return text.size();
}

// The password in what follows "scheme://". libpq ends the user part at the first '@' or '/', so
// that a password holding one of them unescaped spills over into host, port and database: so
// everything up to the last '@' is hidden.
std::optional<Span> UserInfoPassword(std::string_view rest) {
  rest = rest.substr(0, ParametersBegin(rest));
  const size_t colon = rest.find(':');
  const size_t at = rest.rfind('@');
  if (at == std::string_view::npos || colon >= at || at == colon + 1) return std::nullopt;
  return Span{colon + 1, at};
}

// `whole`: the text is one connection string, in which a password may hold spaces.
void FindUserInfoPasswords(std::string_view text, bool whole, std::vector<Span>* spans) {
  size_t from = 0;
  while (true) {
    const size_t scheme = text.find("://", from);
    if (scheme == std::string_view::npos) return;
    from = scheme + 3;
    std::string_view rest = text.substr(from);
    if (!whole) rest = rest.substr(0, rest.find_first_of(kSpaces));
    if (auto span = UserInfoPassword(rest)) {
      spans->push_back({from + span->begin, from + span->end});
      from += span->end;
    }
  }
}

// A connection string whose scheme is mistyped or left out, "postgresql//joe:secret@host/db", is
// one word with a colon before an '@'.
void FindPasswordOfMistypedUri(std::string_view text, std::vector<Span>* spans) {
  if (text.find("://") != std::string_view::npos) return;
  if (text.find_first_of(" \t\r\n\f\v'\"()<>=") != std::string_view::npos) return;
  const size_t at = text.rfind('@');
  const size_t slashes = text.find("//");
  const size_t user = slashes == std::string_view::npos ? 0 : slashes;
  const size_t colon = text.find(':', user);
  if (at == std::string_view::npos || colon == std::string_view::npos || colon + 1 >= at) return;
  spans->push_back({colon + 1, at});
}

// Quotation marks and stops that end a sentence are not the value's.
size_t TrimmedEnd(std::string_view text, size_t begin, size_t end) {
  while (end > begin &&
         std::string_view("\"'`,;)]").find(text[end - 1]) != std::string_view::npos) {
    --end;
  }
  return end;
}

// The value of a URI's parameter, from `begin` on. In a connection string all of it up to the next
// parameter counts, as it does to libpq.
Span ParameterValue(std::string_view text, size_t begin, bool whole) {
  size_t end = begin;
  while (end < text.size() && text[end] != '&' &&
         (whole || (text[end] != '#' && !IsSpace(text[end])))) {
    ++end;
  }
  return {begin, whole ? end : TrimmedEnd(text, begin, end)};
}

// The end of the words behind `end` that no "=" makes a keyword: the rest of a password with spaces
// that nobody quoted.
size_t WordsEnd(std::string_view text, size_t end) {
  while (true) {
    size_t word = end;
    while (word < text.size() && IsSpace(text[word])) ++word;
    const size_t next = std::min(text.find_first_of(kSpaces, word), text.size());
    if (word == next || text.substr(word, next - word).find('=') != std::string_view::npos) {
      return end;
    }
    size_t behind = next;
    while (behind < text.size() && IsSpace(text[behind])) ++behind;
    if (behind < text.size() && text[behind] == '=') return end;
    end = next;
  }
}

// The value of a keyword, from `begin` on: quoted with apostrophes, or up to a space; a backslash
// escapes the next byte in both.
Span KeywordValue(std::string_view text, size_t begin, bool whole) {
  while (begin < text.size() && IsSpace(text[begin])) ++begin;
  const bool quoted = begin < text.size() && text[begin] == '\'';
  if (quoted) ++begin;
  size_t end = begin;
  while (end < text.size() && (quoted ? text[end] != '\'' : !IsSpace(text[end]))) {
    end += text[end] == '\\' ? 2 : 1;
  }
  end = std::min(end, text.size());
  if (whole && !quoted) end = WordsEnd(text, end);
  return {begin, quoted || whole ? end : TrimmedEnd(text, begin, end)};
}

void FindParameters(std::string_view text, bool whole, std::vector<Span>* spans) {
  size_t equals = text.find('=');
  while (equals != std::string_view::npos) {
    size_t name_end = equals;
    while (name_end > 0 && IsSpace(text[name_end - 1])) --name_end;
    size_t name = name_end;
    while (name > 0 &&
           (IsWordByte(text[name - 1]) || text[name - 1] == '%' || text[name - 1] == '-')) {
      --name;
    }
    size_t next = equals + 1;
    if (IsSecretName(text.substr(name, name_end - name))) {
      const bool parameter = name > 0 && (text[name - 1] == '?' || text[name - 1] == '&');
      const Span value =
          parameter ? ParameterValue(text, next, whole) : KeywordValue(text, next, whole);
      if (value.end > value.begin) spans->push_back(value);
      next = std::max(next, value.end);
    }
    equals = text.find('=', next);
  }
}

// As they are found; they may overlap where a secret looks as if it held another.
std::vector<Span> FindSecrets(std::string_view text, bool whole) {
  std::vector<Span> found;
  FindUserInfoPasswords(text, whole, &found);
  if (whole) FindPasswordOfMistypedUri(text, &found);
  FindParameters(text, whole, &found);
  return found;
}

// In ascending order, without overlaps.
std::vector<Span> Merge(std::vector<Span> spans) {
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::vector<Span> merged;
  for (const Span& span : spans) {
    if (!merged.empty() && span.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, span.end);
    } else {
      merged.push_back(span);
    }
  }
  return merged;
}

std::string Mask(std::string_view text, const std::vector<Span>& spans) {
  std::string masked;
  size_t from = 0;
  for (const Span& span : spans) {
    masked += text.substr(from, span.begin - from);
    masked += kMask;
    from = span.end;
  }
  masked += text.substr(from);
  return masked;
}

bool IsWholeWord(std::string_view text, size_t begin, size_t length) {
  const bool before = begin > 0 && IsWordByte(text[begin - 1]);
  const size_t end = begin + length;
  return !before && !(end < text.size() && IsWordByte(text[end]));
}

// Short secrets are hidden only as whole words, so that the password "a" leaves messages readable.
size_t FindSecret(std::string_view text, std::string_view secret, size_t from) {
  constexpr size_t kAnywhereLength = 8;
  size_t found = text.find(secret, from);
  while (found != std::string_view::npos && secret.size() < kAnywhereLength &&
         !IsWholeWord(text, found, secret.size())) {
    found = text.find(secret, found + 1);
  }
  return found;
}

void FindOccurrences(std::string_view text, std::string_view secret, std::vector<Span>* spans) {
  size_t found = FindSecret(text, secret, 0);
  while (found != std::string_view::npos) {
    spans->push_back({found, found + secret.size()});
    found = FindSecret(text, secret, found + secret.size());
  }
}

// As libpq reads a keyword's value: one at the end is dropped, too.
std::string WithoutBackslashes(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    if (i < text.size()) plain += text[i];
  }
  return plain;
}

// What a parser that stumbled over the password may quote of it.
std::vector<std::string> PiecesOf(std::string_view password) {
  // Of what libpq takes for host and database each byte counts.
  const size_t piece_length_min = password.find_first_of("@/") != std::string_view::npos ? 1 : 3;
  std::vector<std::string> pieces = {std::string(password), PercentDecode(password),
                                     WithoutBackslashes(password)};
  // To libpq it ends before the first @.
  const std::string_view begin = password.substr(0, password.find('@'));
  if (!begin.empty()) pieces.insert(pieces.end(), {std::string(begin), PercentDecode(begin)});
  size_t from = 0;
  while (from <= password.size()) {
    const size_t end = std::min(password.find_first_of("@/:?#= \t'\"\\", from), password.size());
    if (end - from >= piece_length_min) pieces.emplace_back(password.substr(from, end - from));
    from = end + 1;
  }
  return pieces;
}

}  // namespace

std::string RedactSecrets(std::string_view text) {
  return Mask(text, Merge(FindSecrets(text, false)));
}

void ScrubSecrets(char* text) {
  for (const Span& span : Merge(FindSecrets(text, true))) {
    std::fill(text + span.begin, text + span.end, 'x');
  }
}

void Redactor::Learn(std::string_view connection_string) {
  const std::vector<Span> spans = FindSecrets(connection_string, true);
  // A password that equals the user's or the database's name is no secret where those stand.
  const std::string visible = Mask(connection_string, Merge(spans));
  for (const Span& span : spans) {
    for (std::string& piece :
         PiecesOf(connection_string.substr(span.begin, span.end - span.begin))) {
      if (FindSecret(visible, piece, 0) != std::string::npos) continue;
      secrets_.push_back(std::move(piece));
    }
  }
  std::sort(secrets_.begin(), secrets_.end());
  secrets_.erase(std::unique(secrets_.begin(), secrets_.end()), secrets_.end());
}

std::string Redactor::Redact(std::string_view text) const {
  std::vector<Span> spans = FindSecrets(text, false);
  for (const std::string& secret : secrets_) FindOccurrences(text, secret, &spans);
  return Mask(text, Merge(std::move(spans)));
}

}  // namespace weir
