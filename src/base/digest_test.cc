#include "base/digest.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

std::string HexOf(std::string_view algorithm, std::string_view text) {
  auto digest = Digest::Make(algorithm).ValueOrDie();
  digest->Update(text);
  return digest->FinishHex();
}

// FIPS 180-2 appendix B and RFC 1321 A.5.
TEST(Digest, KnownValues) {
  EXPECT_EQ(HexOf("sha256", "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexOf("sha256", ""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexOf("sha512", "abc"),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  EXPECT_EQ(HexOf("sha1", "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(HexOf("md5", "abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(HexOf("none", "abc"), "");
}

TEST(Digest, PiecesGiveTheDigestOfTheWhole) {
  auto digest = Digest::Make("sha256").ValueOrDie();
  digest->Update("a");
  digest->Update("");
  digest->Update("bc");
  EXPECT_EQ(digest->FinishHex(), HexOf("sha256", "abc"));
}

TEST(Digest, EveryListedAlgorithmExists) {
  EXPECT_EQ(DigestAlgorithms().front(), "sha256");
  for (const std::string& name : DigestAlgorithms()) EXPECT_TRUE(Digest::Make(name).ok()) << name;
}

TEST(Digest, UnknownNamesListTheValidOnes) {
  Status status = Digest::Make("sha265").status();
  EXPECT_TRUE(IsErrorCode(status, "usage.unknown_digest"));
  EXPECT_NE(status.message().find("did you mean \"sha256\""), std::string::npos)
      << status.message();
  EXPECT_EQ(GetErrorInfo(status).hint, "valid digests: sha256, sha512, sha1, md5, none");
  // OpenSSL knows more names; ours are the contract.
  EXPECT_FALSE(Digest::Make("SHA256").ok());
  EXPECT_FALSE(Digest::Make("").ok());
}

}  // namespace
}  // namespace weir
