// SPDX-License-Identifier: BSD-3-Clause
// One call at a time, handed to the workers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "leave.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Error;
using reactor::Options;
using reactor::OptionsError;
using reactor::Reactor;

namespace {

TEST(Post, RunsEachCallOnceOnAWorker) {
  int const count = scaled(10'000, 1'000);
  std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
  std::atomic<int> missing{count};
  std::atomic<bool> here{false};
  auto const me = std::this_thread::get_id();
  Reactor reactor(Options{.parallelism = 2});
  for (std::size_t i = 0; i < calls.size(); ++i) {
    reactor.post([&, i] {
      ++calls[i];
      if (std::this_thread::get_id() == me) here = true;
      --missing;
    });
  }
  EXPECT_TRUE(eventually([&] { return missing == 0; }));
  for (auto const& call : calls) EXPECT_EQ(call, 1);
  EXPECT_FALSE(here);
  EXPECT_TRUE(
      eventually([&] { return reactor.stats().tasks == static_cast<std::uint64_t>(count); }));
}

TEST(Post, OneAfterTheOtherOnTheOnlyWorker) {
  std::vector<int> order;
  {
    Reactor reactor(Options{.parallelism = 1});
    for (int i = 0; i < 1000; ++i) reactor.post([&order, i] { order.push_back(i); });
  }  // which waits for them
  ASSERT_EQ(order.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Post, TakesWhatCanOnlyBeMovedAndWhatIsLarge) {
  std::atomic<long> sum{0};
  auto owned = std::make_unique<int>(5);
  Reactor reactor(Options{.parallelism = 1});
  reactor.post([&sum, owned = std::move(owned)] { sum += *owned; });
  std::array<long, 100> large{};
  large[99] = 7;
  reactor.post([&sum, large] { sum += large[99]; });
  struct alignas(128) Aligned {
    std::atomic<long>* sum;
    void operator()() {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(this) % 128, 0u);
      *sum += 11;
    }
  };
  reactor.post(Aligned{&sum});
  auto const kept = [&sum] { sum += 13; };
  reactor.post(kept);
  EXPECT_TRUE(eventually([&] { return sum == 5 + 7 + 11 + 13; }));
}

TEST(Post, DestroysWhatItHasCalled) {
  auto const owned = std::make_shared<int>(0);
  {
    Reactor reactor(Options{.parallelism = 2});
    for (int i = 0; i < 100; ++i) reactor.post([owned] {});
  }
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Post, FromManyThreadsAndFromWhatIsPosted) {
  int const rounds = scaled(5'000, 500);
  std::atomic<int> calls{0};
  std::vector<std::thread> threads;
  Reactor reactor(Options{.parallelism = 2});
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < rounds; ++i) {
        reactor.post([&] {
          ++calls;
          reactor.post([&] { ++calls; });
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(eventually([&] { return calls == 3 * 2 * rounds; }));
}

// Runs, runs in flight and posts, each waiting for the others.
TEST(Post, BesideRuns) {
  Reactor reactor(Options{.parallelism = 2});
  for (int i = 0; i < scaled(300, 30); ++i) {
    std::atomic<int> calls{0};
    reactor.post([&] { calls += static_cast<int>(reactor.run(3, [](std::size_t) {}).size()); });
    auto batch = reactor.submit(5, [&](std::size_t) { reactor.post([&] { ++calls; }); });
    reactor.run(7, [&](std::size_t) { ++calls; });
    batch.get();
    EXPECT_TRUE(eventually([&] { return calls == 3 + 5 + 7; }));
  }
}

TEST(Post, TellsWhatACallLetsOut) {
  std::atomic<int> told{0};
  std::atomic<int> numbers{0};
  {
    Reactor reactor(Options{.parallelism = 2, .on_post_error = [&](std::exception_ptr error) {
                              ++told;
                              try {
                                std::rethrow_exception(error);
                              } catch (int number) {
                                numbers += number;
                              }
                            }});
    for (int i = 0; i < 10; ++i) reactor.post([] { throw 42; });
    EXPECT_TRUE(eventually([&] { return told == 10; }));
    EXPECT_TRUE(eventually([&] { return reactor.stats().errors == 10; }));
  }
  EXPECT_EQ(numbers, 420);
}

TEST(Post, ACallMayEndItsThread) {
  std::atomic<int> calls{0};
  auto const owned = std::make_shared<int>(0);
  Reactor reactor(Options{.parallelism = 1});
  reactor.post([owned] { pthread_exit(nullptr); });
  reactor.post([&] { ++calls; });
  EXPECT_TRUE(eventually([&] { return calls == 1; }));
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(TryPost, RefusesWhenAsManyAreQueuedAsMayBe) {
  Gate begun;
  Gate gate;
  std::atomic<int> calls{0};
  Reactor reactor(Options{.parallelism = 1, .queue_limit = 3});
  reactor.post([&] {
    begun.open();
    gate.wait();
  });
  begun.wait();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(reactor.try_post([&] { ++calls; }));
  auto owned = std::make_unique<int>(1);
  auto refused = [&calls, owned = std::move(owned)] { calls += *owned; };
  EXPECT_FALSE(reactor.try_post(std::move(refused)));
  gate.open();
  EXPECT_TRUE(eventually([&] { return calls == 3; }));
  EXPECT_TRUE(eventually([&] { return reactor.try_post(std::move(refused)); }));  // it is untouched
  EXPECT_TRUE(eventually([&] { return calls == 4; }));
}

TEST(TryPost, ALimitOfNoneIsRefused) {
  EXPECT_THROW(Reactor(Options{.parallelism = 1, .queue_limit = 0}), OptionsError);
}

TEST(PostFork, IsRefusedInAChild) {
  Reactor reactor(Options{.parallelism = 1});
  pid_t const child = fork();
  if (child == 0) {
    try {
      reactor.post([] {});
    } catch (Error const&) {
      leave(0);
    }
    leave(1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

using PostDeathTest = ::testing::Test;

TEST(PostDeathTest, WithNobodyToTellTheProcessEnds) {
  EXPECT_DEATH(
      {
        Reactor reactor(Options{.parallelism = 1});
        reactor.post([] { throw std::runtime_error("nobody is told"); });
      },
      "nobody is told");
}

}  // namespace
