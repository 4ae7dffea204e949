// SPDX-License-Identifier: BSD-3-Clause
// What the library promised from its first version on, in both modes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::Status;
using reactor::TaskError;

namespace {

constexpr int k_many = 1000;

struct Failing {
  std::string name;
  std::set<int> tasks;
};

std::set<int> all_tasks() {
  std::vector<int> all(k_many);
  std::iota(all.begin(), all.end(), 0);
  return {all.begin(), all.end()};
}

std::string message(int task) {
  return "no " + std::to_string(task);
}

// Parallelism, and which of many tasks fail.
class OriginalSuite : public ::testing::TestWithParam<std::tuple<std::size_t, Failing>> {
 protected:
  std::size_t parallelism() const { return std::get<0>(GetParam()); }
  std::set<int> const& failing() const { return std::get<1>(GetParam()).tasks; }

  Reactor make(bool stop_on_error) const {
    return Reactor(Options{.stop_on_error = stop_on_error, .parallelism = parallelism()});
  }

  static std::vector<int> tasks() {
    std::vector<int> made(k_many);
    std::iota(made.begin(), made.end(), 0);
    return made;
  }

  auto add_five() const {
    return [this](int task) {
      if (failing().count(task) != 0) throw std::invalid_argument(message(task));
      return task + 5;
    };
  }

