#include "base/redact.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

struct Case {
  const char* text;
  const char* redacted;
};

TEST(RedactSecrets, HidesPasswordsOfUris) {
  const Case kCases[] = {
      {"postgresql://user:secret@host/db", "postgresql://user:***@host/db"},
      {"cannot open \"postgresql://user:secret@host/db\": refused",
       "cannot open \"postgresql://user:***@host/db\": refused"},
      {"postgres://user:se%40cr%2Fet@host:5432/db", "postgres://user:***@host:5432/db"},
      {"postgresql://:secret@host/db", "postgresql://:***@host/db"},
      {"postgresql://u:one@h1/a postgresql://u:two@h2/b",
       "postgresql://u:***@h1/a postgresql://u:***@h2/b"},
      // A password that should have been percent-encoded.
      {"postgresql://user:p@ss@host/db", "postgresql://user:***@host/db"},
      {"postgresql://user:pa/ss@host/db", "postgresql://user:***@host/db"},
      {"postgresql://user:@pass@host/db", "postgresql://user:***@host/db"},
      {"postgresql://user:p@a/s@s@host/db", "postgresql://user:***@host/db"},
      {"postgresql://user:p@a?s#s@host/db?a=b@c", "postgresql://user:***@host/db?a=b@c"},
      {"postgresql://user:pa?x=1@host/db?a=b", "postgresql://user:***@host/db?a=b"},
      {"postgresql://user:12/34@host/db", "postgresql://user:***@host/db"},
      {"postgresql://user@corp:secret@host/db", "postgresql://user@corp:***@host/db"},
      {"https://key:value@example.com/x", "https://key:***@example.com/x"},
  };
  for (const Case& c : kCases) EXPECT_EQ(RedactSecrets(c.text), c.redacted);
}

TEST(RedactSecrets, HidesPasswordsOfParametersAndKeywords) {
  const Case kCases[] = {
      {"postgresql://h/db?user=joe&password=secret&sslmode=require",
       "postgresql://h/db?user=joe&password=***&sslmode=require"},
      {"postgresql://h/db?p%61ssword=secret", "postgresql://h/db?p%61ssword=***"},
      {"postgresql://h/db?sslpassword=secret", "postgresql://h/db?sslpassword=***"},
      {"host=h password=secret dbname=d", "host=h password=*** dbname=d"},
      {"host=h password = 'my secret' dbname=d", "host=h password = '***' dbname=d"},
      {"host=h password='it\\'s secret' dbname=d", "host=h password='***' dbname=d"},
      {"host=h password=my\\ secret dbname=d", "host=h password=*** dbname=d"},
      {"host=h password=a&b dbname=d", "host=h password=*** dbname=d"},
      {"host=h password='unfinished secret", "host=h password='***"},
      {"bad string \"host=h PASSWORD=secret\"", "bad string \"host=h PASSWORD=***\""},
      {"https://x/y?X-Amz-Signature=abc&a=1", "https://x/y?X-Amz-Signature=***&a=1"},
  };
  for (const Case& c : kCases) EXPECT_EQ(RedactSecrets(c.text), c.redacted);
}

TEST(RedactSecrets, LeavesOtherTextAlone) {
  const char* const kTexts[] = {
      "",
      "password authentication failed for user \"joe\"",
      "postgresql://joe@host:5432/db",
      "postgresql://host:5432/db?application_name=a@b",
      "postgresql://h1:5432,h2:5433/db",
      "postgresql://[::1]:5432/db",
      "postgresql:///db?host=/run/postgresql",
      "host=h user=joe dbname=d",
      "a = b",
      "postgresql://user:@host/db",
  };
  for (const char* text : kTexts) EXPECT_EQ(RedactSecrets(text), text);
}

Redactor Knowing(const char* connection_string) {
  Redactor redactor;
  redactor.Learn(connection_string);
  return redactor;
}

