// SPDX-License-Identifier: BSD-3-Clause
// No memory while tasks are pulled and run: the stream ends, says so, and leaves nothing behind.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "reactor/reactor.hpp"
#include "tests/faults/allocation_faults.hpp"

using reactor::lazy;
using reactor::Reactor;
using reactor::RunOptions;
using reactor::Stream;
using reactor::Summary;

namespace faults {
namespace {

using LazyFaults = AllocationFaults;

constexpr std::size_t k_pulled_tasks = 60;

auto counted_tasks() {
  return [next = std::size_t{0}]() mutable -> std::optional<Counted> {
    if (next == k_pulled_tasks) return std::nullopt;
    return Counted(next++);
  };
}

void expect_exact(Summary const& summary) {
  EXPECT_EQ(summary.total, summary.done + summary.failed + summary.timed_out + summary.skipped);
}

TEST_P(LazyFaults, WhileItIsPulled) {
  for (bool const as_they_end : {false, true}) {
    sweep_allocations(as_they_end ? "as they end" : "in order", 20, [&](Plan const& plan) {
      Reactor reactor({.parallelism = 2});
      std::size_t consumed = 0;
      Summary summary;
      auto const shared = std::make_shared<std::atomic<int>>(0);
      Armed armed(plan);
      Ending const ending = ending_of([&] {
        auto stream = reactor.submit(
            lazy(counted_tasks()),
            [shared](Counted const& task) {
              shared->fetch_add(1);
              return Counted(task);
            },
            RunOptions{.completion_order = as_they_end, .in_flight_max = 16});
        try {
          for (auto at = stream.begin(); at != stream.end(); ++at) ++consumed;
        } catch (...) {
          summary = stream.summary();
          throw;
        }
      });
      std::uint64_t const injected = armed.end();
      EXPECT_TRUE(ending == Ending::well || ending == Ending::bad_alloc) << ending;
      EXPECT_TRUE(ending != Ending::well || consumed == k_pulled_tasks);
      EXPECT_TRUE(ending == Ending::well || consumed <= summary.total);
      expect_exact(summary);
      EXPECT_EQ(shared.use_count(), 1);
      expect_works(reactor);
      return injected;
    });
  }
}

// The failure itself may have to be told without memory.
TEST_P(LazyFaults, WhereATaskFails) {
  for (bool const stops : {false, true}) {
    sweep_allocations(stops ? "stopping on errors" : "keeping going", 20, [&](Plan const& plan) {
      Reactor reactor({.stop_on_error = stops, .parallelism = 2});
      std::size_t failed = 0;
      Armed armed(plan);
      Ending const ending = ending_of([&] {
        for (auto const outcome : reactor.submit(
                 lazy(counted_tasks()),
                 [](Counted const& task) {
                   if (task.number() == 30) throw Planned(30);
                 },
                 RunOptions{.in_flight_max = 8})) {
          if (outcome.has_error()) ++failed;
        }
      });
      std::uint64_t const injected = armed.end();
      EXPECT_NE(ending, Ending::odd);
      if (injected == 0) {
        EXPECT_EQ(ending, stops ? Ending::task_error : Ending::well);
        EXPECT_EQ(failed, stops ? 0u : 1u);
      }
      expect_works(reactor);
      return injected;
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Count, LazyFaults, ::testing::Values(1, k_from_then_on));

}  // namespace
}  // namespace faults
