// SPDX-License-Identifier: BSD-3-Clause
// The first task to fail ends the run.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "in_flight.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::Status;
using reactor::TaskContext;
using reactor::TaskError;

namespace {

std::size_t always_fail(std::size_t task) {
  throw std::runtime_error(std::to_string(task));
}

TEST(StopOnError, FirstErrorWinsOnceHoweverManyFail) {
  Reactor reactor(Options{.parallelism = 8});
  Results<std::size_t> results;
  for (int round = 0; round < scaled(1000, 300); ++round) {
    try {
      reactor.run_into(results, 64, always_fail);
      FAIL() << "no error came out";
    } catch (TaskError const& error) {
      auto const winner = results.at(error.task_index());
      ASSERT_EQ(winner.status(), Status::failed);
      ASSERT_EQ(winner.error().cause(), error.cause());
      ASSERT_EQ(error.summary().failed, results.failures().size());
      ASSERT_EQ(error.summary().done, 0u);
    }
  }
}

TEST(StopOnError, NothingOfTheRunExecutesOnceTheErrorIsOut) {
  Reactor reactor(Options{.parallelism = 8});
  for (int round = 0; round < scaled(200, 50); ++round) {
    InFlight in_flight;
    EXPECT_THROW(reactor.run(1000,
                             [&](std::size_t task) {
                               InFlight::Stay const stay(in_flight);
                               if (task == 100) throw std::runtime_error("no");
                               std::this_thread::yield();
                             }),
                 TaskError);
    std::size_t const begun = in_flight.begun();
    ASSERT_EQ(in_flight.now(), 0u);
    std::this_thread::yield();
    ASSERT_EQ(in_flight.begun(), begun);
    ASSERT_EQ(in_flight.now(), 0u);
  }
}

TEST(StopOnError, NoTaskBeginsAfterTheStopWasSeen) {
  Reactor reactor(Options{.parallelism = 1});
  std::vector<std::size_t> begun;
  EXPECT_THROW(reactor.run(1000,
                           [&](std::size_t task) {
                             begun.push_back(task);
                             if (task == 2) throw std::runtime_error("no");
                           }),
               TaskError);
  EXPECT_EQ(begun, (std::vector<std::size_t>{0, 1, 2}));
}

TEST(StopOnError, RunIntoLeavesThePartialOutcomesBehind) {
  Reactor reactor(Options{.parallelism = 1});
  Results<std::size_t> results;
  EXPECT_THROW(reactor.run_into(results, 100,
                                [&](std::size_t task) {
                                  if (task == 60) throw std::runtime_error("no");
                                  return 2 * task;
                                }),
               TaskError);
  for (auto const outcome : results) {
    if (outcome.index() < 60) {
      EXPECT_EQ(outcome.value(), 2 * outcome.index());
    } else {
      EXPECT_EQ(outcome.status(), outcome.index() == 60 ? Status::failed : Status::skipped);
    }
  }
  auto const summary = results.summary();
  EXPECT_EQ(summary.done, 60u);
  EXPECT_EQ(summary.failed, 1u);
  EXPECT_EQ(summary.skipped, 39u);
}

TEST(StopOnError, TasksInFlightSeeTheStopAndTheirResultsCount) {
  Reactor reactor(Options{.parallelism = 4});
  Rendezvous all_in_flight(4);
  Results<bool> results;
  auto const action = [&](std::size_t task, TaskContext& context) {
    all_in_flight.arrive_and_wait();
    if (task == 2) throw std::runtime_error("no");
    return eventually([&] { return context.stop_requested(); });
  };
  EXPECT_THROW(reactor.run_into(results, 4, action), TaskError);
  EXPECT_EQ(results.summary().done, 3u);
  for (auto const outcome : results) {
    EXPECT_TRUE(outcome.value_or(outcome.index() == 2));
  }
}

TEST(StopOnError, StopIsNotRequestedBeforeATaskFails) {
  Reactor reactor(Options{.parallelism = 4});
  auto const results =
      reactor.run(1000, [](std::size_t, TaskContext& context) { return context.stop_requested(); });
  for (auto const outcome : results) EXPECT_FALSE(*outcome);
}

TEST(StopOnError, NextRunOnTheSameReactorIsClean) {
  Reactor reactor(Options{.parallelism = 4});
  Results<std::size_t> results;
  for (int round = 0; round < scaled(300, 50); ++round) {
    EXPECT_THROW(reactor.run_into(results, 500, always_fail), TaskError);
    reactor.run_into(results, 500, [](std::size_t task, TaskContext& context) {
      return context.stop_requested() ? 0 : task + 1;
    });
    ASSERT_EQ(results.summary().done, 500u);
    for (auto const outcome : results) ASSERT_EQ(*outcome, outcome.index() + 1);
  }
}

TEST(StopOnError, MillionsOfQueuedTasksAreDropped) {
  Reactor reactor(Options{.parallelism = 4});
  constexpr std::size_t k_queued = 50'000'000;
  std::atomic<std::size_t> begun{0};
  try {
    reactor.run(k_queued, [&](std::size_t) {
      begun.fetch_add(1);
      throw std::runtime_error("no");
    });
    FAIL();
  } catch (TaskError const& error) {
    EXPECT_EQ(error.summary().failed, begun.load());
    EXPECT_EQ(error.summary().skipped, k_queued - begun.load());
    EXPECT_LE(begun.load(), reactor.parallelism());
  }
}

// What a stopped run leaves in the queues must not be taken for the next one's, nor the other way.
TEST(StopOnError, StoppedRunsDoNotDisturbTheNextOnes) {
  reactor::Reactor reactor(reactor::Options{.parallelism = 4});
  for (int round = 0; round < 3'000; ++round) {
    EXPECT_THROW(reactor.run(1'000,
                             [&](std::size_t i) {
                               if (i == static_cast<std::size_t>(round) % 1'000) throw 42;
                               if (i % 64 == 0) std::this_thread::yield();
                             }),
                 reactor::TaskError);
    auto const results = reactor.run(1'000, [](std::size_t i) {
      if (i % 64 == 0) std::this_thread::yield();
      return i;
    });
    ASSERT_EQ(results.summary().done, 1'000u);
  }
}

}  // namespace