TEST(ScrubSecrets, KeepsTheLength) {
  char uri[] = "postgresql://user:secret@host/db?password=more";
  ScrubSecrets(uri);
  EXPECT_STREQ(uri, "postgresql://user:xxxxxx@host/db?password=xxxx");
  char spaced[] = "postgresql://user:my secret@host/db";
  ScrubSecrets(spaced);
  EXPECT_STREQ(spaced, "postgresql://user:xxxxxxxxx@host/db");
  char parameter[] = "postgresql://host/db?password=my #secret)&user=joe";
  ScrubSecrets(parameter);
  EXPECT_STREQ(parameter, "postgresql://host/db?password=xxxxxxxxxxx&user=joe");
  char keyword[] = "host=h password=secret)";
  ScrubSecrets(keyword);
  EXPECT_STREQ(keyword, "host=h password=xxxxxxx");
}

TEST(Redactor, HidesTheDecodedPassword) {
  Redactor redactor = Knowing("postgresql://user:s%65cret%20word@host/db");
  EXPECT_EQ(redactor.Redact("the server said: secret word"), "the server said: ***");
}

TEST(Redactor, HidesAPasswordThatLooksLikeParameters) {
  Redactor redactor = Knowing("postgresql://user:my?password%3Dsecret@host/db");
  EXPECT_EQ(redactor.Redact("bad value: \"my?password=secret\""), "bad value: \"***\"");
  Redactor unquoted = Knowing("postgresql://user:its-password='x@host/db");
  EXPECT_EQ(unquoted.Redact("bad value: \"its-password='x\""), "bad value: \"***");
}

TEST(Redactor, HidesAPasswordWithWhatLooksLikeParametersAndAPath) {
  const std::string uri = "postgresql://joe:abcdef?name='x'://ghijkl@db.example/d";
  Redactor redactor;
  redactor.Learn(uri);
  EXPECT_EQ(redactor.Redact("cannot connect to \"" + uri + "\""),
            "cannot connect to \"postgresql://joe:***@db.example/d\"");
}

TEST(Redactor, HidesPiecesQuotedByAParser) {
  Redactor stumbled = Knowing("postgresql://user:abc%zz@host/db");
  EXPECT_EQ(stumbled.Redact("invalid percent-encoded token: \"abc%zz\""),
            "invalid percent-encoded token: \"***\"");
  Redactor split = Knowing("postgresql://user:first@second@host/db");
  EXPECT_EQ(split.Redact("could not translate host name \"second@host\""),
            "could not translate host name \"***@host\"");
  Redactor cut = Knowing("postgresql://user:a b\"c@d@host/db");
  EXPECT_EQ(cut.Redact("invalid password a b\"c"), "invalid password ***");
  Redactor keyword = Knowing("host=h password='my \\'secret'");
  EXPECT_EQ(keyword.Redact("missing \"=\" after \"my 'secret\""), "missing \"=\" after \"***\"");
  Redactor unquoted = Knowing("host=h password=my secret word user=joe");
  EXPECT_EQ(unquoted.Redact("missing \"=\" after \"secret\""), "missing \"=\" after \"***\"");
  Redactor host = Knowing("postgresql://user:p@ss/w#rd@127.0.0.1:5432/db");
  EXPECT_EQ(host.Redact("could not translate host name \"ss\""),
            "could not translate host name \"***\"");
  // libpq drops a backslash at the end.
  Redactor open = Knowing("host=h password=ab:cd://ef@gh\\");
  EXPECT_EQ(open.Redact("bad value: \"ab:cd://ef@gh\""), "bad value: \"***\"");
}

TEST(Redactor, KeepsWordsThatThePasswordIsAPartOf) {
  Redactor redactor = Knowing("postgresql://joe:a@host/db");
  EXPECT_EQ(redactor.Redact("a database, a table"), "*** database, *** table");
  EXPECT_EQ(redactor.Redact("data"), "data");
}

TEST(Redactor, KeepsWhatTheConnectionStringShowsAnyway) {
  Redactor redactor = Knowing("postgresql://postgres:postgres@host/postgres");
  EXPECT_EQ(redactor.Redact("authentication failed for user \"postgres\""),
            "authentication failed for user \"postgres\"");
}

TEST(Redactor, WithoutAConnectionStringRedactsPatterns) {
  EXPECT_EQ(Redactor().Redact("password=x y"), "password=*** y");
}

}  // namespace
}  // namespace weir
