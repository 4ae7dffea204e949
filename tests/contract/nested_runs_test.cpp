// SPDX-License-Identifier: BSD-3-Clause
// A task may call run() on its own Reactor or on another one.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "machine.hpp"
#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::TaskError;

namespace {

// Mode, and whether the caller takes part.
class NestedRuns : public ::testing::TestWithParam<std::tuple<bool, bool>> {
 protected:
  Options options() const {
    return {.stop_on_error = std::get<0>(GetParam()),
            .parallelism = 4,
            .caller_participates = std::get<1>(GetParam())};
  }

  // The leaves of a binary tree of runs.
  std::size_t leaves(int depth) {
    if (depth == 0) return 1;
    auto const values = reactor_.run(2, [&](std::size_t) { return leaves(depth - 1); }).values();
    return values[0] + values[1];
  }

  // A chain of runs of two tasks, of which the first goes on and the last at the bottom fails.
  void fail_at(int depth) {
    reactor_
        .run(2,
             [&](std::size_t task) {
               if (depth == 0) throw std::out_of_range("bottom");
               if (task == 0) fail_at(depth - 1);
             })[0]
        .value();
  }

  Reactor reactor_{options()};
};

TEST_P(NestedRuns, WorkAtAnyDepth) {
  constexpr int k_deepest = scaled(20, 10);
  for (int depth = 1; depth <= k_deepest; ++depth) {
    EXPECT_EQ(leaves(depth), std::size_t{1} << depth);
  }
}

TEST_P(NestedRuns, FailureComesOutThroughEveryLevel) {
  for (int depth = 1; depth <= 20; ++depth) {
    try {
      fail_at(depth);
      FAIL() << "no error came out";
    } catch (TaskError const& error) {
      int levels = 0;
      std::exception_ptr cause = error.cause();
      for (bool is_nested = true; is_nested; ++levels) {
        try {
          std::rethrow_exception(cause);
        } catch (TaskError const& inner) {
          cause = inner.cause();
        } catch (std::out_of_range const&) {
          is_nested = false;
        }
      }
      EXPECT_EQ(levels, depth + 1);
    }
  }
}

TEST_P(NestedRuns, InnerFailureMayBeHandledByTheOuterTask) {
  auto const results = reactor_.run(100, [&](std::size_t) {
    try {
      reactor_.run(10,
                   [](std::size_t task) {
                     if (task == 5) throw std::runtime_error("no");
                   },
                   {.stop_on_error = true});
    } catch (TaskError const& error) {
      return error.task_index();
    }
    return std::size_t{0};
  });
  for (auto const outcome : results) EXPECT_EQ(*outcome, 5u);
}

TEST_P(NestedRuns, MayTakePlaceWhileALockIsHeld) {
  std::mutex mutex;
  std::size_t sum = 0;
  reactor_.run(200, [&](std::size_t) {
    std::lock_guard const lock(mutex);
    auto const inner = reactor_.run(20, [](std::size_t task) { return task; }).values();
    for (std::size_t const value : inner) sum += value;
  });
  EXPECT_EQ(sum, 200u * 190u);
}

constexpr std::size_t k_none = ~std::size_t{0};
thread_local std::size_t outer_task = k_none;

TEST_P(NestedRuns, WaitingThreadHelpsWithItsOwnInnerRunOnly) {
  std::atomic<int> strangers{0};
  reactor_.run(scaled(2000, 300), [&](std::size_t outer) {
    if (outer_task != k_none) strangers.fetch_add(1);
    outer_task = outer;
    reactor_.run(8, [&](std::size_t) {
      if (outer_task != k_none && outer_task != outer) strangers.fetch_add(1);
    });
    outer_task = k_none;
  });
  EXPECT_EQ(strangers.load(), 0);
}

TEST_P(NestedRuns, TwoReactorsMayCallEachOther) {
  Reactor other(options());
  std::atomic<int> executed{0};
  auto const results = reactor_.run(20, [&](std::size_t) {
    return other
        .run(5,
             [&](std::size_t) {
               return reactor_
                   .run(3,
                        [&](std::size_t) {
                          other.run(2, [&](std::size_t) { executed.fetch_add(1); });
                        })
                   .summary()
                   .done;
             })
        .summary()
        .done;
  });
  EXPECT_EQ(results.summary().done, 20u);
  EXPECT_EQ(executed.load(), 20 * 5 * 3 * 2);
}

INSTANTIATE_TEST_SUITE_P(Mode, NestedRuns,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool()));

}  // namespace
