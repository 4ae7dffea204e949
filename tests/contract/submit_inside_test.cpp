// SPDX-License-Identifier: BSD-3-Clause
// Runs that are submitted and waited for in tasks, and what else may stand in their way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "in_flight.hpp"
#include "leave.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using namespace std::chrono_literals;
using reactor::Batch;
using reactor::Cancelled;
using reactor::DeadlineExceeded;
using reactor::Error;
using reactor::Options;
using reactor::Reactor;
using reactor::RunOptions;
using reactor::Status;
using reactor::TaskContext;
using reactor::TaskTimeout;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

namespace {

std::size_t depth_of(Reactor& reactor, std::size_t depth) {
  if (depth == 0) return 0;
  auto const results =
      reactor.submit(2, [&reactor, depth](std::size_t) { return depth_of(reactor, depth - 1); })
          .get();
  return 1 + *results[0];
}

// Nobody is left to run what is waited for, but who waits.
TEST(SubmitInside, AtAnyDepthAndParallelism) {
  for (std::size_t const parallelism : {std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
    Reactor reactor(Options{.parallelism = parallelism});
    EXPECT_EQ(depth_of(reactor, 8), 8u);
  }
}

TEST(SubmitInside, EveryWorkerWaitsForTheSame) {
  Reactor reactor(Options{.parallelism = 2});
  int const rounds = scaled(300, 30);
  for (int i = 0; i < rounds; ++i) {
    InFlight in_flight;
    auto inner = reactor.submit(50, [&](std::size_t) { InFlight::Stay const stay(in_flight); });
    reactor.submit(2, [&](std::size_t) { inner.wait(); }).get();
    inner.get();
    EXPECT_EQ(in_flight.begun(), 50u);
    EXPECT_LE(in_flight.most(), 2u);
  }
}

// Two Reactors whose tasks wait for each other's runs.
TEST(SubmitInside, AcrossReactors) {
  Reactor one(Options{.parallelism = 2});
  Reactor other(Options{.parallelism = 2});
  auto const there_and_back = [](Reactor& from, Reactor& to) {
    return from.submit(20, [&](std::size_t) {
      return to
          .submit(3, [&](std::size_t) { return from.submit(2, [](std::size_t) {}).get().size(); })
          .get()
          .size();
    });
  };
  for (int i = 0; i < scaled(50, 5); ++i) {
    auto first = there_and_back(one, other);
    auto second = there_and_back(other, one);
    EXPECT_EQ(first.get().summary().done, 20u);
    EXPECT_EQ(second.get().summary().done, 20u);
  }
}

// Its thread has a successor of the same number, who helps as well.
TEST(SubmitInside, AStragglerThatHelps) {
  Reactor reactor(Options{.stop_on_error = false, .parallelism = 2});
  for (int i = 0; i < scaled(30, 5); ++i) {
    auto const begun = std::make_shared<std::atomic<std::size_t>>(0);
    auto const inner = std::make_shared<Batch<void>>(
        reactor.submit(20'000, [begun](std::size_t) { begun->fetch_add(1); }));
    auto const late = [inner](std::size_t) {
      auto const until = Clock::now() + 2ms;
      while (Clock::now() < until) std::this_thread::yield();
      inner->wait();
    };
    auto outer =
        reactor.submit(2, [late](std::size_t task) { late(task); }, {.result_timeout = 1ms});
    outer.get();
    EXPECT_TRUE(inner->wait_for(k_hang_bound));
    ASSERT_EQ(*begun, 20'000u);
  }
}

// It helps until its time is over, and not until all is done.
TEST(SubmitInside, WaitsForAWhile) {
  Reactor reactor(Options{.parallelism = 1});
  auto const work = [](std::size_t) {
    auto const until = Clock::now() + 1ms;
    while (Clock::now() < until) std::this_thread::yield();
  };
  reactor
      .submit(1,
              [&reactor, work](std::size_t) {
                auto inner = reactor.submit(10'000, [work](std::size_t task) { work(task); });
                EXPECT_FALSE(inner.wait_for(3ms));
                EXPECT_LT(inner.progress().done, 10'000u);
                inner.cancel();
              })
      .get();
}

// A thread that helps from another Reactor's task ends in the middle of it.
TEST(SubmitInside, AHelperThatEnds) {
  Reactor one(Options{.stop_on_error = false, .parallelism = 1});
  Reactor other(Options{.stop_on_error = false, .parallelism = 1});
  Gate gate;
  auto busy = other.submit(1, [&](std::size_t) { gate.wait(); });
  auto inner = std::make_shared<Batch<void>>(other.submit(10, [](std::size_t task) {
    if (task == 0) pthread_exit(nullptr);
  }));
  auto outer = one.submit(1, [inner](std::size_t) { inner->wait(); });
  EXPECT_EQ(outer.get().summary().failed, 1u);
  gate.open();
  EXPECT_TRUE(inner->wait_for(k_hang_bound));
  EXPECT_EQ(inner->progress().done, 9u);
  busy.get();
}

TEST(SubmitInside, OutlivesTheTaskThatSubmittedIt) {
  Reactor reactor(Options{.parallelism = 2});
  Batch<std::size_t> inner;
  EXPECT_THROW(reactor.run(1,
                           [&](std::size_t) {
                             inner = reactor.submit(100, [](std::size_t task) { return task; });
                             throw std::runtime_error("the outer one fails");
                           }),
               Error);
  EXPECT_EQ(*inner.get()[99], 99u);
}

TEST(SubmitInside, NestedRunsEndWithIt) {
  Reactor reactor(Options{.parallelism = 2});
  Rendezvous both(3);
  auto batch = reactor.submit(2, [&](std::size_t) {
    reactor.run(1, [&](std::size_t, TaskContext& context) {
      both.arrive();
      EXPECT_TRUE(eventually([&] { return context.stop_requested(); }));
    });
  });
  both.arrive_and_wait();
  batch.cancel();
  EXPECT_THROW(batch.get(), Cancelled);
}

TEST(SubmitControl, AStopTokenCancelsIt) {
  Reactor reactor(Options{.parallelism = 2});
  std::stop_source stop;
  Rendezvous both(3);
  auto begun = reactor.submit(10,
                              [&](std::size_t, TaskContext& context) {
                                both.arrive();
                                EXPECT_TRUE(eventually([&] { return context.stop_requested(); }));
                              },
                              {.stop = stop.get_token()});
  both.arrive_and_wait();
  auto queued = reactor.submit(10, [](std::size_t) {}, {.stop = stop.get_token()});
  stop.request_stop();
  EXPECT_TRUE(queued.done());
  EXPECT_THROW(queued.get(), Cancelled);
  EXPECT_THROW(begun.get(), Cancelled);
  auto late = reactor.submit(10, [](std::size_t) {}, {.stop = stop.get_token()});
  EXPECT_TRUE(late.done());
  EXPECT_THROW(late.get(), Cancelled);
}

TEST(SubmitControl, ADeadlineEndsIt) {
  Reactor reactor(Options{.parallelism = 2});
  auto begun = reactor.submit(10,
                              [](std::size_t, TaskContext& context) {
                                EXPECT_TRUE(eventually([&] { return context.stop_requested(); }));
                              },
                              {.deadline = Clock::now() + 20ms});
  EXPECT_THROW(begun.get(), DeadlineExceeded);
  EXPECT_THROW(reactor.submit(0, [](std::size_t) {}, {.deadline = Clock::now() - 1ms}).get(),
               DeadlineExceeded);
  auto late = reactor.submit(10, [](std::size_t) {}, {.deadline = Clock::now() - 1ms});
  EXPECT_THROW(late.get(), DeadlineExceeded);
  EXPECT_EQ(late[9].status(), Status::skipped);
}

// Nobody has begun it, and nobody waits for it.
TEST(SubmitControl, ADeadlineEndsWhatIsStillQueued) {
  Reactor reactor(Options{.parallelism = 1});
  Gate gate;
  auto busy = reactor.submit(1, [&](std::size_t) { gate.wait(); });
  auto const owned = std::make_shared<int>(0);
  auto queued = reactor.submit(10, [owned](std::size_t) {}, {.deadline = Clock::now() + 20ms});
  EXPECT_TRUE(eventually([&] { return queued.done(); }));
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_THROW(queued.get(), DeadlineExceeded);
  gate.open();
  busy.get();
}

TEST(SubmitControl, ALimitGivesUpOnATask) {
  Reactor reactor(Options{.stop_on_error = false, .parallelism = 1});
  auto const gate = std::make_shared<Gate>();
  auto batch = reactor.submit(5,
                              [gate](std::size_t task) {
                                if (task == 2) gate->wait();
                                return task;
                              },
                              {.result_timeout = 20ms});
  auto const results = batch.get();
  EXPECT_GE(results.summary().timed_out, 1u);
  EXPECT_EQ(results[2].status(), Status::timed_out);
  EXPECT_THROW(results[2].value(), TaskTimeout);
  gate->open();
}

TEST(SubmitControl, ALimitThatIsNoneIsRefused) {
  Reactor reactor(Options{.parallelism = 1});
  EXPECT_THROW(reactor.submit(1, [](std::size_t) {}, {.result_timeout = -1ns}),
               reactor::OptionsError);
}

TEST(SubmitControl, ATaskThatEndsItsThreadIsOneFailure) {
  Reactor reactor(Options{.stop_on_error = false, .parallelism = 1});
  auto const results = reactor
                           .submit(10,
                                   [](std::size_t task) {
                                     if (task % 3 == 0) pthread_exit(nullptr);
                                   })
                           .get();
  EXPECT_EQ(results.summary().failed, 4u);
  EXPECT_EQ(results.summary().done, 6u);
}

TEST(SubmitFork, AChildIsToldAndItsBatchesDontHoldIt) {
  Reactor reactor(Options{.parallelism = 1});
  Gate gate;
  auto batch = reactor.submit(2, [&](std::size_t) { gate.wait(); });
  pid_t const child = fork();
  if (child == 0) {
    int told = 0;
    try {
      batch.wait();
    } catch (Error const&) {
      ++told;
    }
    try {
      reactor.submit(1, [](std::size_t) {});
    } catch (Error const&) {
      ++told;
    }
    { auto const dropped = std::move(batch); }
    leave(told);
  }
  int status = -1;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 2);
  gate.open();
  EXPECT_EQ(batch.get().size(), 2u);
}

// The other thread of the run does not exist in the child, and will never leave it.
TEST(SubmitFork, InATaskThatAWaiterHelpsWith) {
  Reactor reactor(Options{.parallelism = 2});
  auto const outer = reactor.submit(1, [&](std::size_t) {
    auto const me = std::this_thread::get_id();
    Rendezvous both(2);
    int status = -1;
    auto inner = reactor.submit(2, [&](std::size_t) {
      both.arrive_and_wait();
      if (std::this_thread::get_id() != me) return;
      pid_t const child = fork();
      if (child == 0) alarm(60);  // a hang would be nobody's
      if (child != 0) waitpid(child, &status, 0);
    });
    pid_t const parent = getpid();
    try {
      inner.wait();
    } catch (Error const&) {
      leave(getpid() == parent ? 1 : 0);
    }
    if (getpid() != parent) leave(2);
    return status;
  });
  EXPECT_THAT(outer.wait_for(k_hang_bound) ? *outer[0] : -2, ::testing::AnyOf(0, -1, 2 << 8));
}

using SubmitDeathTest = ::testing::Test;

TEST(SubmitDeathTest, ABatchThatIsDestroyedInItsOwnTask) {
  EXPECT_DEATH(
      {
        Reactor reactor(Options{.parallelism = 1});
        Gate gate;
        auto batch = std::make_unique<Batch<void>>();
        *batch = reactor.submit(1, [&](std::size_t) {
          gate.wait();
          batch.reset();
        });
        gate.open();
        batch->wait();
      },
      "could only wait for itself");
}

}  // namespace
