// SPDX-License-Identifier: BSD-3-Clause
// Calls that follow each other, and who waits for them in a task.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>

#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Error;
using reactor::Future;
using reactor::Options;
using reactor::Reactor;
using reactor::TaskError;
using ::testing::HasSubstr;

namespace {

TEST(FutureThen, FollowsWhatIsDoneAndWhatIsNot) {
  Reactor reactor(Options{.parallelism = 1});
  auto done = reactor.submit([] { return 1; });
  done.wait();
  EXPECT_EQ(std::move(done).then([](int i) { return i + 1; }).get(), 2);
  Gate gate;
  auto last = reactor
                  .submit([&] {
                    gate.wait();
                    return 1;
                  })
                  .then([](int i) { return std::make_unique<int>(i + 1); })
                  .then([](std::unique_ptr<int> i) { return std::to_string(*i); });
  EXPECT_FALSE(last.done());
  gate.open();
  EXPECT_EQ(last.get(), "2");
}

TEST(FutureThen, TakesAndReturnsNothing) {
  Reactor reactor(Options{.parallelism = 2});
  int calls = 0;
  reactor.submit([&] { ++calls; }).then([&] { ++calls; }).then([&] { return ++calls; }).get();
  EXPECT_EQ(calls, 3);
}

TEST(FutureThen, PassesAnErrorOnAsItIs) {
  Reactor reactor(Options{.parallelism = 1});
  bool called = false;
  auto const not_called = [&](int i) {
    called = true;
    return i;
  };
  auto last = reactor.submit([]() -> int { throw std::range_error("the first"); })
                  .then(not_called)
                  .then(not_called);
  try {
    last.get();
    FAIL() << "it threw nothing";
  } catch (TaskError const& error) {
    EXPECT_THAT(error.what(), HasSubstr("task 0 of 1 failed on worker 0: std::range_error"));
    EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("TaskError")));
  }
  EXPECT_FALSE(called);
  EXPECT_THROW(reactor.submit([] { return 1; })
                   .then([](int) -> int { throw std::range_error("the second"); })
                   .get(),
               TaskError);
}

TEST(FutureThen, LeavesItAsItWasWhenACopyThrows) {
  struct Picky {
    Picky() = default;
    Picky(Picky const&) { throw std::runtime_error("not me"); }
    int operator()(int i) const { return i; }
  };
  Reactor reactor(Options{.parallelism = 1});
  auto first = reactor.submit([] { return 1; });
  Picky const picky;
  EXPECT_THROW(static_cast<void>(std::move(first).then(picky)), std::runtime_error);
  EXPECT_EQ(first.get(), 1);
  struct PickyCall {
    PickyCall() = default;
    PickyCall(PickyCall const&) { throw std::runtime_error("not me"); }
    int operator()() const { return 1; }
  };
  PickyCall const call;
  EXPECT_THROW(static_cast<void>(reactor.submit(call)), std::runtime_error);
}

TEST(FutureThen, FollowsAThousandTimes) {
  Reactor reactor(Options{.parallelism = 2});
  Gate gate;
  auto last = reactor.submit([&] {
    gate.wait();
    return 0;
  });
  for (int i = 0; i < 1000; ++i) last = std::move(last).then([](int n) { return n + 1; });
  gate.open();
  EXPECT_EQ(last.get(), 1000);
}

// What follows on ends comes before what was submitted, but does not keep it for ever.
TEST(FutureThen, LeavesOthersTheirTurn) {
  Reactor reactor(Options{.parallelism = 1});
  Gate gate;
  bool has_run = false;
  int ahead = 0;
  auto tail = reactor.submit([&] { gate.wait(); });
  for (int i = 0; i < 10'000; ++i) {
    tail = std::move(tail).then([&] {
      if (!has_run) ++ahead;
    });
  }
  reactor.post([&] { has_run = true; });
  gate.open();
  tail.get();
  EXPECT_LT(ahead, 1'000);
}

// Nobody is left to make the calls, but who waits for the last of them.
TEST(FutureInside, AtAnyDepthAndParallelism) {
  for (std::size_t const parallelism : {std::size_t{1}, std::size_t{2}}) {
    Reactor reactor(Options{.parallelism = parallelism});
    for (int i = 0; i < scaled(300, 30); ++i) {
      auto outer = reactor.submit([&] {
        return reactor.submit([&] { return reactor.submit([] { return 1; }).get() + 1; })
            .then([](int n) { return n + 1; })
            .then([&](int n) { return reactor.submit([n] { return n + 1; }).get(); })
            .get();
      });
      ASSERT_EQ(outer.get(), 4);
    }
  }
}

TEST(FutureInside, WaitsInTheTasksOfARun) {
  Reactor reactor(Options{.parallelism = 2});
  for (int i = 0; i < scaled(100, 10); ++i) {
    auto const results = reactor.run(20, [&](std::size_t task) {
      return reactor.submit([task] { return task; })
          .then([](std::size_t n) { return n + 1; })
          .get();
    });
    ASSERT_EQ(*results[19], 20u);
  }
  EXPECT_EQ(reactor.stats().tasks, static_cast<std::uint64_t>(scaled(100, 10)) * 60);
}

TEST(FutureInside, AcrossReactors) {
  Reactor one(Options{.parallelism = 1});
  Reactor other(Options{.parallelism = 1});
  for (int i = 0; i < scaled(100, 10); ++i) {
    auto first = one.submit(
        [&] { return other.submit([&] { return one.submit([] { return 1; }).get(); }).get(); });
    auto second = other.submit(
        [&] { return one.submit([&] { return other.submit([] { return 2; }).get(); }).get(); });
    ASSERT_EQ(first.get() + second.get(), 3);
  }
}

TEST(FutureInside, DoesNotWaitForItself) {
  Gate gate;
  Future<void> future;
  Reactor reactor(Options{.parallelism = 1});
  future = reactor.submit([&] {
    gate.wait();
    EXPECT_THROW(future.wait(), Error);
  });
  gate.open();
  reactor.submit([] {}).get();  // comes behind it
  EXPECT_TRUE(future.done());
}

// A run in a call that a task has made while it waited is not nested in that task.
TEST(FutureInside, IsNestedInNothing) {
  Reactor reactor(Options{.parallelism = 1});
  std::stop_source stop;
  auto batch = reactor.submit(1,
                              [&](std::size_t) {
                                auto future = reactor.submit([&] {
                                  stop.request_stop();
                                  return reactor.run(3, [](std::size_t task) { return task; });
                                });
                                EXPECT_EQ(future.get().summary().done, 3u);
                              },
                              {.stop = stop.get_token()});
  EXPECT_THROW(batch.get(), reactor::Cancelled);
}

}  // namespace
