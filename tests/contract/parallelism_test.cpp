// SPDX-License-Identifier: BSD-3-Clause
// Parallelism is a cap, and it is reached.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <map>
#include <thread>
#include <tuple>
#include <vector>

#include "in_flight.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::TaskContext;

namespace {

// Parallelism, and whether the caller takes part.
class Parallelism : public ::testing::TestWithParam<std::tuple<std::size_t, bool>> {
 protected:
  std::size_t parallelism() const { return std::get<0>(GetParam()); }

  Reactor reactor_{
      Options{.parallelism = parallelism(), .caller_participates = std::get<1>(GetParam())}};
};

TEST_P(Parallelism, IsNeverExceeded) {
  for (int round = 0; round < 5; ++round) {
    InFlight in_flight;
    reactor_.run(3000, [&](std::size_t task) {
      InFlight::Stay const stay(in_flight);
      if (task % 16 == 0) std::this_thread::yield();
    });
    ASSERT_LE(in_flight.most(), parallelism());
    ASSERT_EQ(in_flight.begun(), 3000u);
  }
}

TEST_P(Parallelism, IsReached) {
  for (int round = 0; round < scaled(20, 5); ++round) {
    Rendezvous all_in_flight(parallelism());
    auto const results =
        reactor_.run(parallelism(), [&](std::size_t) { return all_in_flight.arrive_and_wait(); });
    for (auto const outcome : results) ASSERT_TRUE(*outcome) << round;
  }
}

TEST_P(Parallelism, WorkerNumbersAreNeverSharedByTasksInFlight) {
  std::vector<std::atomic<int>> users(parallelism() + 1);
  std::atomic<int> mistakes{0};
  reactor_.run(3000, [&](std::size_t task, TaskContext& context) {
    auto& mine = users.at(context.worker());
    if (mine.fetch_add(1) != 0) mistakes.fetch_add(1);
    if (task % 16 == 0) std::this_thread::yield();
    mine.fetch_sub(1);
  });
  EXPECT_EQ(mistakes.load(), 0);
}

INSTANTIATE_TEST_SUITE_P(Of, Parallelism,
                         ::testing::Combine(::testing::Values<std::size_t>(1, 2, 3, 4, 8, 16, 64),
                                            ::testing::Bool()));

TEST(ParallelismInTheLongRun, IsReachedAgainAndAgain) {
  for (bool const helps : {true, false}) {
    Reactor reactor(Options{.parallelism = 4, .caller_participates = helps});
    for (int round = 0; round < 200; ++round) {
      Rendezvous all_in_flight(4);
      auto const results =
          reactor.run(4, [&](std::size_t) { return all_in_flight.arrive_and_wait(); });
      for (auto const outcome : results) ASSERT_TRUE(*outcome) << round;
    }
  }
}

TEST(ParallelismInTheLongRun, IsReachedByAFreshReactor) {
  for (int made = 0; made < scaled(500, 30); ++made) {
    Reactor reactor(Options{.parallelism = 64});
    Rendezvous all_in_flight(64);
    auto const results =
        reactor.run(64, [&](std::size_t) { return all_in_flight.arrive_and_wait(); });
    for (auto const outcome : results) ASSERT_TRUE(*outcome) << made;
  }
}

bool all_asleep(std::map<std::size_t, pid_t> const& workers) {
  for (auto const& [number, thread] : workers) {
    if (read_all(thread_dir(thread) / "status").find("State:\tS") == std::string::npos)
      return false;
  }
  return true;
}

TEST(ParallelismInTheLongRun, IsReachedWhenAllWorkersSleep) {
  for (bool const helps : {true, false}) {
    Reactor reactor(Options{.parallelism = 4, .caller_participates = helps, .name = "sleepy"});
    auto const workers = workers_of("sleepy");
    ASSERT_EQ(workers.size(), 4u);
    for (int round = 0; round < 20; ++round) {
      ASSERT_TRUE(eventually([&] { return all_asleep(workers); }));
      Rendezvous all_in_flight(4);
      auto const results =
          reactor.run(4, [&](std::size_t) { return all_in_flight.arrive_and_wait(); });
      for (auto const outcome : results) ASSERT_TRUE(*outcome) << round;
    }
  }
}

// Who runs what.

TEST(CallingThread, RunsNoTaskUnlessItParticipates) {
  Reactor reactor(Options{.parallelism = 3, .caller_participates = false});
  auto const caller = std::this_thread::get_id();
  for (int const size : {1, 2, 3, 1000}) {
    auto const results = reactor.run(size, [&](std::size_t, TaskContext& context) {
      return std::this_thread::get_id() != caller && context.worker() < 3;
    });
    for (auto const outcome : results) ASSERT_TRUE(*outcome);
  }
}

TEST(CallingThread, RunsEverythingWhenThereIsOneTask) {
  Reactor reactor(Options{.parallelism = 4});
  auto const caller = std::this_thread::get_id();
  auto const results = reactor.run(1, [&](std::size_t, TaskContext& context) {
    return std::this_thread::get_id() == caller && context.worker() == 4;
  });
  EXPECT_TRUE(*results[0]);
}

TEST(CallingThread, RunsEverythingWhenParallelismIsOne) {
  Reactor reactor(Options{.parallelism = 1});
  auto const caller = std::this_thread::get_id();
  auto const results = reactor.run(1000, [&](std::size_t, TaskContext& context) {
    return std::this_thread::get_id() == caller && context.worker() == 1;
  });
  for (auto const outcome : results) ASSERT_TRUE(*outcome);
}

TEST(CallingThread, GoesByParallelismAndWorkersByTheirNumbers) {
  Reactor reactor(Options{.parallelism = 4, .name = "numbers"});
  auto const workers = workers_of("numbers");
  auto const caller = gettid();
  auto const results = reactor.run(1000, [&](std::size_t, TaskContext& context) {
    return gettid() == (context.worker() == 4 ? caller : workers.at(context.worker()));
  });
  for (auto const outcome : results) ASSERT_TRUE(*outcome);
}

}  // namespace
