#include "testing/private_postgres.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
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

// Of 127.0.0.1; free a moment ago.
int FindPort() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, name, size) != 0 || getsockname(fd, name, &size) != 0) {
    Die("cannot find a free port of 127.0.0.1");
  }
  close(fd);
  return ntohs(address.sin_port);
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

PrivatePostgres::PrivatePostgres() : bin_(FindBin()), port_(FindPort()) {
  char path[] = "/tmp/weir-pg-XXXXXX";
  if (mkdtemp(path) == nullptr) Die("cannot make a temporary directory");
  directory_ = path;
  std::filesystem::permissions(directory_, std::filesystem::perms::all);
  RunCommand(
      AsServerUser(fmt::format("{}/initdb -D {}/data -A trust -U postgres -E UTF8 "
                               "--locale=C.UTF-8 --no-sync",
                               bin_, directory_)));
  std::ofstream(directory_ + "/data/postgresql.auto.conf", std::ios::app)
      << "fsync = off\nlisten_addresses = '127.0.0.1'\nport = " << port_
      << "\nunix_socket_directories = '" << directory_ << "'\nmax_connections = 40\n";
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
  return fmt::format("host={} port={} user=postgres dbname=postgres", directory_, port_);
}

std::string PrivatePostgres::tcp_conninfo() const {
  return fmt::format("host=127.0.0.1 port={} user=postgres dbname=postgres", port_);
}

std::string PrivatePostgres::Run(const std::string& sql) const {
  std::string file = directory_ + "/run.sql";
  std::ofstream(file) << sql;
  return RunCommand(
      fmt::format("psql -X -q -A -t -v ON_ERROR_STOP=1 -d '{}' -f {}", conninfo(), file));
}

}  // namespace weir::testing
