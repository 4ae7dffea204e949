// SPDX-License-Identifier: BSD-3-Clause
// No memory for runs in flight: they never begin, say so, and leave nothing behind.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "reactor/reactor.hpp"
#include "tests/faults/allocation_faults.hpp"

using reactor::Batch;
using reactor::Outcome;
using reactor::Reactor;
using reactor::Summary;

namespace faults {
namespace {

using SubmitFaults = AllocationFaults;

constexpr std::size_t k_submitted_tasks = 70;

TEST_P(SubmitFaults, BeforeItBegins) {
  sweep_allocations("submit", 6, [](Plan const& plan) {
    Reactor reactor({.parallelism = 2});
    std::vector<Counted> tasks;
    for (std::size_t i = 0; i < k_submitted_tasks; ++i) tasks.emplace_back(i);
    auto const shared = std::make_shared<std::atomic<int>>(0);
    Armed armed(plan);
    Ending const ending = ending_of([&] {
      auto batch = reactor.submit(tasks, [shared](Counted const& task) {
        shared->fetch_add(1);
        return Counted(task);
      });
      batch.get();
    });
    std::uint64_t const injected = armed.end();
    EXPECT_EQ(*shared, ending == Ending::well ? static_cast<int>(k_submitted_tasks) : 0) << ending;
    EXPECT_TRUE(ending == Ending::well || ending == Ending::bad_alloc) << ending;
    EXPECT_EQ(shared.use_count(), 1);
    expect_works(reactor);
    return injected;
  });
}

// Who cannot be told is not listed, and the run goes on.
TEST_P(SubmitFaults, WhereSomebodyWantsToBeTold) {
  sweep_allocations("listeners", 6, [](Plan const& plan) {
    std::atomic<int> completed{0};
    std::atomic<int> failed{0};
    int listening = 0;
    {
      Reactor reactor({.stop_on_error = false, .parallelism = 2});
      reactor.submit(1, [](std::size_t) {}).get();
      std::optional<Batch<std::size_t>> batch;
      Armed armed(plan);
      Ending const submitted = ending_of([&] {
        batch = reactor.submit(k_submitted_tasks, [](std::size_t task) {
          if (task == 3) throw Planned(task);
          return task;
        });
      });
      Ending const ending = ending_of([&] {
        if (!batch) return;
        batch->on_complete([&](Summary const&) { ++completed; });
        ++listening;
        batch->on_error([&](Outcome<std::size_t> const&) { ++failed; });
      });
      if (batch) batch->wait();
      std::uint64_t const injected = armed.end();
      EXPECT_TRUE(submitted == Ending::well || submitted == Ending::bad_alloc) << submitted;
      EXPECT_TRUE(ending == Ending::well || ending == Ending::bad_alloc) << ending;
      EXPECT_TRUE(!batch || batch->progress().skipped != 0 || batch->progress().failed == 1);
      expect_works(reactor);
      EXPECT_TRUE(injected != 0 || failed == 1);
      batch.reset();
      if (injected != 0) return injected;
    }
    EXPECT_EQ(completed, listening);
    return std::uint64_t{0};
  });
}

// A call that cannot be made is refused; an error that cannot be kept is out of memory.
TEST_P(SubmitFaults, OfACallWithAFuture) {
  sweep_allocations("call", 4, [](Plan const& plan) {
    Reactor reactor({.parallelism = 1});
    auto const shared = std::make_shared<int>(0);
    Armed armed(plan);
    Ending const ending = ending_of([&] {
      auto value = reactor.submit(
          [large = std::array<char, 100>(), shared] { return std::array<char, 100>(large); });
      std::move(value).then([shared](std::array<char, 100> const&) {}).get();
    });
    Ending const failing = ending_of([&] {
      reactor.submit([shared]() -> int { throw Planned(1); }).then([shared](int) {}).get();
    });
    std::uint64_t const injected = armed.end();
    // What runs out of memory in the call is what it fails with.
    EXPECT_TRUE(ending == Ending::well || ending == Ending::bad_alloc ||
                ending == Ending::task_error)
        << ending;
    EXPECT_TRUE(failing == Ending::task_error || failing == Ending::bad_alloc) << failing;
    EXPECT_TRUE(injected != 0 || (ending == Ending::well && failing == Ending::task_error));
    reactor.submit([] {}).get();  // until it has let go of what came before
    EXPECT_EQ(shared.use_count(), 1);
    expect_works(reactor);
    return injected;
  });
}

INSTANTIATE_TEST_SUITE_P(Count, SubmitFaults, ::testing::Values(1, k_from_then_on));

}  // namespace
}  // namespace faults
