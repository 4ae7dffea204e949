// SPDX-License-Identifier: BSD-3-Clause
// Streams whose tasks wait for their consumer, streams inside tasks, and streams for ever.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lazy.hpp"
#include "live.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Error;
using reactor::lazy;
using reactor::Options;
using reactor::Reactor;
using reactor::RunOptions;
using reactor::Stream;
using reactor::TaskContext;
using ::testing::HasSubstr;

namespace {

// parallelism, in_flight_max, in task order or not.
class LazyWaits : public ::testing::TestWithParam<std::tuple<std::size_t, std::size_t, bool>> {
 protected:
  RunOptions options() const {
    return {.completion_order = std::get<2>(GetParam()), .in_flight_max = std::get<1>(GetParam())};
  }
  Reactor reactor_{Options{.parallelism = std::get<0>(GetParam())}};
};
INSTANTIATE_TEST_SUITE_P(Waits, LazyWaits,
                         ::testing::Combine(::testing::Values(1, 2, 3),
                                            ::testing::Values(1, 7, 64, 1000), ::testing::Bool()));

// However the tasks were grouped when they were pulled.
TEST_P(LazyWaits, ForAnEarlierOutcomeToBeConsumed) {
  for (std::size_t const distance : {1u, 2u, 10u}) {
    std::size_t const length = scaled(2'000u, 500u);
    std::vector<std::atomic<bool>> was_consumed(length);
    auto const wait_for_an_earlier_one = [&](std::size_t task) {
      if (task < distance) return true;
      return eventually([&] { return was_consumed[task - distance].load(); });
    };
    auto stream = reactor_.submit(lazy(Numbers(length)), wait_for_an_earlier_one, options());
    std::size_t count = 0;
    std::size_t current = length;
    for (auto const outcome : stream) {
      ASSERT_TRUE(*outcome);
      if (current != length) was_consumed[current] = true;
      current = outcome.index();
      was_consumed[current] = true;
      ++count;
    }
    EXPECT_EQ(count, length);
  }
}

// The thread that iterates is one that could run the tasks.
TEST_P(LazyWaits, InsideATask) {
  auto const sum_of = [&](std::size_t length) {
    std::size_t sum = 0;
    for (auto const outcome : reactor_.submit(
             lazy(Numbers(length)), [](std::size_t task) { return task; }, options())) {
      sum += *outcome;
    }
    return sum;
  };
  for (auto const outcome : reactor_.run(4, [&](std::size_t) { return sum_of(500); })) {
    EXPECT_EQ(*outcome, 124'750u);
  }
  EXPECT_EQ(*reactor_.submit(1, [&](std::size_t) { return sum_of(500); }).get()[0], 124'750u);
}

TEST_P(LazyWaits, InsideATaskOfItsOwnKind) {
  auto const sum_of = [&](std::size_t length) {
    std::size_t sum = 0;
    for (auto const outcome : reactor_.submit(
             lazy(Numbers(length)), [](std::size_t task) { return task; }, options())) {
      sum += *outcome;
    }
    return sum;
  };
  for (auto const outcome : reactor_.submit(lazy(Numbers(50)), sum_of, options())) {
    EXPECT_EQ(*outcome, outcome.index() * (outcome.index() - 1) / 2);
  }
}

TEST_P(LazyWaits, ASourceThatIsAStream) {
  auto doubled = reactor_.submit(
      lazy(Numbers(1'000)), [](std::size_t task) { return 2 * task; }, options());
  auto at = doubled.begin();
  auto const next = [&]() -> std::optional<std::size_t> {
    if (at == doubled.end()) return std::nullopt;
    std::size_t const value = *(*at);
    ++at;
    return value;
  };
  std::size_t sum = 0;
  for (auto const outcome : reactor_.submit(
           lazy(next), [](std::size_t task) { return task + 1; }, options())) {
    sum += *outcome;
  }
  EXPECT_EQ(sum, 1'000'000u);
}

TEST(LazyInside, ItsOwnTaskWaitsForNothing) {
  Reactor reactor(Options{.parallelism = 1});
  for (bool const as_they_end : {false, true}) {
    Gate may_try;
    Gate has_tried;
    std::string refused;
    std::atomic<std::size_t> pulled{0};
    Stream<std::size_t> stream;
    auto const generate = [&] { return pulled == 2 ? std::nullopt : std::optional(pulled++); };
    auto const try_to_iterate = [&](std::size_t task) {
      if (task == 0) {
        EXPECT_TRUE(eventually([&] { return pulled == 2; }));
        return task;
      }
      may_try.wait();
      try {
        auto at = stream.begin();
        ++at;
      } catch (Error const& error) {
        refused = error.what();
      }
      has_tried.open();
      return task;
    };
    stream = reactor.submit(lazy(generate), try_to_iterate,
                            RunOptions{.completion_order = as_they_end, .in_flight_max = 2});
    auto at = stream.begin();
    EXPECT_EQ((*at).index(), 0u);
    may_try.open();
    has_tried.wait();
    EXPECT_THAT(refused, HasSubstr("could only wait for itself"));
    EXPECT_TRUE(at == stream.end());  // until it goes on
    EXPECT_EQ((*++at).index(), 1u);
    EXPECT_TRUE(++at == stream.end());
  }
}

// It goes with the tasks of a part, before the part is over. What is wrong, a sanitizer sees.
TEST(LazyInside, ATaskThatHasTheLastHandle) {
  for (bool const as_they_end : {false, true}) {
    Reactor reactor(Options{.parallelism = 2});
    Gate may_end;
    auto stream = std::make_shared<Stream<Live>>();
    std::weak_ptr<Stream<Live>> const has_gone = stream;
    std::atomic<int> pulled{0};
    auto generate = [&]() -> std::optional<std::shared_ptr<void>> {
      if (pulled == 2) return std::nullopt;
      return pulled++ == 0 ? nullptr : stream;
    };
    auto act = [&](std::shared_ptr<void> const& handle) {
      if (handle == nullptr) {
        EXPECT_TRUE(eventually([&] { return pulled == 2; }));
      } else {
        EXPECT_TRUE(may_end.wait());
      }
      return Live(1);
    };
    *stream = reactor.submit(lazy(generate), std::move(act),
                             RunOptions{.completion_order = as_they_end, .in_flight_max = 2});
    EXPECT_EQ((*stream->begin())->number(), 1);
    stream = nullptr;
    EXPECT_FALSE(has_gone.expired());
    may_end.open();
    EXPECT_TRUE(eventually([&] { return has_gone.expired(); }));
  }
  EXPECT_EQ(Live::count(), 0u);
  EXPECT_EQ(Live::mistakes(), 0);
}

// Lets the stream go, and then waits until its runs have left the queue.
struct LastHandle {
  LastHandle(std::shared_ptr<Stream<int>> held, Gate& opened, Gate& awaited)
      : stream(std::move(held)), to_open(&opened), to_await(&awaited) {}
  LastHandle(LastHandle&&) = default;
  LastHandle& operator=(LastHandle&&) = default;
  ~LastHandle() {
    if (stream == nullptr) return;
    stream.reset();
    to_open->open();
    EXPECT_TRUE(to_await->wait());
  }
  std::shared_ptr<Stream<int>> stream;
  Gate* to_open;
  Gate* to_await;
};

// It goes with a run that a stop ends before it has begun. What is wrong, a sanitizer sees.
TEST(LazyInside, AQueuedTaskThatHasTheLastHandle) {
  Reactor reactor(Options{.parallelism = 1});
  Gate is_held;
  Gate hold;
  Gate is_out_of_queue;
  std::stop_source user;
  auto stream = std::make_shared<Stream<int>>();
  std::weak_ptr<Stream<int>> const has_gone = stream;
  std::atomic<int> pulled{0};
  auto generate = [&, held = stream]() mutable -> std::optional<std::optional<LastHandle>> {
    switch (pulled++) {
      case 0:
      case 1:
        return std::optional<LastHandle>();
      case 2:
        return LastHandle(std::move(held), hold, is_out_of_queue);
      default:
        return std::nullopt;
    }
  };
  // What is told of an end comes before what is queued: it holds the only worker.
  auto act = [&](std::optional<LastHandle> const&) {
    EXPECT_TRUE(eventually([&] { return pulled == 3; }));
    auto inner = reactor.submit(1, [](std::size_t) {});
    inner.on_complete([&](reactor::Summary const&) {
      is_held.open();
      EXPECT_TRUE(hold.wait());
    });
    inner.wait();
    return 1;
  };
  *stream = reactor.submit(lazy(std::move(generate)), std::move(act),
                           RunOptions{.stop = user.get_token(), .in_flight_max = 3});
  EXPECT_EQ(**stream->begin(), 1);
  ASSERT_EQ(pulled, 3);
  ASSERT_TRUE(is_held.wait());
  reactor.post([&] { is_out_of_queue.open(); });
  stream = nullptr;
  EXPECT_FALSE(has_gone.expired());
  user.request_stop();
  EXPECT_TRUE(has_gone.expired());
}

// run() is nested, as any other; what is submitted is not.
TEST(LazyInside, ARunEndsWithTheOneAroundIt) {
  for (bool const is_late : {false, true}) {
    Reactor reactor(Options{.parallelism = 2});
    std::stop_source stop;
    RunOptions options;
    options.stop = stop.get_token();
    if (is_late)
      options.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    std::string told;
    auto const wait_for_stop = [&](std::size_t, TaskContext& context) {
      if (!is_late) stop.request_stop();
      EXPECT_TRUE(eventually([&] { return context.stop_requested(); }));
    };
    auto const run_inside = [&](std::size_t) {
      try {
        reactor.run(lazy(Numbers(1000)), wait_for_stop);
      } catch (reactor::Cancelled const& cancelled) {
        told = cancelled.what();
      }
    };
    EXPECT_THROW(reactor.run(1, run_inside, options), reactor::Cancelled);
    EXPECT_THAT(told, HasSubstr(is_late ? "deadline exceeded: of" : "cancelled: of"));
  }
}

TEST(LazyInside, ManyStreamsAtOnce) {
  Reactor reactor(Options{.parallelism = 3});
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t round = 0; round < scaled(50u, 10u); ++round) {
        std::size_t count = 0;
        RunOptions const options{.completion_order = (thread + round) % 2 == 0,
                                 .in_flight_max = 1 + 13 * (round % 7)};
        for (auto const outcome : reactor.submit(
                 lazy(Numbers(500)), [](std::size_t task) { return task; }, options)) {
          EXPECT_EQ(*outcome, outcome.index());
          ++count;
        }
        EXPECT_EQ(count, 500u);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
