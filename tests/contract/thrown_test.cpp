// SPDX-License-Identifier: BSD-3-Clause
// A task that throws stops its run before its stack is unwound, which takes as long as its
// destructors do.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::TaskContext;
using reactor::TaskError;

namespace {

// What its destructor waits for happens while the exception is on its way out of the task.
template <class Condition>
struct WhileUnwound {
  Condition const& condition;
  ~WhileUnwound() { EXPECT_TRUE(eventually(condition)); }
};

// A task that throws stops its run before its stack is unwound; and what others fail with when they
// have seen that, and are through before it, is not the run's error.
TEST(Thrown, TheFirstToThrowWinsHoweverLongItIsUnwound) {
  Reactor reactor(Options{.parallelism = 2});
  for (int round = 0; round < scaled(300, 100); ++round) {
    Rendezvous both(2);
    std::atomic<bool> is_other_through{false};
    auto const is_through = [&] { return is_other_through.load(); };
    try {
      reactor.run(2, [&](std::size_t task, TaskContext& context) {
        both.arrive_and_wait();
        if (task == 1) {
          EXPECT_TRUE(eventually([&] { return context.stop_requested(); }));
          is_other_through = true;
          throw std::runtime_error("stopped");
        }
        WhileUnwound<decltype(is_through)> const waits{is_through};
        throw std::runtime_error("first");
      });
      FAIL() << "no error came out";
    } catch (TaskError const& error) {
      ASSERT_EQ(error.task_index(), 0u) << error.what();
      ASSERT_EQ(error.summary().failed, 2u);
    }
  }
}

// A task that throws and, while it is unwound, waits to be told of a stop, by the token it has
// asked for; another one that has ended by then.
template <class BeforeItThrows>
auto wait_while_unwound(BeforeItThrows const& before) {
  return [&before, ended = std::make_shared<Gate>()](std::size_t task, TaskContext& context) {
    if (task == 1) return ended->open();
    std::stop_token const told = context.stop_token();
    auto const is_told = [&] { return told.stop_requested(); };
    EXPECT_TRUE(ended->wait());
    WhileUnwound<decltype(is_told)> const waits{is_told};
    before();
    throw std::runtime_error("no");
  };
}

// It waits in vain for nothing that stops the run from outside.
TEST(Thrown, ARunIsCancelledThoughATaskIsBeingUnwound) {
  Reactor reactor(Options{.parallelism = 2});
  std::stop_source source;
  Results<void> results;
  std::jthread stopper;
  auto const stop_soon = [&] { stopper = std::jthread([&] { source.request_stop(); }); };
  EXPECT_THROW(
      reactor.run_into(results, 2, wait_while_unwound(stop_soon), {.stop = source.get_token()}),
      reactor::Cancelled);
  EXPECT_EQ(results.summary().failed, 1u);
}

TEST(Thrown, ADeadlineIsKeptThoughATaskIsBeingUnwound) {
  Reactor reactor(Options{.parallelism = 2});
  Results<void> results;
  auto const soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  EXPECT_THROW(reactor.run_into(results, 2, wait_while_unwound([] {}), {.deadline = soon}),
               reactor::DeadlineExceeded);
}

TEST(Thrown, ABatchIsCancelledThoughATaskIsBeingUnwound) {
  Reactor reactor(Options{.parallelism = 2});
  Gate is_about_to_throw;
  auto const say_so = [&] { is_about_to_throw.open(); };
  auto batch = reactor.submit(2, wait_while_unwound(say_so));
  is_about_to_throw.wait();
  batch.cancel();
  batch.wait();
  EXPECT_EQ(batch.progress().failed, 1u);
}

// Nor for a failure: that one is not the run's error, but gives notice.
TEST(Thrown, WhoIsUnwoundIsToldOfAnothersFailure) {
  Reactor reactor(Options{.parallelism = 2});
  Gate is_about_to_throw;
  auto const say_so = [&] { is_about_to_throw.open(); };
  auto const action = wait_while_unwound(say_so);
  try {
    reactor.run(2, [&](std::size_t task, TaskContext& context) {
      action(task, context);
      is_about_to_throw.wait();
      while (!context.stop_requested()) std::this_thread::yield();
      throw std::runtime_error("stopped");
    });
    FAIL() << "no error came out";
  } catch (TaskError const& error) {
    EXPECT_EQ(error.task_index(), 0u) << error.what();
  }
}

}  // namespace
