// SPDX-License-Identifier: BSD-3-Clause
// Tasks that are pulled from a source while others run: what comes out, and how much is in flight.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <ranges>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lazy.hpp"
#include "live.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::lazy;
using reactor::Options;
using reactor::Outcome;
using reactor::Reactor;
using reactor::RunOptions;
using reactor::Status;
using reactor::Stream;
using reactor::Summary;
using reactor::TaskContext;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

namespace {

std::size_t twice_of(std::size_t task) {
  return 2 * task;
}

static_assert(std::ranges::input_range<Stream<int>&>);
static_assert(!std::is_copy_constructible_v<Stream<int>>);
static_assert(std::is_nothrow_move_constructible_v<Stream<int>>);

TEST(Lazy, AGeneratorsOutcomesComeInOrder) {
  Reactor reactor(Options{.parallelism = 3});
  Numbers numbers(10'000);
  auto stream = reactor.submit(lazy(numbers), twice_of);
  EXPECT_EQ(numbers.pulled(), 0u);  // nothing before somebody asks
  std::size_t next = 0;
  for (Outcome<std::size_t> const outcome : stream) {
    ASSERT_EQ(outcome.index(), next);
    ASSERT_EQ(outcome.status(), Status::done);
    ASSERT_EQ(*outcome, 2 * next);
    ++next;
    numbers.consume();
  }
  EXPECT_EQ(next, 10'000u);
  EXPECT_EQ(numbers.ends(), 1u);
  EXPECT_EQ(stream.summary().total, 10'000u);
  EXPECT_EQ(stream.summary().done, 10'000u);
  EXPECT_GT(stream.summary().elapsed.count(), 0);
  EXPECT_TRUE(stream.begin() == stream.end());
  EXPECT_EQ(numbers.ends(), 1u);
}

TEST(Lazy, OutcomesComeAsTheTasksEnd) {
  Reactor reactor(Options{.parallelism = 2});
  Gate second_was_consumed;
  auto stream = reactor.submit(
      lazy(Numbers(2)),
      [&](std::size_t task) {
        if (task == 0) second_was_consumed.wait();
        return task;
      },
      RunOptions{.completion_order = true, .in_flight_max = 2});
  std::vector<std::size_t> order;
  for (auto const outcome : stream) {
    order.push_back(*outcome);
    if (*outcome == 1) second_was_consumed.open();
  }
  EXPECT_THAT(order, ElementsAre(1u, 0u));
}

// Every length around those of the groups that are pulled together.
class LazyLengths : public ::testing::TestWithParam<std::size_t> {};

TEST_P(LazyLengths, EachTaskHasItsOutcomeAndTheBoundHolds) {
  std::size_t const in_flight_max = GetParam();
  Reactor reactor(Options{.parallelism = 2});
  for (bool const as_they_end : {false, true}) {
    for (std::size_t length = 0; length <= scaled(300u, 70u); ++length) {
      Numbers numbers(length);
      auto stream = reactor.submit(
          lazy(numbers), twice_of,
          RunOptions{.completion_order = as_they_end, .in_flight_max = in_flight_max});
      std::set<std::size_t> seen;
      for (auto const outcome : stream) {
        ASSERT_EQ(*outcome, 2 * outcome.index());
        if (!as_they_end) {
          ASSERT_EQ(outcome.index(), seen.size());
        }
        ASSERT_TRUE(seen.insert(outcome.index()).second);
        numbers.consume();
      }
      ASSERT_EQ(seen.size(), length);
      ASSERT_LE(numbers.most(), in_flight_max);
      ASSERT_EQ(stream.summary().done, length);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(InFlight, LazyLengths, ::testing::Values(1, 2, 3, 7, 64));

TEST(Lazy, FillsTheWindowToTheBrim) {
  for (std::size_t const in_flight_max : {1u, 5u, 64u, 1000u}) {
    Reactor reactor(Options{.parallelism = 2});
    std::atomic<std::size_t> pulled{0};
    auto const generate = [&]() -> std::optional<std::size_t> {
      return pulled == 5'000 ? std::nullopt : std::optional(pulled++);
    };
    auto const wait_for_others = [&](std::size_t task) {
      EXPECT_TRUE(task != 0 || eventually([&] { return pulled == in_flight_max; }));
    };
    auto stream =
        reactor.submit(lazy(generate), wait_for_others, RunOptions{.in_flight_max = in_flight_max});
    for (auto at = stream.begin(); at != stream.end(); ++at) continue;
    EXPECT_EQ(stream.summary().done, 5'000u);
  }
}

// "As long as in_flight_max is no more than parallelism() ..., tasks may wait for each other."
TEST(Lazy, WhatIsPulledIsInFlightTogether) {
  Reactor reactor(Options{.parallelism = 8});
  Rendezvous all(8);
  Numbers numbers(8);
  EXPECT_EQ(reactor
                .run(
                    lazy(numbers), [&](std::size_t) { EXPECT_TRUE(all.arrive_and_wait()); },
                    RunOptions{.in_flight_max = 8})
                .done,
            8u);
}

TEST(Lazy, TasksKnowTheirIndexInTheWholeStream) {
  Reactor reactor(Options{.parallelism = 2});
  for (auto const outcome :
       reactor.submit(lazy(Numbers(5'000)),
                      [](std::size_t, TaskContext& context) { return context.task_index(); })) {
    ASSERT_EQ(*outcome, outcome.index());
  }
}

TEST(Lazy, RunDropsTheOutcomesAndTellsTheCounts) {
  Reactor reactor(Options{.parallelism = 2});
  std::atomic<std::size_t> sum{0};
  Summary const summary = reactor.run(lazy(Numbers(1'000)), [&](std::size_t task) { sum += task; });
  EXPECT_EQ(summary.total, 1'000u);
  EXPECT_EQ(summary.done, 1'000u);
  EXPECT_EQ(sum, 499'500u);
}

TEST(Lazy, StreamsMove) {
  Reactor reactor(Options{.parallelism = 2});
  Stream<std::size_t> stream;
  EXPECT_FALSE(stream.valid());
  {
    auto made = reactor.submit(lazy(Numbers(100)), twice_of);
    auto at = made.begin();
    EXPECT_EQ(*(*at), 0u);
    stream = std::move(made);
    EXPECT_EQ(*(*++at), 2u);
  }
  std::size_t next = 1;
  for (auto const outcome : stream) EXPECT_EQ(*outcome, 2 * next++);
  EXPECT_EQ(next, 100u);
}

TEST(Lazy, WhatCameOfConsumedTasksIsGone) {
  ASSERT_EQ(Live::count(), 0u);
  {
    Reactor reactor(Options{.parallelism = 2});
    std::size_t const in_flight_max = 8;
    std::size_t most = 0;
    for (auto const outcome : reactor.submit(
             lazy(Numbers(1'000)), [](std::size_t task) { return Live(static_cast<int>(task)); },
             RunOptions{.in_flight_max = in_flight_max})) {
      ASSERT_EQ(outcome->number(), static_cast<int>(outcome.index()));
      most = std::max(most, Live::count());
    }
    EXPECT_LE(most, in_flight_max);
  }
  EXPECT_EQ(Live::count(), 0u);
  EXPECT_EQ(Live::mistakes(), 0);
}

}  // namespace