  template <class Outcome>
  void expect_right(int task, Outcome const& outcome) const {
    if (failing().count(task) == 0) {
      ASSERT_EQ(outcome.status(), Status::done) << task;
      EXPECT_EQ(*outcome, task + 5);
    } else {
      ASSERT_EQ(outcome.status(), Status::failed) << task;
      EXPECT_NE(std::string(outcome.error().what()).find(message(task)), std::string::npos);
    }
  }
};

TEST_P(OriginalSuite, KeepGoingYieldsEveryValueAndEveryErrorInTaskOrder) {
  Reactor reactor = make(false);
  auto const results = reactor.run(tasks(), add_five());
  ASSERT_EQ(results.size(), std::size_t{k_many});
  for (int task = 0; task < k_many; ++task) {
    expect_right(task, results[static_cast<std::size_t>(task)]);
  }
  EXPECT_EQ(results.summary().failed, failing().size());
  EXPECT_EQ(results.summary().done, std::size_t{k_many} - failing().size());
  EXPECT_EQ(results.summary().skipped, 0u);
}

TEST_P(OriginalSuite, KeepGoingCorrelatesTasksWithOutcomes) {
  Reactor reactor = make(false);
  auto const all = tasks();
  auto const results = reactor.run(all, add_five());
  int seen = 0;
  for (auto&& [task, outcome] : reactor::correlate(all, results)) {
    EXPECT_EQ(task, seen++);
    expect_right(task, outcome);
  }
  EXPECT_EQ(seen, k_many);
}

TEST_P(OriginalSuite, StopOnErrorYieldsEveryValueOrThrowsOneOfTheErrors) {
  Reactor reactor = make(true);
  if (failing().empty()) {
    auto const values = reactor.run(tasks(), add_five()).values();
    auto expected = tasks();
    for (int& value : expected) value += 5;
    EXPECT_EQ(values, expected);
    return;
  }
  try {
    reactor.run(tasks(), add_five());
    FAIL() << "no error came out";
  } catch (TaskError const& error) {
    auto const task = static_cast<int>(error.task_index());
    EXPECT_EQ(failing().count(task), 1u);
    EXPECT_NE(std::string(error.what()).find(message(task)), std::string::npos);
    EXPECT_THROW(error.rethrow_cause(), std::invalid_argument);
    EXPECT_EQ(error.summary().total, std::size_t{k_many});
  }
}

TEST_P(OriginalSuite, StopOnErrorLeavesCorrelatedOutcomesAndASummaryThatAddsUp) {
  Reactor reactor = make(true);
  auto const all = tasks();
  Results<int> results;
  bool has_thrown = false;
  try {
    reactor.run_into(results, all, add_five());
  } catch (TaskError const&) {
    has_thrown = true;
  }
  EXPECT_EQ(has_thrown, !failing().empty());
  std::size_t skipped = 0;
  for (auto&& [task, outcome] : reactor::correlate(all, results)) {
    if (outcome.status() == Status::skipped) {
      ++skipped;
    } else {
      expect_right(task, outcome);
    }
  }
  auto const summary = results.summary();
  EXPECT_EQ(summary.skipped, skipped);
  EXPECT_EQ(summary.done + summary.failed + summary.skipped, summary.total);
  EXPECT_TRUE(skipped == 0 || !failing().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Tasks, OriginalSuite,
    ::testing::Combine(::testing::Values<std::size_t>(1, 2, 4, 16),
                       ::testing::Values(Failing{"NoneFails", {}}, Failing{"FirstFails", {0}},
                                         Failing{"LastFails", {k_many - 1}},
                                         Failing{"OneInBetweenFails", {k_many / 2}},
                                         Failing{"SeveralFail", {0, 3, 500, 501, k_many - 1}},
                                         Failing{"AllFail", all_tasks()})),
    [](auto const& tested) {
      return std::get<1>(tested.param).name + "Parallelism" +
             std::to_string(std::get<0>(tested.param));
    });

class EitherMode : public ::testing::TestWithParam<bool> {};

TEST_P(EitherMode, LongTasksRunInParallel) {
  constexpr std::size_t k_parallelism = 4;
  Reactor reactor(Options{.stop_on_error = GetParam(), .parallelism = k_parallelism});
  Rendezvous all_in_flight(k_parallelism);
  auto const results =
      reactor.run(k_parallelism, [&](std::size_t) { return all_in_flight.arrive_and_wait(); });
  for (auto const outcome : results) EXPECT_TRUE(*outcome);
}

TEST_P(EitherMode, FewerTasksThanWorkersAllRun) {
  Reactor reactor(Options{.stop_on_error = GetParam(), .parallelism = 8});
  std::vector<int> const tasks{1, 2, 3};
  EXPECT_EQ(reactor.run(tasks, [](int task) { return task + 5; }).values(),
            (std::vector<int>{6, 7, 8}));
}

TEST_P(EitherMode, NoTasksYieldNoResults) {
  Reactor reactor(Options{.stop_on_error = GetParam(), .parallelism = 4});
  std::vector<int> const none;
  auto const results = reactor.run(none, [](int task) { return task + 5; });
  EXPECT_TRUE(results.empty());
  EXPECT_EQ(results.summary().total, 0u);
  for (auto&& pair : reactor::correlate(none, results)) FAIL() << pair.first;
}

TEST_P(EitherMode, ReactorIsUsedAgainAndAgain) {
  Reactor reactor(Options{.stop_on_error = GetParam(), .parallelism = 2});
  for (int round = 0; round < 100; ++round) {
    auto const values =
        reactor.run(10, [&](std::size_t task) { return round + static_cast<int>(task); }).values();
    for (int task = 0; task < 10; ++task) {
      EXPECT_EQ(values[static_cast<std::size_t>(task)], round + task);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Mode, EitherMode, ::testing::Bool(), [](auto const& tested) {
  return tested.param ? "StopOnError" : "KeepGoing";
});

TEST(Init, OptionsAreInForceAsGiven) {
  Reactor const reactor(Options{.stop_on_error = false,
                                .parallelism = 3,
                                .caller_participates = false,
                                .pinning = reactor::Pinning::none,
                                .spin = std::chrono::microseconds(7),
                                .name = "mine"});
  auto const& options = reactor.options();
  EXPECT_FALSE(options.stop_on_error);
  EXPECT_EQ(options.parallelism, 3u);
  EXPECT_EQ(reactor.parallelism(), 3u);
  EXPECT_FALSE(options.caller_participates);
  EXPECT_EQ(options.pinning, reactor::Pinning::none);
  EXPECT_EQ(options.spin, std::chrono::microseconds(7));
  EXPECT_EQ(options.name, "mine");
}

TEST(Init, DefaultsStopOnErrorAndLetTheCallerTakePart) {
  Reactor const reactor;
  EXPECT_TRUE(reactor.options().stop_on_error);
  EXPECT_TRUE(reactor.options().caller_participates);
  EXPECT_EQ(reactor.options().pinning, reactor::Pinning::automatic);
  EXPECT_EQ(reactor.options().spin, reactor::default_spin);
  EXPECT_EQ(reactor.options().name, "reactor");
  EXPECT_GE(reactor.parallelism(), 1u);
}

TEST(Init, RunOptionsOverrideTheModeForOneRun) {
  Reactor reactor(Options{.stop_on_error = true, .parallelism = 2});
  auto const fail = [](std::size_t) { throw std::runtime_error("no"); };
  EXPECT_EQ(reactor.run(5, fail, {.stop_on_error = false}).summary().failed, 5u);
  EXPECT_THROW(reactor.run(5, fail), TaskError);
}

}  // namespace
