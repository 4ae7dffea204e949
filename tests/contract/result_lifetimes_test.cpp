// SPDX-License-Identifier: BSD-3-Clause
// Every value is destroyed exactly once, whatever becomes of its run.
#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "live.hpp"
#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::TaskError;

namespace {

constexpr int k_lives = 1000;

class ResultLifetimes : public ::testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(Live::count(), 0u);
    EXPECT_EQ(Live::mistakes(), 0);
  }

  static Live make(std::size_t task) { return Live(static_cast<int>(task)); }
  static Live make_or_fail(std::size_t task) {
    Live made = make(task);
    if (task % 7 == 3) throw std::runtime_error("no");
    return made;
  }

  Reactor stopping_{Options{.stop_on_error = true, .parallelism = 4}};
  Reactor keep_going_{Options{.stop_on_error = false, .parallelism = 4}};
};

TEST_F(ResultLifetimes, AllDone) {
  auto const results = stopping_.run(k_lives, make);
  EXPECT_EQ(Live::count(), std::size_t{k_lives});
}

TEST_F(ResultLifetimes, SomeFailed) {
  auto const results = keep_going_.run(k_lives, make_or_fail);
  EXPECT_EQ(Live::count(), results.summary().done);
}

TEST_F(ResultLifetimes, ExpectedThatFailed) {
  auto const results = keep_going_.run(k_lives, [](std::size_t task) -> reactor::Expected<Live> {
    if (task % 2 == 0) return reactor::unexpected("no");
    return make(task);
  });
  EXPECT_EQ(Live::count(), std::size_t{k_lives / 2});
}

TEST_F(ResultLifetimes, Stopped) {
  Results<Live> results;
  EXPECT_THROW(stopping_.run_into(results, k_lives, make_or_fail), TaskError);
  EXPECT_EQ(Live::count(), results.summary().done);
}

TEST_F(ResultLifetimes, StoppedAndThrownAway) {
  EXPECT_THROW(stopping_.run(k_lives, make_or_fail), TaskError);
}

TEST_F(ResultLifetimes, RunIntoAgainDestroysWhatWasThere) {
  Results<Live> results;
  for (int const size : {10, 1000, 1, 64, 65, 0, 2000, 2000}) {
    keep_going_.run_into(results, size, make);
    EXPECT_EQ(Live::count(), static_cast<std::size_t>(size));
    keep_going_.run_into(results, size, make_or_fail);
    EXPECT_EQ(Live::count(), results.summary().done);
  }
}

TEST_F(ResultLifetimes, MovedResults) {
  auto first = stopping_.run(100, make);
  Results<Live> second(std::move(first));
  EXPECT_EQ(Live::count(), 100u);
  auto third = stopping_.run(200, make);
  third = std::move(second);
  EXPECT_EQ(Live::count(), 100u);
  EXPECT_EQ(third.size(), 100u);
  for (auto const outcome : third) {
    EXPECT_EQ(outcome->number(), static_cast<int>(outcome.index()));
  }
}

TEST_F(ResultLifetimes, SwappedResults) {
  auto few = stopping_.run(10, make);
  auto many = stopping_.run(100, make);
  few.swap(many);
  EXPECT_EQ(few.size(), 100u);
  EXPECT_EQ(many.size(), 10u);
  EXPECT_EQ(Live::count(), 110u);
}

TEST_F(ResultLifetimes, ValuesMovedOut) {
  auto const values = stopping_.run(k_lives, make).values();
  EXPECT_EQ(Live::count(), std::size_t{k_lives});
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i].number(), static_cast<int>(i));
  }
}

TEST_F(ResultLifetimes, ValuesThatThrows) {
  auto results = keep_going_.run(k_lives, make_or_fail);
  EXPECT_THROW(std::move(results).values(), TaskError);
  EXPECT_EQ(results[2]->number(), 2);
}

TEST_F(ResultLifetimes, Optionals) {
  auto results = keep_going_.run(k_lives, make_or_fail);
  auto const copies = results.to_optionals();
  EXPECT_EQ(Live::count(), 2 * results.summary().done);
  auto const moved = std::move(results).to_optionals();
  for (std::size_t i = 0; i < moved.size(); ++i) {
    EXPECT_EQ(copies[i].has_value(), i % 7 != 3);
    ASSERT_EQ(moved[i].has_value(), i % 7 != 3);
    if (moved[i]) {
      EXPECT_EQ(moved[i]->number(), static_cast<int>(i));
    }
  }
}

TEST_F(ResultLifetimes, ResultsOutliveTheirReactor) {
  std::optional<Results<Live>> results;
  {
    Reactor reactor(Options{.stop_on_error = false, .parallelism = 2});
    results.emplace(reactor.run(100, make_or_fail));
  }
  EXPECT_EQ(results->size(), 100u);
  EXPECT_EQ((*results)[4]->number(), 4);
  EXPECT_EQ((*results)[3].error().task_index(), 3u);
  EXPECT_EQ(results->failures().size(), results->summary().failed);
}

TEST_F(ResultLifetimes, TasksGivenAwayAreDestroyedWithTheRun) {
  std::vector<Live> tasks;
  for (int i = 0; i < k_lives; ++i) tasks.emplace_back(i);
  auto const results = keep_going_.run(std::move(tasks), [](Live task) {
    if (task.number() % 2 == 0) throw std::runtime_error("no");
    return task;
  });
  for (auto const outcome : results) {
    if (outcome) {
      EXPECT_EQ(outcome->number(), static_cast<int>(outcome.index()));
    }
  }
  tasks.clear();
  EXPECT_EQ(Live::count(), std::size_t{k_lives / 2});
}

}  // namespace
