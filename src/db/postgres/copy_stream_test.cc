#include "db/postgres/copy_stream.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

#include "db/postgres/connection.h"
#include "db/postgres/errors.h"
#include "testing/private_postgres.h"

namespace weir::postgres {
namespace {

using testing::PrivatePostgres;

constexpr int64_t kNoLimit = 1 << 30;
constexpr size_t kFileHeaderBytes = 19;  // before the first row, in its message

std::string Copy(const std::string& query) {
  return fmt::format("COPY ({}) TO STDOUT (FORMAT binary)", query);
}

std::unique_ptr<CopyStream> Start(Transport* transport, const std::string& sql,
                                  int64_t row_bytes_max) {
  auto stream = CopyStream::Make(transport, row_bytes_max).ValueOrDie();
  EXPECT_TRUE(stream->Begin(sql).ok());
  return stream;
}

class CopyStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Connection::Open(PrivatePostgres::Shared().conninfo(), {});
    ASSERT_TRUE(opened.ok()) << opened.status();
    connection_ = std::move(*opened);
  }

  std::unique_ptr<CopyStream> Start(const std::string& query, int64_t row_bytes_max = kNoLimit) {
    return weir::postgres::Start(connection_.get(), Copy(query), row_bytes_max);
  }

  // The sizes of all messages, or the failure they end with.
  static Result<std::vector<size_t>> Sizes(CopyStream* stream) {
    std::vector<size_t> sizes;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(std::string_view message, stream->Next());
      if (message.empty()) return sizes;
      sizes.push_back(message.size());
    }
  }

  void ExpectIdle() {
    auto rows = connection_->Query("SELECT 'idle'");
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ("idle", (*rows)[0][0]);
  }

  std::unique_ptr<Connection> connection_;
};

TEST_F(CopyStreamTest, RowsOfEverySizeArriveWhole) {
  auto stream =
      Start("SELECT repeat(chr(97 + g % 26), g * 997 % 300000) FROM generate_series(1, 2000) AS g");
  for (int64_t g = 1; g <= 2000; ++g) {
    auto message = stream->Next();
    ASSERT_TRUE(message.ok()) << message.status();
    if (g == 1) message->remove_prefix(kFileHeaderBytes);
    const std::string want(static_cast<size_t>(g * 997 % 300000), static_cast<char>('a' + g % 26));
    ASSERT_TRUE(message->substr(6) == want) << "row " << g;
  }
  EXPECT_EQ(2u, stream->Next()->size()) << "the trailer";
  EXPECT_TRUE(stream->Next()->empty());
  ExpectIdle();
}

// Counts what is received at once.
class Pieces final : public Transport {
 public:
  explicit Pieces(Transport* transport) : transport_(transport) {}

  Status Send(std::string_view bytes) override { return transport_->Send(bytes); }
  Result<size_t> Receive(char* to, size_t room) override {
    ARROW_ASSIGN_OR_RAISE(const size_t received, transport_->Receive(to, room));
    bytes += received;
    ++count;
    return received;
  }

  size_t bytes = 0, count = 0;

 private:
  Transport* const transport_;
};

// A server sends 8 KiB at a time; to wake up for each of them costs more than to read them.
TEST_F(CopyStreamTest, OverTcpManyRowsAreReceivedAtOnce) {
  auto connection = Connection::Open(PrivatePostgres::Shared().tcp_conninfo(), {}).ValueOrDie();
  Pieces pieces(connection.get());
  auto stream = weir::postgres::Start(
      &pieces, Copy("SELECT repeat('x', 100) FROM generate_series(1, 300000)"), kNoLimit);
  EXPECT_EQ(300001u, Sizes(stream.get())->size());
  EXPECT_GT(pieces.bytes / pieces.count, 32u << 10);
}

