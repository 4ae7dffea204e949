// SPDX-License-Identifier: BSD-3-Clause
// One call at a time, and what comes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using namespace std::chrono_literals;
using reactor::Expected;
using reactor::Future;
using reactor::Options;
using reactor::Reactor;
using reactor::TaskError;
using reactor::Tracebacks;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

static_assert(
    std::is_same_v<decltype(std::declval<Reactor&>().submit([] { return 1; })), Future<int>>);
static_assert(
    std::is_same_v<decltype(std::declval<Reactor&>().submit([]() -> Expected<long> { return 1L; })),
                   Future<long>>);
static_assert(!std::is_copy_constructible_v<Future<int>>);
static_assert(std::is_nothrow_move_assignable_v<Future<int>>);

TEST(Future, HasWhatTheCallReturns) {
  Reactor reactor(Options{.parallelism = 2});
  std::vector<Future<std::size_t>> futures;
  std::size_t const count = static_cast<std::size_t>(scaled(10'000, 1'000));
  for (std::size_t i = 0; i < count; ++i) futures.push_back(reactor.submit([i] { return 2 * i; }));
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_TRUE(futures[i].valid());
    ASSERT_EQ(futures[i].get(), 2 * i);
    ASSERT_FALSE(futures[i].valid());
  }
  EXPECT_EQ(reactor.stats().tasks, count);
  EXPECT_EQ(reactor.stats().errors, 0u);
}

TEST(Future, OfAnyType) {
  Reactor reactor(Options{.parallelism = 1});
  EXPECT_EQ(*reactor.submit([] { return std::make_unique<int>(5); }).get(), 5);
  EXPECT_EQ(reactor.submit([] { return std::array<long, 100>{{7}}; }).get()[0], 7);
  struct alignas(128) Aligned {
    int value = 3;
  };
  EXPECT_EQ(reactor.submit([] { return Aligned(); }).get().value, 3);
  struct NotDefault {
    explicit NotDefault(int of) : value(of) {}
    int value;
  };
  EXPECT_EQ(reactor.submit([] { return NotDefault(9); }).get().value, 9);
  int const number = 4;
  EXPECT_EQ(reactor.submit([&number]() -> int const& { return number; }).get(), 4);
  std::atomic<int> calls{0};
  reactor.submit([&] { ++calls; }).get();
  EXPECT_EQ(calls, 1);
}

TEST(Future, OfCallsThatCanOnlyBeMovedAndThatAreLarge) {
  Reactor reactor(Options{.parallelism = 1});
  auto owned = std::make_unique<int>(5);
  EXPECT_EQ(reactor.submit([owned = std::move(owned)] { return *owned; }).get(), 5);
  EXPECT_EQ(reactor.submit([large = std::array<long, 100>{{1}}] { return large[0]; }).get(), 1);
  auto const kept = [] { return 2; };
  EXPECT_EQ(reactor.submit(kept).get(), 2);
  EXPECT_EQ(reactor.submit([i = 0]() mutable { return ++i; }).get(), 1);
}

TEST(Future, IsMadeOnAWorker) {
  Reactor reactor(Options{.parallelism = 1});
  EXPECT_NE(reactor.submit([] { return std::this_thread::get_id(); }).get(),
            std::this_thread::get_id());
}

[[gnu::noinline]] int thrower(int value) {
  if (value > 0) throw std::range_error("too much: " + std::to_string(value));
  return value;
}

TEST(Future, SaysWhatWasThrownAndWhere) {
  Reactor reactor(Options{.parallelism = 1});
  auto future = reactor.submit([] { return thrower(3) + 1; });
  try {
    future.get();
    FAIL() << "it threw nothing";
  } catch (TaskError const& error) {
    EXPECT_THAT(error.what(), HasSubstr("task 0 of 1 failed on worker 0: std::range_error: too "
                                        "much: 3"));
    EXPECT_THAT(error.what(), HasSubstr("thrower"));
    EXPECT_EQ(error.summary().failed, 1u);
    EXPECT_EQ(error.worker(), 0u);
    EXPECT_FALSE(error.traceback().empty());
    EXPECT_THROW(error.rethrow_cause(), std::range_error);
  }
  EXPECT_FALSE(future.valid());
  EXPECT_EQ(reactor.stats().errors, 1u);
}

TEST(Future, WithoutATraceback) {
  Reactor reactor(Options{.parallelism = 1, .tracebacks = Tracebacks::none});
  try {
    reactor.submit([] { return thrower(3) + 1; }).get();
    FAIL() << "it threw nothing";
  } catch (TaskError const& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("thrower")));
    EXPECT_STREQ(error.traceback().missing(), "tracebacks are off");
  }
}

