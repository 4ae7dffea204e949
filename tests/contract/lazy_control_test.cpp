// SPDX-License-Identifier: BSD-3-Clause
// Streams that are stopped from outside, or given up half way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>

#include "in_flight.hpp"
#include "lazy.hpp"
#include "live.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"
#include "told.hpp"

using namespace std::chrono_literals;
using reactor::Cancelled;
using reactor::DeadlineExceeded;
using reactor::lazy;
using reactor::Options;
using reactor::OptionsError;
using reactor::Reactor;
using reactor::RunOptions;
using reactor::Status;
using reactor::Stream;
using reactor::Summary;
using reactor::TaskContext;
using reactor::TaskError;
using reactor::TaskTimeout;
using ::testing::HasSubstr;
using ::testing::Not;
using Clock = std::chrono::steady_clock;

namespace {

using LazyControl = LazyModes;
INSTANTIATE_TEST_SUITE_P(StopsAndOrder, LazyControl,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool()));

TEST_P(LazyControl, CancelledByAToken) {
  std::stop_source user;
  auto with_token = options();
  with_token.stop = user.get_token();
  auto stream = reactor_.submit(
      lazy(endless()),
      [&](std::size_t task) {
        if (task == 300) user.request_stop();
      },
      with_token);
  try {
    drain(stream);
    FAIL() << "nothing was thrown";
  } catch (Cancelled const& cancelled) {
    EXPECT_EQ(cancelled.summary().total, stream.summary().total);
    EXPECT_THAT(cancelled.what(), HasSubstr("cancelled: of "));
  }
  EXPECT_GT(stream.summary().done, 0u);
  expect_exact(stream.summary());
  EXPECT_EQ(drain(stream), 0u);
}

TEST_P(LazyControl, CancelledBeforeItBegins) {
  std::stop_source user;
  user.request_stop();
  auto with_token = options();
  with_token.stop = user.get_token();
  auto stream = reactor_.submit(
      lazy(endless()), [](std::size_t) {}, with_token);
  EXPECT_THROW(drain(stream), Cancelled);
  EXPECT_EQ(stream.summary().total, 0u);
}

TEST_P(LazyControl, CancelledByHand) {
  auto stream = reactor_.submit(
      lazy(endless()), [](std::size_t) {}, options());
  auto at = stream.begin();
  stream.cancel();
  EXPECT_THROW(++at, Cancelled);
  EXPECT_TRUE(at == stream.end());
  expect_exact(stream.summary());
}

TEST_P(LazyControl, Deadline) {
  for (auto const time : {0ms, 20ms}) {
    auto with_deadline = options();
    with_deadline.deadline = Clock::now() + time;
    auto stream = reactor_.submit(
        lazy(endless()),
        [](std::size_t task, TaskContext& context) {
          if (task > 100) wait_for_stop(context);
        },
        with_deadline);
    EXPECT_THROW(drain(stream), DeadlineExceeded);
    EXPECT_GT(stream.summary().skipped, 0u);
    expect_exact(stream.summary());
  }
}

TEST_P(LazyControl, ALimitForEachTask) {
  auto with_limit = options();
  with_limit.result_timeout = 20ms;
  auto stream = reactor_.submit(
      lazy(Numbers(300)),
      [](std::size_t task, TaskContext& context) {
        if (task == 150) wait_for_stop(context);
      },
      with_limit);
  if (stops()) {
    try {
      drain(stream);
      FAIL() << "nothing was thrown";
    } catch (TaskTimeout const& timeout) {
      EXPECT_EQ(timeout.task_index(), 150u);
      EXPECT_THAT(timeout.what(), HasSubstr("task 150 timed out on worker"));
    }
  } else {
    EXPECT_EQ(drain(stream), 300u);
    EXPECT_EQ(stream.summary().done, 299u);
  }
  EXPECT_EQ(stream.summary().timed_out, 1u);
  expect_exact(stream.summary());
}

TEST_P(LazyControl, DestroyedHalfWay) {
  ASSERT_EQ(Live::count(), 0u);
  InFlight in_flight;
  for (std::size_t const stop_at : {0u, 1u, 50u, 700u}) {
    auto stream = reactor_.submit(
        lazy(endless()),
        [&](std::size_t task, TaskContext& context) {
          InFlight::Stay const stay(in_flight);
          if (task > stop_at) wait_for_stop(context);
          return Live(1);
        },
        options());
    auto at = stream.begin();
    for (std::size_t i = 0; i < stop_at; ++i) ++at;
    EXPECT_EQ((*at)->number(), 1);
  }
  EXPECT_EQ(in_flight.now(), 0u);
  EXPECT_EQ(Live::count(), 0u);
  EXPECT_EQ(Live::mistakes(), 0);
}

TEST(LazyOptions, AStragglerIsToldByItsIndexInTheStream) {
  Gate told;
  std::atomic<std::size_t> index{0};
  Options options{.stop_on_error = false, .parallelism = 2};
  options.on_straggler = [&](reactor::Straggler const& straggler) {
    index = straggler.task_index;
    told.open();
  };
  Reactor reactor(options);
  auto stream = reactor.submit(
      lazy(Numbers(300)),
      [&](std::size_t task) {
        if (task == 150) told.wait();
      },
      RunOptions{.result_timeout = 5ms});
  EXPECT_EQ(drain(stream), 300u);
  EXPECT_EQ(stream.summary().timed_out, 1u);
  EXPECT_TRUE(told.wait());
  EXPECT_EQ(index, 150u);
}

TEST(LazyOptions, ABadLimitIsRefusedAtOnce) {
  Reactor reactor(Options{.parallelism = 1});
  EXPECT_THROW(reactor.submit(
                   lazy(Numbers(1)), [](std::size_t) {}, RunOptions{.result_timeout = 0ns}),
               OptionsError);
}

using LazyDeathTest = ::testing::Test;

TEST(LazyDeathTest, AStreamThatIsDestroyedInItsOwnTask) {
  EXPECT_DEATH(
      {
        Reactor reactor(Options{.parallelism = 1});
        Gate gate;
        auto stream = std::make_unique<Stream<void>>();
        std::atomic<std::size_t> pulled{0};
        auto generate = [&] { return pulled == 2 ? std::nullopt : std::optional(pulled++); };
        auto end_it = [&](std::size_t task) {
          if (task == 0) {
            eventually([&] { return pulled == 2; });
          } else {
            gate.wait();
            stream.reset();
          }
        };
        *stream = reactor.submit(lazy(generate), std::move(end_it));
        static_cast<void>(stream->begin());
        gate.open();
        Gate().wait();  // for the end of the process
      },
      "~Stream called in one of its own tasks");
}

}  // namespace
