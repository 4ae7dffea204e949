// SPDX-License-Identifier: BSD-3-Clause
// The counters.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <stdexcept>

#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::Stats;

namespace {

TEST(StatsCounters, RunsTasksAndErrorsAreExact) {
  for (bool const helps : {true, false}) {
    Reactor reactor(
        Options{.stop_on_error = false, .parallelism = 4, .caller_participates = helps});
    auto const fail_odd = [](std::size_t task) {
      if (task % 2 == 1) throw std::runtime_error("odd");
    };
    for (int const size : {0, 1, 2, 100, 1000}) reactor.run(size, fail_odd);
    Stats const stats = reactor.stats();
    EXPECT_EQ(stats.runs, 5u);
    EXPECT_EQ(stats.tasks, 1103u);
    EXPECT_EQ(stats.errors, 551u);
    EXPECT_EQ(stats.workers, 4u);
  }
}

TEST(StatsCounters, StoppedRunsCountWhatRan) {
  Reactor reactor(Options{.parallelism = 4});
  Results<void> results;
  Stats expected;
  for (int round = 0; round < 100; ++round) {
    EXPECT_THROW(
        reactor.run_into(results, 500, [](std::size_t) { throw std::runtime_error("no"); }),
        reactor::TaskError);
    expected.tasks += results.summary().done + results.summary().failed;
    expected.errors += results.summary().failed;
  }
  EXPECT_EQ(reactor.stats().runs, 100u);
  EXPECT_EQ(reactor.stats().tasks, expected.tasks);
  EXPECT_EQ(reactor.stats().errors, expected.errors);
}

TEST(StatsCounters, NestedRunsCount) {
  Reactor reactor(Options{.parallelism = 4});
  reactor.run(10, [&](std::size_t) { reactor.run(10, [](std::size_t) {}); });
  EXPECT_EQ(reactor.stats().runs, 11u);
  EXPECT_EQ(reactor.stats().tasks, 110u);
}

TEST(StatsCounters, ParksMoveWhenThereIsNothingToDo) {
  Reactor const reactor(Options{.parallelism = 2});
  EXPECT_TRUE(eventually([&] { return reactor.stats().parks >= 2; }));
}

TEST(StatsCounters, WakesMoveWhenSleepersAreNeeded) {
  Reactor reactor(Options{.parallelism = 2, .caller_participates = false});
  EXPECT_TRUE(eventually([&] {
    auto const parks = reactor.stats().parks;
    reactor.run(2, [](std::size_t) {});
    return reactor.stats().wakes > 0 || !eventually([&] { return reactor.stats().parks > parks; });
  }));
  EXPECT_GT(reactor.stats().wakes, 0u);
}

void spend(std::chrono::nanoseconds time) {
  auto const end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

// From the second run on it is known that they are worth a wake, though one sleeper looks by itself
// each millisecond.
TEST(StatsCounters, WakesMoveWithEachRunOfFewLongTasks) {
  constexpr int k_runs = 400;
  Reactor reactor(Options{.parallelism = 2, .spin = std::chrono::nanoseconds(0)});
  std::uint64_t wakes = 0;
  for (int run = 0; run < k_runs; ++run) {
    auto const before = reactor.stats();
    reactor.run(2, [](std::size_t) { spend(std::chrono::microseconds(100)); });
    auto const woken = reactor.stats().wakes - before.wakes;
    wakes += woken;
    if (woken == 0) continue;
    EXPECT_TRUE(eventually([&] { return reactor.stats().parks > before.parks; }));
  }
  EXPECT_GE(wakes, k_runs / 4);
}

TEST(StatsCounters, StealsMoveInLongParallelRuns) {
  Reactor reactor(Options{.parallelism = 4});
  EXPECT_TRUE(eventually([&] {
    reactor.run(2000, [](std::size_t) { spend(std::chrono::microseconds(5)); });
    return reactor.stats().steals > 0;
  }));
}

TEST(StatsCounters, MayBeReadWhileRunsGoOn) {
  Reactor reactor(Options{.parallelism = 4});
  auto const results = reactor.run(1000, [&](std::size_t) { return reactor.stats().runs; });
  for (auto const outcome : results) EXPECT_LE(*outcome, 1u);
}

}  // namespace
