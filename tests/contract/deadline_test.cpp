// SPDX-License-Identifier: BSD-3-Clause
// A run that has to be over by a certain time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "told.hpp"

using namespace std::chrono_literals;
using reactor::Cancelled;
using reactor::DeadlineExceeded;
using reactor::Options;
using reactor::Reactor;
using reactor::RunOptions;
using reactor::TaskContext;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

namespace {

class Deadline : public ::testing::TestWithParam<Options> {
 protected:
  Reactor reactor_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(
    Kinds, Deadline,
    ::testing::Values(Options{.parallelism = 1}, Options{.stop_on_error = false, .parallelism = 2},
                      Options{.parallelism = 4, .caller_participates = false}));

TEST_P(Deadline, TellsWhatIsInFlightAndSkipsWhatIsQueued) {
  Clock::time_point const deadline = Clock::now() + 5ms;
  std::atomic<std::size_t> begun{0};
  try {
    reactor_.run(
        100'000,
        [&](std::size_t, TaskContext& context) {
          EXPECT_EQ(context.deadline(), deadline);
          begun.fetch_add(1);
          wait_for_stop(context);
          EXPECT_GE(Clock::now(), deadline);
        },
        RunOptions{.deadline = deadline});
    FAIL() << "nothing came out";
  } catch (DeadlineExceeded const& exceeded) {
    EXPECT_EQ(exceeded.summary().done, begun.load());
    EXPECT_EQ(exceeded.summary().done + exceeded.summary().skipped, 100'000u);
    EXPECT_THAT(exceeded.what(), HasSubstr("deadline exceeded: of 100000 tasks "));
  }
}

TEST_P(Deadline, IsACancellation) {
  EXPECT_THROW(reactor_.run(
                   100, [](std::size_t) { ADD_FAILURE() << "a task began"; },
                   RunOptions{.deadline = Clock::now() - 1ns}),
               Cancelled);
  EXPECT_THROW(reactor_.run(
                   1, [](std::size_t) {}, RunOptions{.deadline = Clock::time_point::min()}),
               DeadlineExceeded);
}

TEST_P(Deadline, ThatIsFarAwayChangesNothing) {
  for (int round = 0; round < scaled(2000, 200); ++round) {
    auto const results = reactor_.run(
        10, [](std::size_t task) { return task; }, RunOptions{.deadline = Clock::now() + 1h});
    for (auto const outcome : results) ASSERT_EQ(*outcome, outcome.index());
  }
}

TEST_P(Deadline, IsNoneUnlessSet) {
  reactor_.run(3, [](std::size_t, TaskContext& context) {
    EXPECT_EQ(context.deadline(), reactor::no_deadline);
  });
}

// Later ones do not hide an earlier one, whichever is set first.
TEST_P(Deadline, OfEachOfManyRunsAtOnceIsKept) {
  for (int round = 0; round < scaled(50, 10); ++round) {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back(
          [&, deadline = Clock::now() + (round % 2 == 0 ? 8ms - i * 2ms : 1ms + i * 2ms)] {
            try {
              reactor_.run(
                  8, [](std::size_t, TaskContext& context) { wait_for_stop(context); },
                  RunOptions{.deadline = deadline});
              ADD_FAILURE() << "nothing came out";
            } catch (DeadlineExceeded const&) {
              EXPECT_GE(Clock::now(), deadline);
            }
          });
    }
  }
}

// On both sides of the edge: all is done, or the run says that it was stopped.
TEST_P(Deadline, AgainstTheEndOfTheRun) {
  for (int round = 0; round < scaled(3000, 300); ++round) {
    Clock::time_point const deadline = Clock::now() + std::chrono::microseconds(round % 60);
    std::atomic<std::size_t> done{0};
    try {
      reactor_.run(
          20, [&](std::size_t) { done.fetch_add(1); }, RunOptions{.deadline = deadline});
      ASSERT_EQ(done.load(), 20u);
    } catch (DeadlineExceeded const& exceeded) {
      ASSERT_GE(Clock::now(), deadline);
      ASSERT_EQ(exceeded.summary().done, done.load());
      ASSERT_EQ(exceeded.summary().skipped, 20 - done.load());
    }
  }
}

}  // namespace
