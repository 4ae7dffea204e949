// SPDX-License-Identifier: BSD-3-Clause
// A run that was short the last time is begun by its caller alone. Whatever it turns out to be, the
// promises are the same.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <stop_token>

#include "busy.hpp"

namespace reactor {
namespace {

constexpr std::size_t k_tasks = 16;

class HeadStart : public testing::Test {
 protected:
  // The same action in all runs: short, but where something is given to do in its tasks.
  struct Action {
    std::size_t operator()(std::size_t i, TaskContext& context) const {
      if (in_task) in_task(i, context);
      return i;
    }
    std::function<void(std::size_t, TaskContext&)> in_task;
  };

  void run_short_ones(bool stop_on_error) {
    for (int run = 0; run < 10; ++run) {
      reactor_.run_into(results_, k_tasks, Action{}, {.stop_on_error = stop_on_error});
    }
  }

  Reactor reactor_{{.parallelism = 2}};
  Results<std::size_t> results_;
};

TEST_F(HeadStart, what_becomes_long_is_whole) {
  run_short_ones(false);
  Stats const before = reactor_.stats();
  std::atomic<int> begun{0};
  Action const action{[&](std::size_t i, TaskContext&) {
    ++begun;
    be_busy_for(std::chrono::microseconds(100));
    if (i % 4 == 0) throw std::runtime_error("refused");
  }};
  reactor_.run_into(results_, k_tasks, action, {.stop_on_error = false});
  EXPECT_EQ(begun, 16);
  EXPECT_EQ(results_.summary().done, 12u);
  EXPECT_EQ(results_.summary().failed, 4u);
  for (std::size_t i = 0; i < k_tasks; ++i) {
    EXPECT_EQ(results_[i].status(), i % 4 == 0 ? Status::failed : Status::done);
  }
  Stats const after = reactor_.stats();
  EXPECT_EQ(after.runs - before.runs, 1u);
  EXPECT_EQ(after.tasks - before.tasks, 16u);
  EXPECT_EQ(after.errors - before.errors, 4u);
}

// The last tasks of a run say nothing of the first.
TEST_F(HeadStart, is_not_taken_where_only_the_last_tasks_were_short) {
  std::atomic<int> begun{0};
  Action const action{[&](std::size_t i, TaskContext&) {
    if (i > 1) return;
    ++begun;
    while (begun < 2) continue;
    be_busy_for(std::chrono::milliseconds(1));
  }};
  for (int run = 0; run < 10; ++run) {
    begun = 0;
    reactor_.run_into(results_, 4, action);
    EXPECT_EQ(results_.summary().done, 4u);
  }
}

TEST_F(HeadStart, the_first_task_may_fail) {
  run_short_ones(true);
  Action const action{[&](std::size_t i, TaskContext&) {
    if (i == 0) throw std::runtime_error("refused");
  }};
  EXPECT_THROW(reactor_.run_into(results_, k_tasks, action), TaskError);
  EXPECT_EQ(results_.summary().failed, 1u);
  EXPECT_EQ(results_.summary().done + results_.summary().skipped, k_tasks - 1);
}

TEST_F(HeadStart, a_token_that_was_taken_then_is_told_of_a_later_failure) {
  run_short_ones(true);
  std::optional<std::stop_token> token;
  Action const action{[&](std::size_t i, TaskContext& context) {
    if (i == 0) token = context.stop_token();
    be_busy_for(std::chrono::microseconds(100));
    if (i == k_tasks - 1) throw std::runtime_error("refused");
  }};
  EXPECT_THROW(reactor_.run_into(results_, k_tasks, action), TaskError);
  EXPECT_TRUE(token->stop_requested());
}

// "As long as there are no more tasks than parallelism() and the workers are free ..., they may
// wait for each other."
TEST_F(HeadStart, tasks_that_were_short_may_wait_for_each_other) {
  for (int run = 0; run < 10; ++run) reactor_.run_into(results_, 2, Action{});
  std::atomic<int> begun{0};
  Action const action{[&](std::size_t, TaskContext&) {
    ++begun;
    while (begun < 2) continue;
  }};
  reactor_.run_into(results_, 2, action);
  EXPECT_EQ(begun, 2);
}

}  // namespace
}  // namespace reactor
