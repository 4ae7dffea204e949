// SPDX-License-Identifier: BSD-3-Clause
// A task whose thread is cancelled has failed; the Reactor lives on.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "in_flight.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::DeadlineExceeded;
using reactor::Options;
using reactor::Reactor;
using reactor::Status;
using reactor::TaskContext;

namespace {

void cancel_this_thread() {
  pthread_cancel(pthread_self());
  pthread_testcancel();
}

class WorkerCancelled : public ::testing::TestWithParam<std::size_t> {
 protected:
  void expect_all_well() {
    EXPECT_EQ(reactor_.stats().workers, GetParam());
    Rendezvous all_in_flight(GetParam());
    auto const results =
        reactor_.run(GetParam(), [&](std::size_t) { return all_in_flight.arrive_and_wait(); });
    for (auto const outcome : results) ASSERT_TRUE(*outcome);
  }

  Reactor reactor_{Options{.parallelism = GetParam(), .caller_participates = false}};
};

TEST_P(WorkerCancelled, ByItsOwnTaskFailsThatTaskAndNoOther) {
  for (int round = 0; round < 10; ++round) {
    auto const results = reactor_.run(100,
                                      [](std::size_t task) {
                                        if (task % 10 == 3) cancel_this_thread();
                                        return task;
                                      },
                                      {.stop_on_error = false});
    ASSERT_EQ(results.summary().failed, 10u);
    for (auto const outcome : results) {
      ASSERT_EQ(outcome.status(), outcome.index() % 10 == 3 ? Status::failed : Status::done);
    }
  }
  expect_all_well();
}

TEST_P(WorkerCancelled, ByAnotherThreadFailsTheTaskInFlight) {
  std::atomic<pthread_t> victim{};
  Gate running;
  std::thread other([&] {
    running.wait();
    pthread_cancel(victim);
  });
  auto const results = reactor_.run(1,
                                    [&](std::size_t) {
                                      victim = pthread_self();
                                      running.open();
                                      eventually([] {
                                        pthread_testcancel();
                                        return false;
                                      });
                                    },
                                    {.stop_on_error = false});
  other.join();
  EXPECT_EQ(results.summary().failed, 1u);
  EXPECT_NE(results[0].error().cause(), nullptr);
  expect_all_well();
}

INSTANTIATE_TEST_SUITE_P(Parallelism, WorkerCancelled, ::testing::Values<std::size_t>(1, 2, 4));

TEST(CallerCancelled, UnwindsTheThreadAndEndsTheRun) {
  Reactor reactor(Options{.parallelism = 4});
  for (int round = 0; round < 10; ++round) {
    InFlight in_flight;
    std::atomic<bool> returned{false};
    std::thread caller([&] {
      auto const self = std::this_thread::get_id();
      reactor.run(10'000, [&](std::size_t) {
        InFlight::Stay const stay(in_flight);
        if (std::this_thread::get_id() == self) cancel_this_thread();
        std::this_thread::yield();
      });
      returned = true;
    });
    caller.join();
    EXPECT_EQ(in_flight.now(), 0u);
    EXPECT_FALSE(returned);
  }
  EXPECT_EQ(reactor.run(1000, [](std::size_t) {}).summary().done, 1000u);
}

// It has been cancelled when it falls asleep, and sleeps for long enough to look whether those it
// waits for have a CPU.
TEST(CallerCancelled, WhileItSleepsGoesOnSleeping) {
  Reactor reactor(Options{.parallelism = 2, .caller_participates = false});
  std::atomic<bool> is_over{false};
  std::thread caller([&] {
    pthread_cancel(pthread_self());
    auto const until_the_deadline = [](std::size_t, TaskContext& context) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any().wait(lock, context.stop_token(), [] { return false; });
    };
    auto const soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
    EXPECT_THROW(reactor.run(2, until_the_deadline, {.deadline = soon}), DeadlineExceeded);
    is_over = true;
  });
  caller.join();
  EXPECT_TRUE(is_over);
}

// In a process of its own: what is read once for a process is read there for the first time.
TEST(CancelledThread, MakesAndDestroysTheFirstReactor) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        std::thread([] {
          pthread_cancel(pthread_self());
          { Reactor const reactor(Options{.parallelism = 1, .pinning = reactor::Pinning::none}); }
          { Reactor const reactor; }
          pthread_testcancel();
        }).join();
        std::_Exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
