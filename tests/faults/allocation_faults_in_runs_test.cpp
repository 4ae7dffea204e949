// SPDX-License-Identifier: BSD-3-Clause
// No memory while a run goes on. Either it never began, or it comes to its end; never anything in
// between, and the next one works.
#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <list>
#include <numeric>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "reactor/reactor.hpp"
#include "tests/faults/allocation_faults.hpp"

using reactor::Reactor;
using reactor::Results;
using reactor::Status;
using reactor::Summary;
using reactor::TaskContext;

namespace faults {
namespace {

constexpr std::size_t k_run_tasks = 100;  // more than are kept without an allocation

using AllocationFaultsInRuns = AllocationFaults;

Counted number_of(std::size_t task) {
  return Counted(task);
}

template <class Outcomes>
void expect_all_done(Outcomes const& results, std::size_t size) {
  EXPECT_EQ(results.size(), size);
  EXPECT_EQ(results.summary().done, size);
  for (auto const outcome : results) EXPECT_EQ(outcome.value().number(), outcome.index());
}

// For a run that could be stopped, which is therefore never begun by its caller alone: it needs a
// batch of its own.
reactor::RunOptions shared_at_once(std::stop_source const& never) {
  return {.stop = never.get_token()};
}

// What the task of the innermost of nested runs threw.
[[noreturn]] void rethrow_innermost(std::exception_ptr cause) {
  for (;;) {
    try {
      std::rethrow_exception(cause);
    } catch (reactor::TaskError const& inner) {
      cause = inner.cause();
    }
  }
}

void expect_adds_up(Summary const& summary) {
  EXPECT_EQ(summary.total, summary.done + summary.failed + summary.skipped);
}

TEST_P(AllocationFaultsInRuns, ComeBeforeTheFirstTask) {
  // The engine has what it needs for one run since it was made: these are the run's own.
  sweep_allocations("a Reactor's first run", 3, [](Plan const& plan) {
    Reactor reactor({.parallelism = 3});
    std::atomic<int> begun{0};
    Results<Counted> results;
    Armed armed(plan);
    Ending const ending = ending_of([&] {
      results = reactor.run(k_run_tasks, [&](std::size_t task) {
        ++begun;
        return number_of(task);
      });
    });
    std::uint64_t const injected = armed.end();
    if (ending == Ending::bad_alloc) {
      EXPECT_EQ(begun, 0);
    } else {
      EXPECT_EQ(ending, Ending::well);
      expect_all_done(results, k_run_tasks);
    }
    expect_works(reactor);
    return injected;
  });
}

// Reused for more tasks, in the order of their completion: everything in it grows.
TEST_P(AllocationFaultsInRuns, EmptyResultsThatAreRunInto) {
  Reactor reactor({.parallelism = 3});
  std::list<std::size_t> tasks(k_run_tasks);
  std::iota(tasks.begin(), tasks.end(), std::size_t{0});
  for (bool const is_used : {false, true}) {
    sweep_allocations(
        is_used ? "run_into used results" : "run_into new results", 4, [&](Plan const& plan) {
          Results<Counted> results;
          if (is_used) reactor.run_into(results, k_run_tasks / 3, number_of);
          Armed armed(plan);
          Ending const ending = ending_of(
              [&] { reactor.run_into(results, tasks, number_of, {.completion_order = true}); });
          std::uint64_t const injected = armed.end();
          if (ending == Ending::bad_alloc) {
            expect_adds_up(results.summary());
            EXPECT_TRUE(results.completion_order().empty());
          } else {
            EXPECT_EQ(ending, Ending::well);
            expect_all_done(results, k_run_tasks);
            EXPECT_EQ(results.completion_order().size(), k_run_tasks);
          }
          reactor.run_into(results, tasks, number_of);
          expect_all_done(results, k_run_tasks);
          return injected;
        });
  }
}

TEST_P(AllocationFaultsInRuns, OfNestedRunsFailTheirTask) {
  std::stop_source never;
  sweep_allocations("nested runs", 60, [this, &never](Plan const& plan) {
    Reactor reactor({.parallelism = 2});
    Results<std::size_t> results;
    auto const row = [&](std::size_t y) {
      auto const cells = reactor.run(
          3,
          [&](std::size_t x) {
            auto const three = reactor.run(
                3, [&](std::size_t z) { return 10 * y + x + z; }, shared_at_once(never));
            return *three[0] + *three[1] + *three[2];
          },
          shared_at_once(never));
      return *cells[0] + *cells[1] + *cells[2];
    };
    Armed armed(plan);
    Ending const ending =
        ending_of([&] { reactor.run_into(results, 6, row, {.stop_on_error = false}); });
    std::uint64_t const injected = armed.end();
    EXPECT_TRUE(ending == Ending::well || ending == Ending::bad_alloc) << ending;
    expect_adds_up(results.summary());
    for (auto const outcome : results) {
      if (outcome) {
        EXPECT_EQ(*outcome, 90 * outcome.index() + 18);
      } else if (ending == Ending::bad_alloc) {
        EXPECT_EQ(outcome.status(), Status::skipped);
      } else if (only_one()) {
        EXPECT_THROW(rethrow_innermost(outcome.error().cause()), std::bad_alloc);
      } else {
        EXPECT_EQ(ending_of([&] { outcome.value(); }), Ending::error);
      }
    }
    expect_works(reactor);
    return injected;
  });
}

TEST_P(AllocationFaultsInRuns, OfManyCallersAreTheirOwn) {
  std::stop_source never;
  sweep_allocations("3 callers at once", 30, [&never](Plan const& plan) {
    Reactor reactor({.parallelism = 2});
    struct Call {
      Results<Counted> results;
      Ending ending = Ending::odd;
      std::thread thread;
    };
    std::array<Call, 3> calls;
    std::atomic<bool> go{false};
    std::atomic<std::size_t> there{0};
    auto const meeting_first = [&](std::size_t task) {
      if (task == 0) ++there;
      while (task == 0 && there < calls.size()) std::this_thread::yield();
      return number_of(task);
    };
    for (Call& call : calls) {
      call.thread = std::thread([&] {
        while (!go) std::this_thread::yield();
        call.ending = ending_of([&] {
          reactor.run_into(call.results, k_run_tasks, meeting_first, shared_at_once(never));
        });
        if (call.ending == Ending::bad_alloc) ++there;
      });
    }
    Armed armed(plan);
    go = true;
    for (Call& call : calls) call.thread.join();
    std::uint64_t const injected = armed.end();
    std::size_t failed = 0;
    for (Call& call : calls) {
      if (call.ending == Ending::bad_alloc) {
        ++failed;
        EXPECT_EQ(call.results.summary().done, 0u);
      } else {
        EXPECT_EQ(call.ending, Ending::well);
        expect_all_done(call.results, k_run_tasks);
      }
    }
    EXPECT_LE(failed, injected);
    expect_works(reactor);
    return injected;
  });
}

// The action ends a worker's thread, whose successor may not get the memory that it needs.
TEST_P(AllocationFaultsInRuns, WhileATaskEndsItsThreadAreSurvived) {
  // The C library ends the process if it has no memory for a process's first pthread_exit.
  std::thread([] { pthread_exit(nullptr); }).join();
  sweep_allocations("tasks that end their thread", 10, [](Plan const& plan) {
    Reactor reactor({.parallelism = 3, .caller_participates = false});
    Results<std::size_t> results;
    reactor.run_into(results, k_run_tasks, [](std::size_t task) { return task; });
    auto const action = [&](std::size_t task, TaskContext& context) {
      bool const is_on_worker = context.worker() < 3;
      if (task % 25 == 3 && is_on_worker) pthread_exit(nullptr);
      return task;
    };
    Armed armed(plan);
    Ending const ending = ending_of(
        [&] { reactor.run_into(results, k_run_tasks, action, {.stop_on_error = false}); });
    std::uint64_t const injected = armed.end();
    EXPECT_EQ(ending, Ending::well);
    auto const summary = results.summary();
    EXPECT_EQ(summary.done + summary.failed, k_run_tasks);
    EXPECT_LE(summary.failed, 4u);
    for (auto const outcome : results) {
      if (outcome) {
        EXPECT_EQ(*outcome, outcome.index());
      } else {
        EXPECT_EQ(outcome.index() % 25, 3u);
        Ending const read = ending_of([&] { outcome.value(); });
        EXPECT_TRUE(read == Ending::task_error || read == Ending::error) << read;
      }
    }
    expect_works(reactor);
    return injected;
  });
}

INSTANTIATE_TEST_SUITE_P(Count, AllocationFaultsInRuns, ::testing::Values(1, k_from_then_on));

}  // namespace
}  // namespace faults
