// SPDX-License-Identifier: BSD-3-Clause
// A run that is stopped from outside, by its stop token.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

#include "in_flight.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"
#include "told.hpp"

using reactor::Cancelled;
using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::RunOptions;
using reactor::Status;
using reactor::Summary;
using reactor::TaskContext;
using reactor::TaskError;
using ::testing::HasSubstr;

namespace {

struct Kind {
  std::size_t parallelism;
  bool caller_participates;
  bool stop_on_error;
};

class Cancel : public ::testing::TestWithParam<Kind> {
 protected:
  Reactor reactor_{Options{.stop_on_error = GetParam().stop_on_error,
                           .parallelism = GetParam().parallelism,
                           .caller_participates = GetParam().caller_participates}};
  // Another thread, which waits for that.
  std::jthread request_stop_when(Gate& opened) {
    return std::jthread([&] {
      opened.wait();
      source_.request_stop();
    });
  }

  std::stop_source source_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, Cancel,
                         ::testing::Values(Kind{1, true, true}, Kind{1, false, true},
                                           Kind{2, true, false}, Kind{4, true, true},
                                           Kind{4, false, false}));

// Whoever runs tasks that cannot fail, and are short, looks now and then whether to stop.
TEST_P(Cancel, OfTasksThatCannotFailBeginsFewMore) {
  constexpr std::size_t k_tasks = 1'000'000;
  constexpr std::size_t k_unwatched_max = 64;
  std::size_t last = k_tasks;
  std::atomic<bool> is_stopped{false};
  std::atomic<std::size_t> begun_after{0};
  auto const action = [&](std::size_t task) noexcept {
    if (is_stopped.load(std::memory_order_relaxed)) begun_after.fetch_add(1);
    if (task != last) return;
    source_.request_stop();
    is_stopped = true;
  };
  Results<void> results;
  for (int run = 0; run < 3; ++run) reactor_.run_into(results, k_tasks, action);
  last = 1000;
  EXPECT_THROW(reactor_.run_into(results, k_tasks, action, RunOptions{.stop = source_.get_token()}),
               Cancelled);
  EXPECT_LE(begun_after.load(), k_unwatched_max * (GetParam().parallelism + 1));
}

TEST_P(Cancel, TellsWhatIsInFlightAndSkipsWhatIsQueued) {
  Results<std::size_t> results;
  std::atomic<int> told{0};
  try {
    reactor_.run_into(
        results, 1000,
        [&](std::size_t task, TaskContext& context) {
          source_.request_stop();
          wait_for_stop(context);
          told.fetch_add(1);
          return task;
        },
        RunOptions{.stop = source_.get_token()});
    FAIL() << "nothing came out";
  } catch (Cancelled const& cancelled) {
    Summary const& summary = cancelled.summary();
    EXPECT_EQ(summary.total, 1000u);
    EXPECT_EQ(summary.done, static_cast<std::size_t>(told.load()));
    EXPECT_GE(summary.done, 1u);
    EXPECT_LE(summary.done, GetParam().parallelism);
    EXPECT_EQ(summary.done + summary.skipped, 1000u);
    EXPECT_THAT(cancelled.what(), HasSubstr("cancelled: of 1000 tasks "));
    std::size_t done = 0;
    for (auto const outcome : results) {
      EXPECT_EQ(outcome.status(), outcome ? Status::done : Status::skipped);
      if (outcome) {
        EXPECT_EQ(*outcome, outcome.index());
      }
      done += outcome ? 1 : 0;
    }
    EXPECT_EQ(done, summary.done);
  }
}

TEST_P(Cancel, FromAnotherThreadReachesATaskThatOnlyWaits) {
  Gate begun;
  std::jthread const canceller = request_stop_when(begun);
  EXPECT_THROW(reactor_.run(
                   1,
                   [&](std::size_t, TaskContext& context) {
                     begun.open();
                     wait_for_stop(context);
                   },
                   RunOptions{.stop = source_.get_token()}),
               Cancelled);
}

TEST_P(Cancel, BeforeTheRunBeginsNothing) {
  source_.request_stop();
  for (std::size_t const tasks : {0u, 1u, 100u}) {
    try {
      reactor_.run(
          tasks, [](std::size_t) { ADD_FAILURE() << "a task began"; },
          RunOptions{.stop = source_.get_token()});
      FAIL() << "nothing came out";
    } catch (Cancelled const& cancelled) {
      EXPECT_EQ(cancelled.summary().skipped, tasks);
    }
  }
}

TEST_P(Cancel, IsNotWhatHappenedWhenNobodyAsked) {
  auto const results = reactor_.run(
      100, [](std::size_t task) { return task; }, RunOptions{.stop = source_.get_token()});
  for (auto const outcome : results) EXPECT_EQ(*outcome, outcome.index());
  source_.request_stop();  // the run is over, and nobody minds
  EXPECT_EQ(results.summary().done, 100u);
}

// Whichever comes first is what stopped the run.
TEST_P(Cancel, AfterAFailureIsTooLate) {
  if (!GetParam().stop_on_error) return;
  EXPECT_THROW(reactor_.run(
                   1,
                   [&](std::size_t, TaskContext& context) {
                     try {
                       reactor_.run(1, [](std::size_t) { throw std::runtime_error("no"); });
                     } catch (TaskError const&) {
                       EXPECT_FALSE(context.stop_requested());
                     }
                     throw std::runtime_error("first");
                   },
                   RunOptions{.stop = source_.get_token()}),
               TaskError);
  EXPECT_FALSE(source_.stop_requested());
}

TEST_P(Cancel, ManyRunsThatShareAToken) {
  for (int round = 0; round < scaled(500, 50); ++round) {
    std::stop_source source;
    std::atomic<int> cancelled{0};
    auto const call = [&] {
      try {
        reactor_.run(
            200,
            [&](std::size_t task) {
              if (task == 100) source.request_stop();
            },
            RunOptions{.stop = source.get_token()});
      } catch (Cancelled const& error) {
        cancelled.fetch_add(1);
        EXPECT_EQ(error.summary().done + error.summary().skipped, 200u);
      }
    };
    {
      std::jthread const other(call);
      call();
    }
    ASSERT_GE(cancelled.load(), 1);
  }
}

// The token that tasks get.
TEST_P(Cancel, WakesAConditionVariable) {
  std::mutex mutex;
  std::condition_variable_any never;
  Gate begun;
  std::jthread const canceller = request_stop_when(begun);
  EXPECT_THROW(reactor_.run(
                   3,
                   [&](std::size_t, TaskContext& context) {
                     std::unique_lock lock(mutex);
                     begun.open();
                     never.wait(lock, context.stop_token(), [] { return false; });
                   },
                   RunOptions{.stop = source_.get_token()}),
               Cancelled);
}

TEST_P(Cancel, TellsATokenThatIsAskedForLate) {
  EXPECT_THROW(reactor_.run(
                   1,
                   [&](std::size_t, TaskContext& context) {
                     source_.request_stop();
                     EXPECT_TRUE(context.stop_token().stop_requested());
                   },
                   RunOptions{.stop = source_.get_token()}),
               Cancelled);
}

TEST(StopToken, IsToldOfAFailure) {
  Reactor reactor(Options{.parallelism = 2});
  Rendezvous both(2);
  std::atomic<bool> was_told{false};
  EXPECT_THROW(reactor.run(2,
                           [&](std::size_t task, TaskContext& context) {
                             std::stop_token const token = context.stop_token();
                             both.arrive_and_wait();
                             if (task == 0) throw std::runtime_error("no");
                             was_told = eventually([&] { return token.stop_requested(); });
                           }),
               TaskError);
  EXPECT_TRUE(was_told);
}

TEST(StopToken, BelongsToOneRun) {
  Reactor reactor(Options{.parallelism = 2});
  std::stop_token first;
  EXPECT_THROW(reactor.run(4,
                           [&](std::size_t task, TaskContext& context) {
                             if (task == 0) first = context.stop_token();
                             throw std::runtime_error("no");
                           }),
               TaskError);
  reactor.run(4, [](std::size_t, TaskContext& context) {
    EXPECT_FALSE(context.stop_token().stop_requested());
    EXPECT_FALSE(context.stop_requested());
  });
  std::stop_token alone;
  reactor.run(1, [&](std::size_t, TaskContext& context) { alone = context.stop_token(); });
  EXPECT_FALSE(alone.stop_requested());
}

}  // namespace
