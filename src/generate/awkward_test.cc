#include "generate/awkward.h"

#include <gtest/gtest.h>

#include <arrow/util/utf8.h>
#include <nlohmann/json.hpp>

#include <numeric>
#include <set>
#include <string>

namespace weir {
namespace {

using nlohmann::ordered_json;

TEST(Awkward, ListLengthsHaveNoCommonFactor) {
  size_t sizes[] = {AwkwardNames().size(), AwkwardTimestamps().size(), AwkwardValues().size(),
                    AwkwardMetadata().size()};
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = i + 1; j < 4; ++j) EXPECT_EQ(std::gcd(sizes[i], sizes[j]), 1u) << i << " " << j;
  }
}

TEST(Awkward, EveryListHoldsNullAndNoValueTwice) {
  auto check = [](auto values) {
    std::set<typename decltype(values)::value_type> distinct(values.begin(), values.end());
    EXPECT_EQ(distinct.size(), values.size());
    EXPECT_EQ(distinct.count(std::nullopt), 1u);
  };
  check(AwkwardNames());
  check(AwkwardTimestamps());
  check(AwkwardValues());
  check(AwkwardMetadata());
}

TEST(Awkward, NamesAreUtf8OfAtMost255Characters) {
  arrow::util::InitializeUTF8();
  size_t longest = 0;
  for (const auto& name : AwkwardNames()) {
    if (!name) continue;
    EXPECT_TRUE(arrow::util::ValidateUTF8(*name)) << *name;
    size_t characters = 0;
    for (unsigned char byte : *name) characters += (byte & 0xc0) != 0x80;
    EXPECT_LE(characters, 255u);
    longest = std::max(longest, characters);
    EXPECT_EQ(name->find('\0'), std::string_view::npos);
  }
  EXPECT_EQ(longest, 255u);
}

TEST(Awkward, ValuesFitNumeric18_4) {
  for (const auto& value : AwkwardValues()) {
    EXPECT_LT(std::abs(value.value_or(0)), 1'000'000'000'000'000'000);
  }
}

// jsonb orders keys by length, then bytes, and drops duplicates.
void ExpectJsonbOrder(const ordered_json& json) {
  std::string previous;
  bool first = true;
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      if (!first) {
        EXPECT_TRUE(previous.size() < key.size() ||
                    (previous.size() == key.size() && previous < key))
            << previous << " before " << key << " in " << json.dump();
      }
      first = false;
      previous = key;
    }
  }
  if (json.is_structured()) {
    for (const ordered_json& child : json) ExpectJsonbOrder(child);
  }
}

TEST(Awkward, MetadataAreJsonObjectsInJsonbOrder) {
  for (const auto& text : AwkwardMetadata()) {
    if (!text) continue;
    ordered_json json = ordered_json::parse(*text, nullptr, false);
    ASSERT_TRUE(json.is_object()) << *text;
    ExpectJsonbOrder(json);
  }
}

}  // namespace
}  // namespace weir
