#include "core/retrying_reader.h"

#include "core/copy_testing.h"

namespace weir {
namespace {

constexpr std::chrono::milliseconds kFirstDelay{1};
constexpr std::chrono::milliseconds kLongDelay{60'000};

// One opening of the slice: the sizes of its batches, then `end`: a failure, or OK for the end.
struct Attempt {
  std::vector<int64_t> batch_rows;
  Status end;
  int64_t first = 0;  // the first row's number
};

class AttemptReader : public arrow::RecordBatchReader {
 public:
  explicit AttemptReader(Attempt attempt) : attempt_(std::move(attempt)), first_(attempt_.first) {}
  std::shared_ptr<arrow::Schema> schema() const override { return Numbers(0, 0)->schema(); }
  Status ReadNext(BatchPointer* batch) override {
    *batch = nullptr;
    if (next_ == attempt_.batch_rows.size()) return attempt_.end;
    const int64_t rows = attempt_.batch_rows[next_++];
    *batch = Numbers(first_, rows);
    first_ += rows;
    return Status::OK();
  }

 private:
  const Attempt attempt_;
  size_t next_ = 0;
  int64_t first_;
};

// Opens attempt after attempt; the last one again and again.
class Attempts {
 public:
  explicit Attempts(std::vector<Attempt> attempts) : attempts_(std::move(attempts)) {}

  RetryingReader Read(bool reproducible = true, std::stop_token stop = {},
                      std::chrono::milliseconds first_delay = kFirstDelay) {
    auto open = [this](const Slice&) -> Result<std::unique_ptr<arrow::RecordBatchReader>> {
      return std::make_unique<AttemptReader>(
          attempts_[std::min<size_t>(opened_++, attempts_.size() - 1)]);
    };
    return {open, Slice{7, "slice 7", reproducible}, std::move(stop), first_delay};
  }
  size_t opened() const { return opened_; }

 private:
  const std::vector<Attempt> attempts_;
  std::atomic<size_t> opened_{0};
};

// Reads to the end, adding every row to `values`.
Status Drain(RetryingReader reader, std::vector<std::string>* values) {
  while (true) {
    ARROW_ASSIGN_OR_RAISE(auto batch, reader.Next());
    if (batch == nullptr) return Status::OK();
    EXPECT_GT(batch->num_rows(), 0);
    for (std::string& value : ValuesOf(*batch)) values->push_back(std::move(value));
  }
}

TEST(RetryingReader, RowsDeliveredBeforeAFailureAreNotDeliveredTwice) {
  const std::vector<std::vector<Attempt>> stories = {
      {{{4, 4}, RetryableError()}, {{4, 4, 2}, Status::OK()}},
      {{{4, 6}, RetryableError()}, {{4, 6}, Status::OK()}},  // fails after the last row
      {{{4, 2}, RetryableError()},
       {{4}, RetryableError()},
       {{4, 2, 4}, Status::OK()}},  // in a skip
      {{{2}, RetryableError()}, {{2, 4}, RetryableError()}, {{2, 4, 4}, Status::OK()}},
      {{{}, RetryableError()}, {{10}, Status::OK()}},
  };
  for (size_t i = 0; i < stories.size(); ++i) {
    Attempts attempts(stories[i]);
    std::vector<std::string> values;
    Status status = Drain(attempts.Read(), &values);
    EXPECT_TRUE(status.ok()) << i << ": " << status.message();
    EXPECT_EQ(values, ValuesOf(*Numbers(0, 10))) << i;
    EXPECT_EQ(attempts.opened(), stories[i].size()) << i;
  }
}

TEST(RetryingReader, AFailureToOpenIsRetried) {
  int opened = 0;
  auto open = [&](const Slice&) -> Result<std::unique_ptr<arrow::RecordBatchReader>> {
    if (++opened < 3) return RetryableError();
    return std::make_unique<AttemptReader>(Attempt{{10}, Status::OK()});
  };
  std::vector<std::string> values;
  Status status = Drain({open, Slice{}, {}, kFirstDelay}, &values);
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(values, ValuesOf(*Numbers(0, 10)));
  EXPECT_EQ(opened, 3);
}

TEST(RetryingReader, WhatCannotBeOpenedAgainFailsAsItBegan) {
  int opened = 0;
  auto open = [&](const Slice&) -> Result<std::unique_ptr<arrow::RecordBatchReader>> {
    if (++opened > 1) return Error("test.gone", "it is gone");
    return std::make_unique<AttemptReader>(Attempt{{3}, RetryableError()});
  };
  std::vector<std::string> values;
  Slice slice;
  slice.reproducible = true;
  Status status = Drain({open, slice, {}, kFirstDelay}, &values);
  EXPECT_TRUE(IsErrorCode(status, "test.retryable")) << status;
  EXPECT_TRUE(status.message().ends_with("; trying again: it is gone")) << status;
  EXPECT_EQ(opened, 2);
}

TEST(RetryingReader, OtherFailuresAreFinalAndSayWhere) {
  Attempts attempts({{{4}, Error("test.broken", "it is broken")}, {{10}, Status::OK()}});
  std::vector<std::string> values;
  Status status = Drain(attempts.Read(), &values);
  EXPECT_TRUE(IsErrorCode(status, "test.broken"));
  EXPECT_EQ(status.message(), "slice 7: it is broken");
  EXPECT_EQ(values.size(), 4u);
  EXPECT_EQ(attempts.opened(), 1u);
}

TEST(RetryingReader, GivesUpWithTheFailure) {
  Attempts attempts({{{4}, RetryableError()}});
  std::vector<std::string> values;
  Status status = Drain(attempts.Read(), &values);
  EXPECT_TRUE(IsErrorCode(status, "test.retryable")) << status.message();
  EXPECT_EQ(values.size(), 4u);
  EXPECT_EQ(attempts.opened(), 6u);
}

TEST(RetryingReader, RowsThatMayDifferAreNotReadAgain) {
  Attempts attempts({{{4}, RetryableError()}, {{10}, Status::OK()}});
  std::vector<std::string> values;
  EXPECT_TRUE(IsErrorCode(Drain(attempts.Read(false), &values), "test.retryable"));
  EXPECT_EQ(attempts.opened(), 1u);

  Attempts none_delivered({{{}, RetryableError()}, {{10}, Status::OK()}});
  values.clear();
  EXPECT_TRUE(Drain(none_delivered.Read(false), &values).ok());
  EXPECT_EQ(values.size(), 10u);
}

TEST(RetryingReader, OtherRowsThanBeforeAreAFailure) {
  const std::vector<std::vector<Attempt>> stories = {
      {{{4}, RetryableError()}, {{3}, Status::OK()}},  // fewer
      {{{4}, RetryableError()}, {{}, Status::OK()}},
      {{{4}, RetryableError()}, {{10}, Status::OK()}},  // other batches
      {{{4, 4}, RetryableError()}, {{8}, Status::OK()}},
      {{{4}, RetryableError()}, {{4, 6}, Status::OK(), 1}},  // other values
      {{{4, 2}, RetryableError()}, {{4}, RetryableError()}, {{4, 2}, Status::OK(), 1}},
  };
  for (size_t i = 0; i < stories.size(); ++i) {
    Attempts attempts(stories[i]);
    std::vector<std::string> values;
    EXPECT_TRUE(IsErrorCode(Drain(attempts.Read(), &values), "source.not_reproducible")) << i;
    EXPECT_EQ(attempts.opened(), stories[i].size());
    EXPECT_EQ(values.size(),
              4u + (stories[i][0].batch_rows.size() - 1) * stories[i][0].batch_rows.back());
  }
}

TEST(RetryingReader, WaitsLongerEachTime) {
  Attempts attempts({{{}, RetryableError()}});
  std::vector<std::string> values;
  const auto started = std::chrono::steady_clock::now();
  EXPECT_FALSE(Drain(attempts.Read(), &values).ok());
  const auto waited = std::chrono::steady_clock::now() - started;
  EXPECT_GE(waited, kFirstDelay * (1 + 2 + 4 + 8 + 16));
}

TEST(RetryingReader, StopEndsTheWait) {
  Attempts attempts({{{4}, RetryableError()}});
  std::stop_source stop;
  std::jthread stopper([&] {
    EXPECT_TRUE(SoonTrue([&] { return attempts.opened() > 0; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    stop.request_stop();
  });
  std::vector<std::string> values;
  const auto started = std::chrono::steady_clock::now();
  Status status = Drain(attempts.Read(true, stop.get_token(), kLongDelay), &values);
  EXPECT_TRUE(IsErrorCode(status, "interrupted")) << status.message();
  EXPECT_LT(std::chrono::steady_clock::now() - started, kLongDelay / 4);
  EXPECT_EQ(attempts.opened(), 1u);
}

TEST(RetryingReader, NothingIsRetriedAfterAStop) {
  Attempts attempts({{{4}, RetryableError()}});
  std::stop_source stop;
  stop.request_stop();
  std::vector<std::string> values;
  EXPECT_FALSE(Drain(attempts.Read(true, stop.get_token()), &values).ok());
  EXPECT_EQ(attempts.opened(), 1u);
}

}  // namespace
}  // namespace weir
