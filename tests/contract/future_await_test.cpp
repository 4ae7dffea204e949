// SPDX-License-Identifier: BSD-3-Clause
// Coroutines that wait for calls, and calls whose thread or process is another one soon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <coroutine>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "detached.hpp"
#include "leave.hpp"
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

TEST(FutureExit, ACallThatEndsItsThreadFails) {
  Reactor reactor(Options{.parallelism = 1});
  auto future = reactor.submit([] { pthread_exit(nullptr); });
  auto next = reactor.submit([] { return 1; });
  try {
    future.get();
    FAIL() << "it threw nothing";
  } catch (TaskError const& error) {
    EXPECT_THAT(error.what(), HasSubstr("the call ended its thread"));
  }
  EXPECT_EQ(reactor.stats().errors, 1u);
  EXPECT_EQ(next.get(), 1);
}

TEST(FutureFork, AChildGetsAnError) {
  Gate gate;
  Reactor reactor(Options{.parallelism = 1});
  auto held = reactor.submit([&] { gate.wait(); });
  pid_t const child = fork();
  if (child == 0) {
    int refused = 0;
    try {
      held.wait();
    } catch (Error const&) {
      ++refused;
    }
    try {
      static_cast<void>(reactor.submit([] {}));
    } catch (Error const&) {
      ++refused;
    }
    held = {};
    leave(refused == 2 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  gate.open();
  held.get();
}

Detached add_up(Reactor& reactor, std::atomic<int>& sum) {
  int total = 0;
  for (int i = 0; i < 10; ++i) total += co_await reactor.submit([i] { return i; });
  try {
    co_await reactor.submit([]() -> int { throw std::range_error("no number"); });
  } catch (TaskError const&) {
    total += 100;
  }
  sum = total;
}

TEST(FutureCoAwait, GoesOnWithTheValueOrTheError) {
  Reactor reactor(Options{.parallelism = 2});
  for (int i = 0; i < scaled(200, 20); ++i) {
    std::atomic<int> sum{0};
    add_up(reactor, sum);
    ASSERT_TRUE(eventually([&] { return sum == 145; }));
  }
}

Detached await_on(Future<int> future, std::vector<std::coroutine_handle<>>& queue,
                  std::atomic<bool>& is_queued, std::thread::id& where) {
  co_await future.resume_on([&](std::coroutine_handle<> coroutine) {
    queue.push_back(coroutine);
    is_queued = true;
  });
  where = std::this_thread::get_id();
}

TEST(FutureCoAwait, GoesOnWhereItIsTold) {
  Reactor reactor(Options{.parallelism = 1});
  for (bool const is_done : {false, true}) {
    Gate gate;
    auto future = reactor.submit([&] {
      gate.wait();
      return 1;
    });
    if (is_done) {
      gate.open();
      future.wait();
    }
    std::vector<std::coroutine_handle<>> queue;
    std::atomic<bool> is_queued{false};
    std::thread::id where;
    await_on(std::move(future), queue, is_queued, where);
    if (!is_done) gate.open();
    ASSERT_TRUE(eventually([&] { return is_queued.load(); }));
    queue[0].resume();
    EXPECT_EQ(where, std::this_thread::get_id());
  }
}

}  // namespace
