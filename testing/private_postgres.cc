#include "testing/private_postgres.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

namespace weir::testing {
namespace {

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

std::string RunCommand(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) Die("cannot run " + command);
  std::string output;
  std::array<char, 4096> buffer;
  size_t size;
  while ((size = fread(buffer.data(), 1, buffer.size(), pipe)) > 0)
    output.append(buffer.data(), size);
  if (pclose(pipe) != 0) Die(fmt::format("{}\nfailed:\n{}", command, output));
  return output;
}

// Debian keeps the server's programs out of PATH.
std::string FindBin() {
  std::vector<std::string> versions;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    if (std::filesystem::exists(entry.path() / "bin/initdb")) versions.push_back(entry.path());
  }
  if (versions.empty()) Die("the tests need a PostgreSQL server (package postgresql)");
  return *std::max_element(versions.begin(), versions.end()) + "/bin";
}

std::string AsServerUser(const std::string& command) {
  if (geteuid() != 0) return command;
  return fmt::format("runuser -u postgres -- {}", command);
}

}  // namespace

PrivatePostgres& PrivatePostgres::Shared() {
  static PrivatePostgres server;
  return server;
}

PrivatePostgres::PrivatePostgres() : bin_(FindBin()) {
  char path[] = "/tmp/weir-pg-XXXXXX";
  if (mkdtemp(path) == nullptr) Die("cannot make a temporary directory");
  directory_ = path;
  std::filesystem::permissions(directory_, std::filesystem::perms::all);
  RunCommand(
      AsServerUser(fmt::format("{}/initdb -D {}/data -A trust -U postgres -E UTF8 "
                               "--locale=C.UTF-8 --no-sync",
                               bin_, directory_)));
  std::ofstream(directory_ + "/data/postgresql.auto.conf", std::ios::app)
      << "fsync = off\nlisten_addresses = ''\nunix_socket_directories = '" << directory_
      << "'\nmax_connections = 40\n";
  RunCommand(AsServerUser(fmt::format("{}/pg_ctl -D {}/data -l {}/log -w start > /dev/null", bin_,
                                      directory_, directory_)));
}

PrivatePostgres::~PrivatePostgres() {
  RunCommand(AsServerUser(
      fmt::format("{}/pg_ctl -D {}/data -m immediate -w stop > /dev/null", bin_, directory_)));
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string PrivatePostgres::conninfo() const {
  return fmt::format("host={} user=postgres dbname=postgres", directory_);
}

std::string PrivatePostgres::Run(const std::string& sql) const {
  std::string file = directory_ + "/run.sql";
  std::ofstream(file) << sql;
  return RunCommand(
      fmt::format("psql -X -q -A -t -v ON_ERROR_STOP=1 -d '{}' -f {}", conninfo(), file));
}

}  // namespace weir::testing
