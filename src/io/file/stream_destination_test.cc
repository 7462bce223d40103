#include <sys/socket.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "io/file/file_testing.h"

namespace weir {
namespace {

// Puts `fd` in place of stdout for a while.
class StdoutIs {
 public:
  explicit StdoutIs(int fd) : saved_(dup(STDOUT_FILENO)) {
    fflush(stdout);
    dup2(fd, STDOUT_FILENO);
    close(fd);
  }
  ~StdoutIs() {
    dup2(saved_, STDOUT_FILENO);
    close(saved_);
  }

 private:
  const int saved_;
};

std::string ReadToEnd(int fd) {
  std::string text;
  char piece[65536];
  ssize_t size = 0;
  while ((size = read(fd, piece, sizeof(piece))) > 0) text.append(piece, size);
  return text;
}

class StreamDestinationTest : public testing::Test {
 protected:
  void SetUp() override { signal(SIGPIPE, SIG_IGN); }
  TempDirectory dir_;
  const std::string big_ = std::string(1 << 20, 'x') + "end";
};

TEST_F(StreamDestinationTest, DevicesAreWrittenInPlace) {
  EXPECT_TRUE(WriteOne(Sink("/dev/null"), "x").ok());
  Status full = WriteOne(Sink("/dev/full"), "x");
  EXPECT_TRUE(IsErrorCode(full, "io.no_space")) << full.ToString();
  EXPECT_EQ(full.message(), "writing /dev/full: No space left on device");
}

TEST_F(StreamDestinationTest, StdoutAsAFileKeepsItsPlace) {
  for (std::string name : {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    const std::string path = dir_ / "captured";
    {
      StdoutIs file(open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644));
      ASSERT_EQ(write(STDOUT_FILENO, "before ", 7), 7);
      ASSERT_TRUE(WriteOne(Sink(name), "data").ok());
      ASSERT_EQ(write(STDOUT_FILENO, " after", 6), 6);
    }
    EXPECT_EQ(ReadFile(path), "before data after") << name;
  }
  EXPECT_EQ(Names(dir_.path()), std::set<std::string>{"captured"});
}

TEST_F(StreamDestinationTest, StdoutAsAPipeOrSocket) {
  for (bool socket : {false, true}) {
    int ends[2];
    ASSERT_EQ(socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends), 0);
    std::string read;
    std::thread reader([&] { read = ReadToEnd(ends[0]); });
    {
      StdoutIs pipe_end(ends[1]);
      EXPECT_TRUE(WriteOne(Sink("-"), big_).ok());
    }
    reader.join();
    close(ends[0]);
    EXPECT_EQ(read, big_);
  }
}

TEST_F(StreamDestinationTest, AClosedReaderIsABrokenPipe) {
  for (bool socket : {false, true}) {
    int ends[2];
    ASSERT_EQ(socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends), 0);
    close(ends[0]);
    Status status;
    {
      StdoutIs pipe_end(ends[1]);
      status = WriteOne(Sink("-"), big_);
    }
    EXPECT_TRUE(IsErrorCode(status, "io.broken_pipe")) << status.ToString();
  }
}

TEST_F(StreamDestinationTest, AStalledReaderDoesNotHoldUpTheEnd) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::stop_source stop;
  Status status;
  const auto begun = std::chrono::steady_clock::now();
  {
    StdoutIs pipe_end(ends[1]);
    auto destination = OpenDestination(Sink("-"), stop.get_token()).ValueOrDie();
    auto part = destination->OpenPart("").ValueOrDie();
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      stop.request_stop();
    });
    status = part->Write(big_);
    EXPECT_EQ(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0) << "stdout itself is not changed";
  }
  EXPECT_TRUE(IsErrorCode(status, "interrupted")) << status.ToString();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
  close(ends[0]);
}

TEST_F(StreamDestinationTest, AFifoIsWrittenInPlace) {
  const std::string path = dir_ / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::string read;
  std::thread reader([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const int fd = open(path.c_str(), O_RDONLY);
    read = ReadToEnd(fd);
    close(fd);
  });
  EXPECT_TRUE(WriteOne(Sink(path), big_).ok());
  reader.join();
  EXPECT_EQ(read, big_);
  EXPECT_EQ(Names(dir_.path()), std::set<std::string>{"fifo"});
}

TEST_F(StreamDestinationTest, WaitingForTheReaderOfAFifoEnds) {
  const std::string path = dir_ / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  EXPECT_TRUE(IsErrorCode(OpenDestination(Sink(path), stop.get_token()).status(), "interrupted"));
}

TEST_F(StreamDestinationTest, ADescriptorThatIsNotOpenIsAnError) {
  EXPECT_FALSE(WriteOne(Sink("/dev/fd/987"), "x").ok());
}

}  // namespace
}  // namespace weir