TEST(Future, OfAnExpectedValue) {
  Reactor reactor(Options{.parallelism = 1});
  auto const half = [](int i) -> Expected<int> {
    if (i % 2 != 0) return reactor::unexpected("odd");
    return i / 2;
  };
  EXPECT_EQ(reactor.submit([&] { return half(4); }).get(), 2);
  try {
    reactor.submit([&] { return half(3); }).get();
    FAIL() << "it has a value";
  } catch (TaskError const& error) {
    EXPECT_THAT(error.what(), HasSubstr("reactor::Error: odd"));
    EXPECT_STREQ(error.traceback().missing(), "not thrown");
  }
  EXPECT_NO_THROW(reactor.submit([]() -> Expected<void> { return {}; }).get());
  EXPECT_THROW(reactor.submit([]() -> Expected<void> { return reactor::unexpected("no"); }).get(),
               TaskError);
}

TEST(Future, IsDoneWhenTheCallHasEnded) {
  Reactor reactor(Options{.parallelism = 1});
  Gate gate;
  auto future = reactor.submit([&] {
    gate.wait();
    return 1;
  });
  EXPECT_FALSE(future.done());
  EXPECT_FALSE(future.wait_for(1ms));
  EXPECT_FALSE(future.wait_for(-1h));
  EXPECT_FALSE(future.wait_until(std::chrono::steady_clock::now()));
  EXPECT_FALSE(future.wait_until(std::chrono::system_clock::now() + 1ms));
  gate.open();
  EXPECT_TRUE(future.wait_for(std::chrono::hours::max()));
  EXPECT_TRUE(future.wait_until(std::chrono::system_clock::now() - 1h));
  EXPECT_TRUE(future.done());
  future.wait();
  EXPECT_EQ(future.get(), 1);
}

// Who waits for a call or a run polls as long as the workers do.
TEST(Future, IsPolledForAsLongAsTheOptionSays) {
  Reactor reactor(Options{.parallelism = 1, .spin = std::chrono::nanoseconds::max()});
  Gate gate;
  auto first = reactor.submit([&] { gate.wait(); });
  EXPECT_FALSE(first.wait_for(1ms));
  auto batch = reactor.submit(1, [](std::size_t) {});
  EXPECT_FALSE(batch.wait_for(1ms));
  std::thread opener([&] { gate.open(); });
  batch.get();
  first.get();
  opener.join();
}

// What was given to it is gone before it is done, whoever still holds it.
TEST(Future, DestroysTheCallBeforeItIsDone) {
  Reactor reactor(Options{.parallelism = 1});
  auto const owned = std::make_shared<int>(0);
  auto future = reactor.submit([owned] { return owned; });
  future.wait();
  EXPECT_EQ(owned.use_count(), 2);  // and the value
  EXPECT_EQ(future.get(), owned);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Future, LetsGoOfWhatNobodyWants) {
  auto const owned = std::make_shared<int>(0);
  std::atomic<int> calls{0};
  {
    Reactor reactor(Options{.parallelism = 2});
    for (int i = 0; i < scaled(1'000, 100); ++i) {
      static_cast<void>(reactor.submit([&calls, owned] { return ++calls, owned; }));
      static_cast<void>(reactor.submit([owned]() -> int { throw std::runtime_error("unheard"); }));
      auto replaced = reactor.submit([owned] { return owned; });
      replaced = {};
    }
  }
  EXPECT_EQ(calls, scaled(1'000, 100));
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Future, OutlivesTheReactor) {
  std::optional<Reactor> reactor(std::in_place, Options{.parallelism = 2});
  auto value = reactor->submit([] { return std::string(100, 'x'); });
  auto error = reactor->submit([] { return thrower(1); });
  auto last = reactor->submit([] { return 1; }).then([](int i) { return i + 1; });
  reactor.reset();
  EXPECT_TRUE(value.done() && error.done() && last.done());
  EXPECT_EQ(value.get().size(), 100u);
  EXPECT_THROW(error.get(), TaskError);
  EXPECT_EQ(last.get(), 2);
}

TEST(Future, FromManyThreadsAtOnce) {
  Reactor reactor(Options{.parallelism = 2});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < scaled(5'000, 500); ++i) {
        ASSERT_EQ(reactor.submit([i] { return i; }).then([](int value) { return value + 1; }).get(),
                  i + 1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