TEST_F(CopyStreamTest, SkipsWhatIsNotForIt) {
  ASSERT_TRUE(connection_
                  ->Execute(R"(
    CREATE FUNCTION pg_temp.noisy(g bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
      RAISE NOTICE '%', repeat('x', (g * 100000)::int);
      PERFORM set_config('application_name', 'weir' || g, false);
      RETURN g;
    END $$)")
                  .ok());
  auto sizes = Sizes(Start("SELECT pg_temp.noisy(g) FROM generate_series(1, 5) AS g").get());
  ASSERT_TRUE(sizes.ok()) << sizes.status();
  EXPECT_EQ((std::vector<size_t>{kFileHeaderBytes + 14, 14, 14, 14, 14, 2}), *sizes);
  ExpectIdle();
}

TEST_F(CopyStreamTest, AStatementThatFailsAtOnce) {
  auto sizes = Sizes(Start("SELECT * FROM nothing_here").get());
  EXPECT_TRUE(IsErrorCode(sizes.status(), "postgres.unknown_table")) << sizes.status();
  ExpectIdle();
}

TEST_F(CopyStreamTest, AFailureAfterManyRows) {
  auto sizes = Sizes(Start("SELECT 1 / (50000 - g) FROM generate_series(1, 60000) AS g").get());
  ASSERT_FALSE(sizes.ok());
  EXPECT_EQ("22012", GetErrorInfo(sizes.status()).sqlstate);
  EXPECT_NE(std::string::npos, sizes.status().message().find("division by zero"));
}

TEST_F(CopyStreamTest, AFailureKeepsDetailAndHint) {
  ASSERT_TRUE(connection_
                  ->Execute(R"(
    CREATE FUNCTION pg_temp.fails() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
      RAISE 'cannot' USING DETAIL = 'the detail', HINT = 'the hint', ERRCODE = '53100';
    END $$)")
                  .ok());
  Status failure = Sizes(Start("SELECT pg_temp.fails()").get()).status();
  EXPECT_EQ("cannot (the detail)", failure.message());
  EXPECT_EQ("the hint", GetErrorInfo(failure).hint);
  EXPECT_EQ("postgres.out_of_resources", GetErrorInfo(failure).code);
}

TEST_F(CopyStreamTest, OfAVeryLongErrorTheBeginningIsKept) {
  Status failure =
      Sizes(Start("SELECT t::int FROM (SELECT repeat('x', 100000 + g) FROM generate_series(1, 2) g)"
                  " AS s (t)")
                .get())
          .status();
  EXPECT_EQ("22P02", GetErrorInfo(failure).sqlstate);
  EXPECT_TRUE(failure.message().starts_with("invalid input syntax for type integer: \"xxx"));
  ExpectIdle();
}

TEST_F(CopyStreamTest, AServerThatGoesAway) {
  const std::string pid = *(*connection_->Query("SELECT pg_backend_pid()"))[0][0];
  auto stream = Start("SELECT pg_sleep(60)");
  PrivatePostgres::Shared().Run("SELECT pg_terminate_backend(" + pid + ")");
  Status failure = Sizes(stream.get()).status();
  EXPECT_TRUE(IsErrorCode(failure, "postgres.terminated")) << failure;
}

TEST_F(CopyStreamTest, AnInterruptedReaderWakes) {
  auto stream = Start("SELECT pg_sleep(60)");
  std::jthread interrupter([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    connection_->Interrupt();
  });
  EXPECT_TRUE(IsErrorCode(Sizes(stream.get()).status(), "postgres.connection_lost"));
}

TEST_F(CopyStreamTest, AStatementSentAheadFollowsAtOnce) {
  const std::string next = Copy("SELECT repeat('b', 1000) FROM generate_series(1, 3)");
  auto stream = Start("SELECT repeat('a', 3000000)");
  ASSERT_TRUE(stream->SendAhead(next).ok());
  EXPECT_EQ((std::vector<size_t>{kFileHeaderBytes + 3000006, 2}), Sizes(stream.get()).ValueOrDie());
  EXPECT_TRUE(stream->busy());
  EXPECT_EQ(next, stream->ahead());
  ASSERT_TRUE(stream->Begin(next).ok());
  EXPECT_EQ("", stream->ahead());
  EXPECT_EQ((std::vector<size_t>{kFileHeaderBytes + 1006, 1006, 1006, 2}),
            Sizes(stream.get()).ValueOrDie());
  EXPECT_FALSE(stream->busy());
  ExpectIdle();
}

TEST_F(CopyStreamTest, ALargeRowIsRefusedAndNamed) {
  auto stream = Start("SELECT 1, repeat('x', 1000), repeat('y', 5000000), 2", 1 << 20);
  EXPECT_TRUE(IsErrorCode(stream->Next().status(), kRowTooLarge));
  EXPECT_EQ(static_cast<int64_t>(kFileHeaderBytes) + 2 + 8 + 1004 + 5000004 + 8,
            stream->refused_bytes());
  auto largest = stream->LargestRefusedValue(kFileHeaderBytes);
  ASSERT_TRUE(largest.ok()) << largest.status();
  EXPECT_EQ(2u, largest->column);
  EXPECT_EQ(5000000, largest->bytes);
}

TEST_F(CopyStreamTest, ALargeRowOfManyValuesIsReadThrough) {
  auto stream = Start(
      "SELECT NULL::int, repeat('x', 600000), repeat('y', 700000), NULL::text, 2"
      " FROM generate_series(1, 2)",
      1 << 20);
  EXPECT_TRUE(IsErrorCode(stream->Next().status(), kRowTooLarge));
  auto largest = stream->LargestRefusedValue(kFileHeaderBytes);
  ASSERT_TRUE(largest.ok()) << largest.status();
  EXPECT_EQ(2u, largest->column);
  EXPECT_EQ(700000, largest->bytes);
}

// --- What PostgreSQL does not send

class Bytes final : public Transport {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  Status Send(std::string_view) override { return Status::OK(); }
  Result<size_t> Receive(char* to, size_t room) override {
    if (bytes_.empty()) return ConnectionLost("server closed the connection unexpectedly");
    const size_t size = bytes_.copy(to, room);
    bytes_.erase(0, size);
    return size;
  }

 private:
  std::string bytes_;
};

std::string BigEndian(uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift);
  return bytes;
}

