// SPDX-License-Identifier: BSD-3-Clause
// run_into allocates nothing once warm, on any thread.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

#include "allocation_count.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"

using reactor::lazy;
using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::RunOptions;

namespace {

constexpr int k_warm_up_runs = scaled(5000, 1000);

// Size of the runs, and whether the caller takes part.
class Allocations : public ::testing::TestWithParam<std::tuple<int, bool>> {
 protected:
  Reactor reactor_{Options{.parallelism = 4, .caller_participates = std::get<1>(GetParam())}};
};

TEST_P(Allocations, AreNoneInARunOnceWarm) {
  int const size = std::get<0>(GetParam());
  int const runs = scaled(10'000, size > 1000 ? 100 : 1000);
  Results<std::size_t> results;
  auto const action = [](std::size_t task) { return task + 1; };
  int const warm_up_runs = size > 1000 ? k_warm_up_runs / 10 : k_warm_up_runs;
  for (int i = 0; i < warm_up_runs; ++i) reactor_.run_into(results, size, action);
  std::uint64_t const before = allocations();
  for (int i = 0; i < runs; ++i) reactor_.run_into(results, size, action);
  EXPECT_EQ(allocations() - before, 0u);
  EXPECT_EQ(results.summary().done, static_cast<std::size_t>(size));
}

INSTANTIATE_TEST_SUITE_P(SizeAndCallerParticipates, Allocations,
                         ::testing::Combine(::testing::Values(1, 2, 16, 1000, 100'000),
                                            ::testing::Bool()));

TEST(AllocationsOf, AnObjectIsOne) {
  std::uint64_t const before = allocations();
  auto* volatile made = new std::size_t(1);  // volatile, or the compiler leaves it out
  delete made;
  EXPECT_EQ(allocations() - before, 1u);
}

// "Two allocations, for the outcomes, once warm."
TEST(AllocationsOf, ARunAreTwoOnceWarm) {
  Reactor reactor(Options{.parallelism = 4});
  auto const action = [](std::size_t task) { return task + 1; };
  for (int i = 0; i < k_warm_up_runs; ++i) reactor.run(16, action);
  std::uint64_t const before = allocations();
  for (int i = 0; i < 100; ++i) reactor.run(16, action);
  EXPECT_EQ(allocations() - before, 200u);
}

TEST(AllocationsOf, APostAreNoneOnceWarm) {
  std::atomic<int> calls{0};
  Reactor reactor(Options{.parallelism = 1});
  auto const post_all = [&](int count) {
    calls = 0;
    for (int i = 0; i < count; ++i)
      reactor.post([&calls, large = std::array<char, 48>()] { calls += 1 + large[0]; });
    while (calls != count) std::this_thread::yield();
  };
  for (int i = 0; i < 20; ++i) post_all(1'000);  // more at once than there will be again
  std::uint64_t const before = allocations();
  for (int i = 0; i < 20; ++i) post_all(100);
  EXPECT_EQ(allocations() - before, 0u);
}

// One that follows another has as much room for itself.
TEST(AllocationsOf, ACallWithAFutureAreNoneOnceWarm) {
  Reactor reactor(Options{.parallelism = 1});
  std::array<char, 64> const large{{1}};
  auto const call_all = [&] {
    int sum = 0;
    for (int i = 0; i < 100; ++i) {
      auto future = reactor.submit([large] { return large; });
      sum +=
          std::move(future).then([large](auto const& value) { return large[0] + value[0]; }).get();
    }
    return sum;
  };
  for (int i = 0; i < 20; ++i) call_all();
  std::uint64_t const before = allocations();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(call_all(), 200);
  EXPECT_EQ(allocations() - before, 0u);
}

// "Allocates four times, once warm."
TEST(AllocationsOf, ASubmittedRunAreFourOnceWarm) {
  Reactor reactor(Options{.parallelism = 1});
  auto const submit = [&] { reactor.submit(16, [](std::size_t task) { return task + 1; }).get(); };
  for (int i = 0; i < k_warm_up_runs; ++i) submit();
  std::uint64_t const before = allocations();
  for (int i = 0; i < 100; ++i) submit();
  EXPECT_EQ(allocations() - before, 400u);
}

// A dozen for what was pulled together, once warm; how many that are is a matter of time.
TEST(AllocationsOf, AStreamAreAFewForWhatWasPulledTogether) {
  Reactor reactor(Options{.parallelism = 2});
  auto const tasks = static_cast<std::size_t>(scaled(1'000'000, 100'000));
  auto generate = [&, next = std::size_t{0}]() mutable {
    return next == tasks ? std::nullopt : std::optional(next++);
  };
  auto stream = reactor.submit(lazy(generate), [](std::size_t task) { return task + 1; });
  std::size_t consumed = 0;
  std::uint64_t const before = allocations();
  for (auto const outcome : stream) consumed += *outcome != 0 ? 1 : 0;
  std::uint64_t const allocated = allocations() - before;
  EXPECT_LT(allocated, 12 * reactor.stats().runs + 200);
  EXPECT_EQ(consumed, tasks);
}

// Many are pulled one by one, as the source is slow, and wait for the first; then the source is
// fast. What each was kept in does not grow to what many of them need.
TEST(MemoryOf, AStreamIsThatOfWhatIsInFlight) {
  constexpr std::size_t k_in_flight = 1000;
  constexpr std::chrono::microseconds k_slow{60};
  Reactor reactor(Options{.parallelism = 2});
  std::atomic<bool> may_end{false};
  auto generate = [&, next = std::size_t{0}]() mutable {
    auto const start = std::chrono::steady_clock::now();
    while (next < k_in_flight && std::chrono::steady_clock::now() - start < k_slow) continue;
    if (next + 1 == k_in_flight) may_end = true;
    return next == 100 * k_in_flight ? std::nullopt : std::optional(next++);
  };
  auto const action = [&](std::size_t task) {
    while (task == 0 && !may_end) continue;
    return std::array<char, 256>{};
  };
  std::int64_t const before = bytes_in_use();
  auto stream = reactor.submit(lazy(generate), action, RunOptions{.in_flight_max = k_in_flight});
  std::int64_t most = 0;
  for (auto const outcome : stream) {
    if (outcome.index() % 1000 == 0) most = std::max(most, bytes_in_use() - before);
  }
  EXPECT_LT(most, std::int64_t{4 * k_in_flight * 512});
}

// What a task waits for while no worker is free, it begins itself: with something before it in the
// queue, or nothing.
class MemoryInATask : public ::testing::TestWithParam<bool> {
 protected:
  // How many bytes more are in use after many calls of `f` in a task than after a few.
  template <class F>
  std::int64_t growth(F const& f) {
    auto const measure = [&](std::size_t) {
      if (GetParam()) reactor_.post([] {});
      for (int i = 0; i < 100; ++i) f();
      std::int64_t const before = bytes_in_use();
      for (int i = 0; i < k_calls; ++i) f();
      return bytes_in_use() - before;
    };
    return *reactor_.submit(1, measure).get()[0];
  }

  static constexpr int k_calls = 5'000;
  static constexpr std::int64_t k_some = 300'000;
  Reactor reactor_{Options{.parallelism = 1}};
};
INSTANTIATE_TEST_SUITE_P(BehindAnother, MemoryInATask, ::testing::Bool());

TEST_P(MemoryInATask, OfAStreamDoesNotGrow) {
  for (bool const as_they_end : {false, true}) {
    auto generate = [next = std::size_t{0}]() mutable { return std::optional(next++); };
    auto stream = reactor_.submit(
        lazy(generate), [](std::size_t task) { return task; },
        RunOptions{.completion_order = as_they_end, .in_flight_max = 4});
    auto at = std::optional<decltype(stream)::iterator>();
    auto const advance = [&] {
      if (at) {
        ++*at;
      } else {
        at = stream.begin();
      }
    };
    EXPECT_LT(growth(advance), k_some);
  }
}

TEST_P(MemoryInATask, OfRunsDoesNotGrow) {
  EXPECT_LT(growth([&] { reactor_.submit(2, [](std::size_t task) { return task; }).get(); }),
            k_some);
}

TEST_P(MemoryInATask, OfCancelledRunsDoesNotGrow) {
  EXPECT_LT(growth([&] { reactor_.submit(2, [](std::size_t) {}).cancel(); }), k_some);
}

TEST_P(MemoryInATask, OfCallsWithAFutureDoesNotGrow) {
  EXPECT_LT(growth([&] { reactor_.submit([] { return 1; }).get(); }), k_some);
  auto const call_two = [&] {
    reactor_.submit([] { return 1; }).then([](int value) { return value + 1; }).get();
  };
  EXPECT_LT(growth(call_two), k_some);
}

}  // namespace
