// SPDX-License-Identifier: BSD-3-Clause
// No memory in runs with a deadline, a stop token or a limit: they never begin, or come to their
// end.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "reactor/reactor.hpp"
#include "tests/faults/allocation_faults.hpp"

using namespace std::chrono_literals;
using reactor::Reactor;
using reactor::Results;
using reactor::RunOptions;
using reactor::Status;
using reactor::TaskContext;

namespace faults {
namespace {

using ControlFaults = AllocationFaults;

constexpr std::size_t k_limited_tasks = 80;

TEST_P(ControlFaults, BeforeARunWithADeadline) {
  sweep_allocations("deadline and stop token", 5, [](Plan const& plan) {
    Reactor reactor({.parallelism = 2});
    std::stop_source source;
    std::atomic<int> begun{0};
    Armed armed(plan);
    Ending const ending = ending_of([&] {
      reactor.run(
          k_limited_tasks, [&](std::size_t) { begun.fetch_add(1); },
          RunOptions{.deadline = std::chrono::steady_clock::now() + 1h,
                     .stop = source.get_token()});
    });
    std::uint64_t const injected = armed.end();
    EXPECT_EQ(begun, ending == Ending::well ? static_cast<int>(k_limited_tasks) : 0) << ending;
    EXPECT_TRUE(ending == Ending::well || ending == Ending::bad_alloc) << ending;
    expect_works(reactor);
    return injected;
  });
}

// A stop source that cannot be made is the task's error, or the nested run's.
TEST_P(ControlFaults, WhereTheStopTokenIsAskedFor) {
  sweep_allocations("stop tokens and nested runs", 10, [](Plan const& plan) {
    Reactor reactor({.parallelism = 2});
    std::stop_source source;
    Results<void> results;
    Armed armed(plan);
    Ending const ending = ending_of([&] {
      reactor.run_into(
          results, 6,
          [&](std::size_t task, TaskContext& context) {
            if (task % 2 == 0) static_cast<void>(context.stop_token());
            if (task % 2 == 1) reactor.run(2, [](std::size_t) {});
          },
          RunOptions{.stop_on_error = false, .stop = source.get_token()});
    });
    std::uint64_t const injected = armed.end();
    if (ending == Ending::well) {
      EXPECT_EQ(results.summary().done + results.summary().failed, 6u);
    } else {
      EXPECT_EQ(ending, Ending::bad_alloc);
      EXPECT_EQ(results.summary().skipped, results.size());
    }
    expect_works(reactor);
    return injected;
  });
}

TEST_P(ControlFaults, BeforeARunWithALimit) {
  sweep_allocations("what a run owns", 7, [](Plan const& plan) {
    Reactor reactor({.parallelism = 2, .result_timeout = 1h});
    std::vector<Counted> tasks;
    for (std::size_t i = 0; i < k_limited_tasks; ++i) tasks.emplace_back(i);
    auto const shared = std::make_shared<std::atomic<int>>(0);
    Armed armed(plan);
    Ending const ending = ending_of([&] {
      auto const results = reactor.run(tasks, [shared](Counted const& task) {
        shared->fetch_add(1);
        return Counted(task);
      });
    });
    std::uint64_t const injected = armed.end();
    EXPECT_EQ(*shared, ending == Ending::well ? static_cast<int>(k_limited_tasks) : 0) << ending;
    EXPECT_TRUE(ending == Ending::well || ending == Ending::bad_alloc) << ending;
    EXPECT_EQ(shared.use_count(), 1);
    expect_works(reactor);
    return injected;
  });
}

// Its error may be lost for want of memory, and its thread not replaced; nothing else happens.
TEST_P(ControlFaults, WhileATaskIsGivenUpOn) {
  sweep_allocations("a task that is given up on", 4, [this](Plan const& plan) {
    Reactor reactor({.stop_on_error = false, .parallelism = 2, .result_timeout = 1h});
    reactor.run(k_limited_tasks, [](std::size_t) {});
    auto const ended = std::make_shared<std::atomic<bool>>(false);
    Results<std::size_t> results;
    Armed armed(plan);
    Ending const ending = ending_of([&] {
      reactor.run_into(
          results, k_limited_tasks,
          [ended](std::size_t task, TaskContext& context) {
            if (task == 5) {
              while (!context.stop_requested()) std::this_thread::yield();
              ended->store(true);
            }
            return task;
          },
          RunOptions{.result_timeout = 2ms});
    });
    std::uint64_t const injected = armed.end();
    if (results.summary().skipped == results.size()) {
      EXPECT_EQ(ending, Ending::bad_alloc);
      ended->store(true);
    } else {
      // Out of memory for the error of a thread that was not to be had.
      EXPECT_TRUE(ending == Ending::well || ending == Ending::error ||
                  (ending == Ending::bad_alloc && !only_one()))
          << ending;
      EXPECT_EQ(results[5].status(), Status::timed_out);
      EXPECT_GE(results.summary().timed_out, 1u);
      EXPECT_EQ(results.summary().done + results.summary().skipped,
                k_limited_tasks - results.summary().timed_out);
      Ending const read = ending_of([&] { results[5].value(); });
      EXPECT_TRUE(read == Ending::task_error || read == Ending::error) << read;
    }
    EXPECT_TRUE(eventually([&] { return ended->load(); }));
    EXPECT_TRUE(
        eventually([&] { return ending_of([&] { expect_works(reactor); }) == Ending::well; }));
    return injected;
  });
}

INSTANTIATE_TEST_SUITE_P(Count, ControlFaults, ::testing::Values(1, k_from_then_on));

}  // namespace
}  // namespace faults