std::string Message(char type, std::string_view body) {
  return type + BigEndian(static_cast<uint32_t>(4 + body.size())) + std::string(body);
}

const std::string kRowAndError =
    Message('d', "a") + Message('E', {"C22012\0Mdivision by zero\0\0", 26});
const std::string kReady = Message('Z', "I");

// The rows of the bytes, each before a comma, and the failure they end with.
std::string RowsOf(const std::string& bytes, Status* failure) {
  Bytes transport(bytes);
  auto stream = Start(&transport, "COPY", kNoLimit);
  std::string rows;
  while (true) {
    const auto row = stream->Next();
    *failure = row.status();
    if (!row.ok() || row->empty()) return rows;
    rows += std::string(*row) + ",";
  }
}

TEST(CopyStreamFramingTest, AnEmptyRowIsNotTheEnd) {
  Status failure;
  EXPECT_EQ("a,",
            RowsOf(Message('d', "a") + Message('d', "") + Message('d', "b") + kReady, &failure));
  EXPECT_TRUE(IsErrorCode(failure, "postgres.protocol")) << failure;
}

TEST(CopyStreamFramingTest, WhatFollowsAnErrorDoesNotHideIt) {
  for (const std::string& next :
       {Message('d', "b") + kReady, Message('d', "b"), Message('?', "")}) {
    Status failure;
    EXPECT_EQ("a,", RowsOf(kRowAndError + next, &failure));
    EXPECT_EQ("division by zero", failure.message());
  }
}

TEST(CopyStreamFramingTest, ANegativeLengthIsNotWaitedFor) {
  for (const char type : {'d', 'N', 'E'}) {
    Status failure;
    EXPECT_EQ("", RowsOf(type + BigEndian(0xfffffff0) + "abc", &failure));
    EXPECT_TRUE(IsErrorCode(failure, "postgres.protocol")) << failure;
  }
}

TEST(CopyStreamFramingTest, ARefusedRowIsReadToItsEndOnly) {
  const std::string values = BigEndian(2).substr(2) + BigEndian(100) + std::string(100, 'x');
  const std::string rest(kCopyBufferBytes - values.size() - 3, 'y');
  const std::string row = values + BigEndian(static_cast<uint32_t>(rest.size())) + rest;
  Bytes transport(Message('d', row) + Message('d', "b") + kReady);
  auto stream = Start(&transport, "COPY", kCopyBufferBytes);
  EXPECT_TRUE(IsErrorCode(stream->Next().status(), kRowTooLarge));
  EXPECT_EQ(1u, stream->LargestRefusedValue(0).ValueOrDie().column);

  Bytes longer(Message('d', values + BigEndian(static_cast<uint32_t>(rest.size() + 1)) + rest) +
               kReady);
  stream = Start(&longer, "COPY", kCopyBufferBytes);
  EXPECT_TRUE(IsErrorCode(stream->Next().status(), kRowTooLarge));
  EXPECT_TRUE(IsErrorCode(stream->LargestRefusedValue(0).status(), "postgres.protocol"));
}

}  // namespace
}  // namespace weir::postgres
