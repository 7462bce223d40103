#include "base/suggest.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using Names = std::vector<std::string>;

const Names kFormats = {"csv", "tsv", "ndjson", "json", "xml", "parquet", "arrow", "xlsx"};

TEST(NearestNames, FindsSlips) {
  EXPECT_EQ(NearestNames("parqet", kFormats), Names{"parquet"});
  EXPECT_EQ(NearestNames("praquet", kFormats), Names{"parquet"});
  EXPECT_EQ(NearestNames("PARQUET", kFormats), Names{"parquet"});
  EXPECT_EQ(NearestNames("csvv", kFormats), Names{"csv"});
  EXPECT_EQ(NearestNames("jsno", kFormats), Names{"json"});
}

TEST(NearestNames, NearestFirstAndNoMoreThanAsked) {
  Names tables = {"record", "recorder", "records", "rexords", "orders"};
  EXPECT_EQ(NearestNames("recordz", tables), (Names{"record", "records", "recorder"}));
  EXPECT_EQ(NearestNames("recordz", tables, 1), Names{"record"});
}

TEST(NearestNames, FarOffNamesAreNotOffered) {
  EXPECT_EQ(NearestNames("toml", Names{"csv", "parquet"}), Names{});
  EXPECT_EQ(NearestNames("x", Names{"y", "z"}), Names{});
  EXPECT_EQ(NearestNames("", Names{"y", "csv"}), Names{});
  EXPECT_EQ(NearestNames("ab", Names{"xy"}), Names{});
}

TEST(NearestNames, AnAbbreviationIsOffered) {
  EXPECT_EQ(NearestNames("cust", Names{"orders", "customer_addresses"}),
            Names{"customer_addresses"});
}

TEST(NearestNames, TheSameNameIsOfferedOnce) {
  EXPECT_EQ(NearestNames("recrds", Names{"records", "records"}), Names{"records"});
}

TEST(DidYouMean, Words) {
  EXPECT_EQ(DidYouMean("zzzzzz", kFormats), "");
  EXPECT_EQ(DidYouMean("parqet", kFormats), " (did you mean \"parquet\"?)");
  EXPECT_EQ(DidYouMean("sv", Names{"csv", "tsv"}), " (did you mean \"csv\" or \"tsv\"?)");
  EXPECT_EQ(DidYouMean("abcde", Names{"abcd", "abce", "abde"}),
            " (did you mean \"abcd\", \"abce\" or \"abde\"?)");
}

TEST(InQuotes, QuotedNamesKeepTheirOwn) {
  EXPECT_EQ(InQuotes("tab"), "\"tab\"");
  EXPECT_EQ(InQuotes("\"My Schema\".tab"), "\"My Schema\".tab");
  EXPECT_EQ(InQuotes("sales.\"Tab\""), "sales.\"Tab\"");
}

TEST(NearestFirst, TheRestComesInItsOrder) {
  EXPECT_EQ(NearestFirst("ordes", {"a", "b", "orders"}), "orders, a, b");
  EXPECT_EQ(NearestFirst("ordes", {"a", "b", "orders"}, 2), "orders, a, …");
  EXPECT_EQ(NearestFirst("x", {}), "");
}

}  // namespace
}  // namespace weir
