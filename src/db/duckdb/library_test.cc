#include "db/duckdb/library.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/process_memory.h"

namespace weir::duckdb {
namespace {

TEST(DuckdbLibrary, SaysWhereItLooked) {
  auto library = OpenLibrary({"/nowhere/libduckdb.so", "libnothere.so.7"});
  ASSERT_FALSE(library.ok());
  EXPECT_TRUE(IsErrorCode(library.status(), "duckdb.library_missing"));
  EXPECT_NE(library.status().message().find("/nowhere/libduckdb.so"), std::string::npos);
  EXPECT_NE(library.status().message().find("libnothere.so.7"), std::string::npos);
}

TEST(DuckdbLibrary, AnotherLibraryIsNotTaken) {
  auto library = OpenLibrary({"libc.so.6"});
  ASSERT_FALSE(library.ok());
  EXPECT_NE(library.status().message().find("it has no duckdb_"), std::string::npos)
      << library.status();
}

TEST(DuckdbLibrary, OpensOnceAndWorksAfterItsPagesAreReleased) {
  auto first = LoadLibrary();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*first, *LoadLibrary());
  ReleaseLibraryPages();
  std::string version = (*first)->library_version();
  EXPECT_EQ(fmt::format("duckdb {}", version.substr(1)), LibraryNameAndVersion());
}

}  // namespace
}  // namespace weir::duckdb
