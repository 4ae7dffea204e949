// SPDX-License-Identifier: BSD-3-Clause
// A task that ends its thread has failed; the Reactor lives on.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "in_flight.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::Status;
using reactor::TaskError;

namespace {

// All tasks run on workers.
class WorkerThreadExit : public ::testing::TestWithParam<std::size_t> {
 protected:
  void expect_all_well() {
    EXPECT_EQ(reactor_.stats().workers, GetParam());
    for (int round = 0; round < 10; ++round) {
      Rendezvous all_in_flight(GetParam());
      auto const results =
          reactor_.run(GetParam(), [&](std::size_t) { return all_in_flight.arrive_and_wait(); });
      for (auto const outcome : results) ASSERT_TRUE(*outcome);
    }
  }

  Reactor reactor_{
      Options{.parallelism = GetParam(), .caller_participates = false, .name = "exits"}};
};

// Each leaves a piece of a block behind, as the tasks are so long that many blocks are made of
// them.
TEST_P(WorkerThreadExit, OverAndOverInASubmittedRunFillsNoQueue) {
  constexpr std::size_t k_tasks = 5'000;
  auto const action = [](std::size_t task) {
    auto const end = std::chrono::steady_clock::now() + std::chrono::microseconds(2);
    while (std::chrono::steady_clock::now() < end) {
    }
    if (task % 25 == 7) pthread_exit(nullptr);
  };
  auto const results = reactor_.submit(k_tasks, action, {.stop_on_error = false}).get();
  EXPECT_EQ(results.summary().failed, k_tasks / 25);
  EXPECT_EQ(results.summary().done, k_tasks - k_tasks / 25);
}

TEST_P(WorkerThreadExit, FailsItsTaskAndNoOther) {
  for (int round = 0; round < 10; ++round) {
    auto const results = reactor_.run(100,
                                      [](std::size_t task) {
                                        if (task % 10 == 3) pthread_exit(nullptr);
                                        return task;
                                      },
                                      {.stop_on_error = false});
    ASSERT_EQ(results.summary().failed, 10u);
    ASSERT_EQ(results.summary().done, 90u);
    for (auto const outcome : results) {
      if (outcome.index() % 10 == 3) {
        ASSERT_EQ(outcome.status(), Status::failed);
        ASSERT_NE(outcome.error().cause(), nullptr);
        ASSERT_THROW(outcome.value(), TaskError);
      } else {
        ASSERT_EQ(outcome.value(), outcome.index());
      }
    }
  }
  expect_all_well();
}

TEST_P(WorkerThreadExit, StopsTheRun) {
  for (int round = 0; round < 10; ++round) {
    Results<std::size_t> results;
    try {
      reactor_.run_into(results, 100, [](std::size_t task) {
        if (task == 50) pthread_exit(nullptr);
        return task;
      });
      FAIL() << "no error came out";
    } catch (TaskError const& error) {
      EXPECT_EQ(error.task_index(), 50u);
      EXPECT_LT(error.worker(), GetParam());
    }
    auto const summary = results.summary();
    EXPECT_EQ(summary.failed, 1u);
    EXPECT_EQ(summary.done + summary.skipped, 99u);
  }
  expect_all_well();
}

TEST_P(WorkerThreadExit, OfEveryTaskIsSurvived) {
  auto const results =
      reactor_.run(50, [](std::size_t) { pthread_exit(nullptr); }, {.stop_on_error = false});
  EXPECT_EQ(results.summary().failed, 50u);
  expect_all_well();
}

TEST_P(WorkerThreadExit, LeavesOneThreadForEachWorker) {
  reactor_.run(1, [](std::size_t) { pthread_exit(nullptr); }, {.stop_on_error = false});
  std::size_t const expected = GetParam();
  EXPECT_TRUE(eventually([&] { return workers_of("exits").size() == expected; }));
  expect_all_well();
}

INSTANTIATE_TEST_SUITE_P(Parallelism, WorkerThreadExit, ::testing::Values<std::size_t>(1, 2, 4));

// The thread that called run().

class CallerThreadExit : public ::testing::TestWithParam<std::size_t> {
 protected:
  Reactor reactor_{Options{.parallelism = GetParam()}};
};

TEST_P(CallerThreadExit, UnwindsTheThreadAndEndsTheRun) {
  for (int round = 0; round < 10; ++round) {
    InFlight in_flight;
    std::atomic<bool> unwound{false};
    std::atomic<bool> returned{false};
    std::thread caller([&] {
      struct Unwinding {
        std::atomic<bool>& seen;
        ~Unwinding() { seen = true; }
      } const unwinding{unwound};
      auto const self = std::this_thread::get_id();
      reactor_.run(10'000, [&](std::size_t) {
        InFlight::Stay const stay(in_flight);
        if (std::this_thread::get_id() == self) pthread_exit(nullptr);
        std::this_thread::yield();
      });
      returned = true;
    });
    caller.join();
    EXPECT_EQ(in_flight.now(), 0u);
    EXPECT_TRUE(unwound);
    EXPECT_FALSE(returned);
    std::size_t const begun = in_flight.begun();
    std::this_thread::yield();
    EXPECT_EQ(in_flight.begun(), begun);
  }
  EXPECT_EQ(reactor_.stats().workers, GetParam());
  EXPECT_EQ(reactor_.run(1000, [](std::size_t) {}).summary().done, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Parallelism, CallerThreadExit, ::testing::Values<std::size_t>(1, 2, 4));

// What it does when its thread ends.
struct AtEnd {
  AtEnd() = default;
  AtEnd(AtEnd const&) = delete;
  AtEnd& operator=(AtEnd const&) = delete;
  ~AtEnd() {
    if (act) act();
  }
  std::function<void()> act;
};
thread_local AtEnd at_end;

// A thread that is at its end has a successor, who has its number.
TEST(EndedThread, IsNoWorkerAnyMore) {
  Reactor reactor({.parallelism = 1, .caller_participates = false});
  std::size_t number = 0;
  Gate has_run;
  auto const run_at_end = [&] {
    auto const its_number = [](std::size_t, reactor::TaskContext& task) { return task.worker(); };
    number = reactor.run(1, its_number)[0].value();
    has_run.open();
  };
  auto const end_thread = [&](std::size_t) {
    at_end.act = run_at_end;
    pthread_exit(nullptr);
  };
  reactor.run(1, end_thread, {.stop_on_error = false});
  EXPECT_TRUE(has_run.wait());
  EXPECT_EQ(number, reactor.parallelism());
}

}  // namespace
