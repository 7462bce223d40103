#include "db/postgres/session.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "db/postgres/errors.h"
#include "testing/private_postgres.h"

namespace weir::postgres {
namespace {

using testing::PrivatePostgres;

constexpr char kLock[] = "LOCK TABLE locked IN ACCESS SHARE MODE";

class WorkerPoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Run("DROP TABLE IF EXISTS locked; CREATE TABLE locked (i int)");
    options_.conninfo = server_.conninfo();
    coordinator_ = Connection::Open(options_.conninfo, {}).ValueOrDie();
    ASSERT_TRUE(BeginReadTransaction(coordinator_.get(), options_).ok());
    ASSERT_TRUE(coordinator_->Execute(kLock).ok());
    snapshot_ = TakeSnapshot(coordinator_.get(), /*proxied=*/false).ValueOrDie();
  }

  void AwaitWaiter() {
    constexpr char kWaiters[] = "SELECT count(*) FROM pg_catalog.pg_locks WHERE NOT granted";
    for (int i = 0; i < 500; ++i) {
      if (coordinator_->Query(kWaiters).ValueOrDie()[0][0] != "0") return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    FAIL() << "nobody waits for a lock";
  }

  PrivatePostgres& server_ = PrivatePostgres::Shared();
  SessionOptions options_;
  std::unique_ptr<Connection> coordinator_;
  SnapshotInfo snapshot_;
};

TEST_F(WorkerPoolTest, WorkersAreThereBeforeTheyAreTaken) {
  WorkerPool pool(options_, snapshot_);
  ASSERT_TRUE(pool.Fill(2, kLock, {}).ok());
  std::jthread waiter([&] { server_.Run("TRUNCATE locked"); });
  AwaitWaiter();
  for (int i = 0; i < 2; ++i) {
    auto worker = pool.Take("", {}).ValueOrDie();
    EXPECT_TRUE(worker->connection->Query("SELECT count(*) FROM locked").ok());
  }
  coordinator_.reset();
}

TEST_F(WorkerPoolTest, WhoeverWasSentAStatementAheadIsTakenForIt) {
  WorkerPool pool(options_, snapshot_);
  ASSERT_TRUE(pool.Fill(2, kLock, {}).ok());
  auto first = pool.Take("a", {}).ValueOrDie();
  auto second = pool.Take("b", {}).ValueOrDie();
  CopyChannel* const busy = second.get();
  ASSERT_TRUE(second->stream->SendAhead("COPY (SELECT 1) TO STDOUT (FORMAT binary)").ok());
  const std::string ahead = second->stream->ahead();
  pool.Return(std::move(second));
  auto third = pool.Take("c", {}).ValueOrDie();  // a new one
  EXPECT_NE(third.get(), busy);
  pool.Return(std::move(first));
  EXPECT_EQ(pool.Take(ahead, {}).ValueOrDie().get(), busy);
  coordinator_.reset();
}

TEST_F(WorkerPoolTest, AWaiterInBetweenIsNotWaitedFor) {
  std::jthread waiter([&] { server_.Run("TRUNCATE locked"); });
  AwaitWaiter();
  WorkerPool pool(options_, snapshot_);
  const auto started = std::chrono::steady_clock::now();
  Status status = pool.Fill(2, kLock, {});
  EXPECT_TRUE(IsErrorCode(status, "postgres.lock_timeout")) << status;
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
  coordinator_.reset();
}

}  // namespace
}  // namespace weir::postgres
