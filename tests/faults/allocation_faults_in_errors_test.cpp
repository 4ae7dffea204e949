// SPDX-License-Identifier: BSD-3-Clause
// No memory while tasks fail, or while their errors are asked for. Which tasks failed is known in
// any case; what they threw, unless there was no memory to keep it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "reactor/reactor.hpp"
#include "tests/faults/allocation_faults.hpp"

using reactor::Reactor;
using reactor::Results;
using reactor::Status;
using reactor::TaskError;
using namespace std::chrono_literals;

namespace faults {
namespace {

constexpr std::size_t k_tasks = 100;

using AllocationFaultsInErrors = AllocationFaults;

bool is_to_fail(std::size_t task) {
  return task % 9 == 4;
}
constexpr std::size_t k_failing = 11;  // of k_tasks

Counted fail_some(std::size_t task) {
  if (is_to_fail(task)) throw Planned(task);
  return Counted(task);
}

reactor::Expected<Counted> report_some(std::size_t task) {
  if (is_to_fail(task)) return reactor::unexpected(Planned(task));
  return Counted(task);
}

void expect_tells_everything(TaskError const& error, std::size_t task) {
  EXPECT_EQ(error.task_index(), task);
  EXPECT_THAT(error.what(), ::testing::HasSubstr("task " + std::to_string(task) + " of 100"));
  EXPECT_THAT(error.what(), ::testing::HasSubstr("faults::Planned: planned"));
  try {
    error.rethrow_cause();
  } catch (Planned const& cause) {
    EXPECT_EQ(cause.number.number(), task);
  }
}

// Of a run to its end in which fail_some or report_some had no memory `injected` times at most.
void expect_every_outcome(Results<Counted> const& results, std::uint64_t injected) {
  EXPECT_EQ(results.summary().failed, k_failing);
  EXPECT_EQ(results.summary().done, k_tasks - k_failing);
  std::uint64_t lost = 0;
  for (auto const outcome : results) {
    if (!is_to_fail(outcome.index())) {
      EXPECT_EQ(outcome.value().number(), outcome.index());
      continue;
    }
    EXPECT_EQ(outcome.status(), Status::failed);
    Ending const ending =
        ending_of([&] { expect_tells_everything(outcome.error(), outcome.index()); });
    if (ending != Ending::well) {
      EXPECT_EQ(ending, Ending::error);
      ++lost;
    }
  }
  EXPECT_LE(lost, injected);
}

TEST_P(AllocationFaultsInErrors, AreKnownInARunThatKeepsGoing) {
  Reactor reactor({.stop_on_error = false, .parallelism = 3});
  auto const sweep_with = [&](std::string const& name, auto const& action) {
    Results<Counted> results;
    sweep_allocations(name, 8, [&](Plan const& plan) {
      reactor.run_into(results, k_tasks, [](std::size_t task) { return Counted(task); });
      Armed armed(plan);
      Ending const ending = ending_of([&] { reactor.run_into(results, k_tasks, action); });
      std::uint64_t const injected = armed.end();
      EXPECT_EQ(ending, Ending::well);
      expect_every_outcome(results, injected);
      return injected;
    });
  };
  sweep_with("errors thrown in a run that keeps going", fail_some);
  sweep_with("errors returned in a run that keeps going", report_some);
  expect_works(reactor);
}

// A reason that the action only refers to is copied while the task is still its thread's, should it
// have a limit.
TEST_P(AllocationFaultsInErrors, AreKnownThoughTheirReasonCannotBeCopied) {
  Reactor reactor({.stop_on_error = false, .parallelism = 3});
  reactor::Expected<int> const fine = 1;
  reactor::Expected<int> const bad = reactor::unexpected(std::string(200, 'x'));
  for (auto const limit : {std::chrono::nanoseconds(0), std::chrono::nanoseconds(60s)}) {
    reactor::RunOptions options;
    if (limit.count() != 0) options.result_timeout = limit;
    Results<int> results;
    auto const refer = [&](std::size_t task) -> reactor::Expected<int> const& {
      return is_to_fail(task) ? bad : fine;
    };
    sweep_allocations("a reason referred to", k_failing, [&](Plan const& plan) {
      reactor.run_into(
          results, k_tasks, [](std::size_t) { return 0; }, options);
      Armed armed(plan);
      Ending const ending = ending_of([&] { reactor.run_into(results, k_tasks, refer, options); });
      std::uint64_t const injected = armed.end();
      EXPECT_TRUE(ending == Ending::well || (ending == Ending::bad_alloc && injected != 0));
      if (ending == Ending::well) {
        EXPECT_EQ(results.summary().failed, k_failing);
        EXPECT_EQ(results.summary().done, k_tasks - k_failing);
      }
      return injected;
    });
  }
  expect_works(reactor);
}

TEST_P(AllocationFaultsInErrors, StopTheRunAllTheSame) {
  Reactor reactor({.parallelism = 3});
  sweep_allocations("a failure that stops the run", 8, [&](Plan const& plan) {
    Results<Counted> results;
    reactor.run_into(results, k_tasks, [](std::size_t task) { return Counted(task); });
    Armed armed(plan);
    Ending const ending = ending_of([&] { reactor.run_into(results, k_tasks, fail_some); });
    std::uint64_t const injected = armed.end();
    EXPECT_TRUE(ending == Ending::task_error || ending == Ending::bad_alloc ||
                ending == Ending::error)
        << ending;
    EXPECT_TRUE(injected != 0 || ending == Ending::task_error) << ending;
    auto const summary = results.summary();
    EXPECT_GE(summary.failed, 1u);
    EXPECT_LE(summary.failed, 4u);
    EXPECT_EQ(summary.total, summary.done + summary.failed + summary.skipped);
    for (auto const outcome : results) {
      EXPECT_TRUE(!outcome || outcome->number() == outcome.index());
      EXPECT_TRUE(outcome.status() != Status::failed || is_to_fail(outcome.index()));
    }
    expect_works(reactor);
    return injected;
  });
}

TEST_P(AllocationFaultsInErrors, WhileTheyAreReadPassWhenThereIsMemoryAgain) {
  Reactor reactor({.stop_on_error = false, .parallelism = 3});
  sweep_allocations("reading all errors", 50, [&](Plan const& plan) {
    auto const results = reactor.run(k_tasks, fail_some);
    Armed armed(plan);
    Ending const ending = ending_of([&] {
      for (auto const failed : results.failures()) static_cast<void>(failed.error());
    });
    std::uint64_t const injected = armed.end();
    // Well, too, where the C++ runtime had a reserve for an exception.
    EXPECT_TRUE(ending == Ending::well || (injected != 0 && ending == Ending::bad_alloc)) << ending;
    expect_every_outcome(results, 0);
    return injected;
  });
}

// Whatever takes outcomes out of results leaves those as they were.
TEST_P(AllocationFaultsInErrors, WhileOutcomesAreTakenOut) {
  Reactor reactor({.stop_on_error = false, .parallelism = 3});
  sweep_allocations("correlate, to_optionals, value, at", 12, [&](Plan const& plan) {
    auto const results = reactor.run(k_tasks, fail_some);
    std::vector<int> const too_few(k_tasks - 1);
    Armed armed(plan);
    Ending const ending = ending_of([&] {
      for (auto const& [task, outcome] : reactor::correlate(k_tasks, results)) {
        if (outcome && outcome->number() != task) throw 1;
      }
      static_cast<void>(results.to_optionals());
      if (ending_of([&] { results[4].value(); }) == Ending::bad_alloc) throw std::bad_alloc();
      if (ending_of([&] { results.at(k_tasks); }) == Ending::bad_alloc) throw std::bad_alloc();
      reactor::correlate(too_few, results);
    });
    std::uint64_t const injected = armed.end();
    EXPECT_TRUE(ending == Ending::error || (injected != 0 && ending == Ending::bad_alloc))
        << ending;
    expect_every_outcome(results, 0);
    return injected;
  });
}

INSTANTIATE_TEST_SUITE_P(Count, AllocationFaultsInErrors, ::testing::Values(1, k_from_then_on));

}  // namespace
}  // namespace faults
