// SPDX-License-Identifier: BSD-3-Clause
// What stops a run stops the runs that its tasks are in the middle of.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <stop_token>

#include "reactor/reactor.hpp"
#include "rendezvous.hpp"
#include "told.hpp"

using namespace std::chrono_literals;
using reactor::Cancelled;
using reactor::DeadlineExceeded;
using reactor::Options;
using reactor::Reactor;
using reactor::RunOptions;
using reactor::TaskContext;
using reactor::TaskError;
using Clock = std::chrono::steady_clock;

namespace {

class NestedControl : public ::testing::TestWithParam<std::size_t> {
 protected:
  Reactor reactor_{Options{.stop_on_error = false, .parallelism = GetParam()}};
  Reactor other_{Options{.stop_on_error = false, .parallelism = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Parallelism, NestedControl, ::testing::Values(1u, 2u, 3u));

// Three deep, through a run that nobody set anything for, and through another Reactor.
TEST_P(NestedControl, CancelReachesEveryDepth) {
  std::stop_source source;
  std::atomic<int> told{0};
  auto const innermost = [&](std::size_t, TaskContext& context) {
    source.request_stop();
    wait_for_stop(context);
    told.fetch_add(1);
  };
  auto const middle = [&](std::size_t) { EXPECT_THROW(other_.run(8, innermost), Cancelled); };
  EXPECT_THROW(reactor_.run(
                   4, [&](std::size_t) { EXPECT_THROW(reactor_.run(4, middle), Cancelled); },
                   RunOptions{.stop = source.get_token()}),
               Cancelled);
  EXPECT_GE(told.load(), 1);
}

TEST_P(NestedControl, DeadlineReachesEveryDepth) {
  Clock::time_point const deadline = Clock::now() + 3ms;
  EXPECT_THROW(reactor_.run(
                   2,
                   [&](std::size_t) {
                     EXPECT_THROW(reactor_.run(
                                      2,
                                      [&](std::size_t, TaskContext& context) {
                                        EXPECT_EQ(context.deadline(), deadline);
                                        wait_for_stop(context);
                                      },
                                      RunOptions{.deadline = deadline + 1h}),
                                  DeadlineExceeded);
                   },
                   RunOptions{.deadline = deadline}),
               DeadlineExceeded);
}

// An inner deadline is the inner run's alone.
TEST_P(NestedControl, DoesNotReachOutwards) {
  auto const results = reactor_.run(
      3,
      [&](std::size_t, TaskContext& outer) {
        try {
          reactor_.run(
              2, [](std::size_t, TaskContext& context) { wait_for_stop(context); },
              RunOptions{.deadline = Clock::now() + 1ms});
        } catch (DeadlineExceeded const&) {
          return !outer.stop_requested();
        }
        return false;
      },
      RunOptions{.deadline = Clock::now() + 1h});
  for (auto const outcome : results) EXPECT_TRUE(*outcome);
}

// Where nobody could stop the outer run from outside, the inner one knows nothing of it, and comes
// to its end.
TEST_P(NestedControl, FailureReachesInwardsAlongThisWayOnly) {
  if (GetParam() < 2) return;
  for (bool const is_controlled : {false, true}) {
    Gate begun;
    std::atomic<int> done{0};
    std::atomic<int> cancelled{0};
    RunOptions options{.stop_on_error = true};
    if (is_controlled) options.deadline = Clock::now() + 1h;
    EXPECT_THROW(reactor_.run(
                     2,
                     [&](std::size_t task, TaskContext& outer) {
                       if (task == 0) {
                         begun.wait();
                         throw std::runtime_error("no");
                       }
                       try {
                         reactor_.run(4, [&](std::size_t, TaskContext& inner) {
                           begun.open();
                           wait_for_stop(is_controlled ? inner : outer);
                         });
                         done.fetch_add(1);
                       } catch (Cancelled const&) {
                         cancelled.fetch_add(1);
                       }
                     },
                     options),
                 TaskError);
    EXPECT_EQ(done.load(), is_controlled ? 0 : 1);
    EXPECT_EQ(cancelled.load(), is_controlled ? 1 : 0);
  }
}

// A failure comes first, then the time of a task that is in a run of its own: it is told all the
// same.
TEST_P(NestedControl, OfATaskThatIsGivenUpOnAfterAFailure) {
  if (GetParam() < 2) return;
  auto told = std::make_shared<std::atomic<bool>>(false);
  Reactor reactor(Options{.parallelism = GetParam()});
  auto begun = std::make_shared<Gate>();
  EXPECT_THROW(reactor.run(
                   2,
                   [&reactor, begun, told](std::size_t task) {
                     if (task == 0) {
                       begun->wait();
                       throw std::runtime_error("no");
                     }
                     reactor.run(
                         1,
                         [&](std::size_t, TaskContext& inner) {
                           begun->open();
                           wait_for_stop(inner);
                           told->store(true);
                         },
                         RunOptions{.result_timeout = reactor::no_timeout});
                   },
                   RunOptions{.result_timeout = 200ms}),
               TaskError);
  EXPECT_TRUE(eventually([&] { return told->load(); }));
}

// One that begins when its surroundings have been stopped does not begin.
TEST_P(NestedControl, ARunInAStoppedOne) {
  std::stop_source source;
  EXPECT_THROW(reactor_.run(
                   1,
                   [&](std::size_t) {
                     source.request_stop();
                     EXPECT_THROW(
                         reactor_.run(4, [](std::size_t) { ADD_FAILURE() << "a task began"; }),
                         Cancelled);
                   },
                   RunOptions{.stop = source.get_token()}),
               Cancelled);
}

// The end of the outer run's block leaves nothing behind on the thread.
TEST_P(NestedControl, IsForgottenAfterwards) {
  std::stop_source source;
  reactor_.run(
      100, [](std::size_t) {}, RunOptions{.stop = source.get_token()});
  source.request_stop();
  auto const results = reactor_.run(100, [&](std::size_t, TaskContext& context) {
    reactor_.run(2, [](std::size_t) {});
    return context.stop_requested();
  });
  for (auto const outcome : results) EXPECT_FALSE(*outcome);
}

}  // namespace
