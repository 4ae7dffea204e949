// SPDX-License-Identifier: BSD-3-Clause
// What ends a stream: its source, its tasks, and whoever stops it from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
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
using reactor::Summary;
using reactor::TaskContext;
using reactor::TaskError;
using reactor::TaskTimeout;
using ::testing::HasSubstr;
using ::testing::Not;
using Clock = std::chrono::steady_clock;

namespace {

// Numbers from 0, and an exception in the place of one of them.
auto numbers_until_it_throws(std::size_t at) {
  return [at, next = std::size_t{0}]() mutable -> std::optional<std::size_t> {
    if (next == at) throw std::out_of_range("no more of it");
    return next++;
  };
}

using LazyErrors = LazyModes;
INSTANTIATE_TEST_SUITE_P(StopsAndOrder, LazyErrors,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool()));

TEST_P(LazyErrors, ASourceThatThrowsAtOnce) {
  auto stream = reactor_.submit(
      lazy(numbers_until_it_throws(0)), [](std::size_t) {}, options());
  EXPECT_THROW(static_cast<void>(stream.begin()), std::out_of_range);
  EXPECT_EQ(drain(stream), 0u);
  EXPECT_EQ(stream.summary().total, 0u);
}

TEST_P(LazyErrors, ASourceThatThrowsInTheMiddle) {
  for (std::size_t const length : {1u, 2u, 3u, 10u, 1000u, 3000u}) {
    auto stream = reactor_.submit(
        lazy(numbers_until_it_throws(length)), [](std::size_t task) { return task; }, options());
    std::size_t count = 0;
    try {
      for (auto const outcome : stream) {
        EXPECT_EQ(*outcome, outcome.index());
        ++count;
      }
      FAIL() << "nothing was thrown";
    } catch (std::out_of_range const& error) {
      EXPECT_STREQ(error.what(), "no more of it");
    }
    Summary const summary = stream.summary();
    EXPECT_EQ(summary.total, length);
    expect_exact(summary);
    if (!stops()) {
      EXPECT_EQ(count, length);
      EXPECT_EQ(summary.done, length);
    }
    EXPECT_TRUE(stream.begin() == stream.end());
  }
}

TEST_P(LazyErrors, ASourceThatThrowsWhileTasksAreInFlight) {
  InFlight in_flight;
  Gate begun;
  auto generate = [&, next = std::size_t{0}]() mutable -> std::optional<std::size_t> {
    if (next == 2) {
      EXPECT_TRUE(begun.wait());
      throw std::out_of_range("no more of it");
    }
    return next++;
  };
  auto stream = reactor_.submit(
      lazy(generate),
      [&](std::size_t task, TaskContext& context) {
        InFlight::Stay const stay(in_flight);
        if (task != 0) return;
        begun.open();
        if (stops()) wait_for_stop(context);
      },
      options());
  EXPECT_THROW(drain(stream), std::out_of_range);
  EXPECT_EQ(in_flight.now(), 0u);
  EXPECT_EQ(stream.summary().total, 2u);
  expect_exact(stream.summary());
}

TEST_P(LazyErrors, AFailureEndsTheStreamOrIsAnOutcome) {
  std::size_t const which = 1'234;
  auto stream = reactor_.submit(
      lazy(Numbers(5'000)),
      [&](std::size_t task) {
        if (task == which) throw std::runtime_error("no luck");
        return task;
      },
      options());
  auto const expect_error = [&](TaskError const& error) {
    EXPECT_EQ(error.task_index(), which);
    EXPECT_THAT(error.what(), HasSubstr("task 1234 failed on worker"));
    EXPECT_THAT(error.what(), HasSubstr("no luck"));
  };
  std::size_t failures = 0;
  try {
    for (auto const outcome : stream) {
      if (outcome) continue;
      EXPECT_EQ(outcome.status(), Status::failed);
      EXPECT_EQ(outcome.index(), which);
      expect_error(outcome.error());
      EXPECT_THROW(outcome.value(), TaskError);
      ++failures;
    }
    EXPECT_FALSE(stops());
    EXPECT_EQ(stream.summary().done, 4'999u);
  } catch (TaskError const& error) {
    EXPECT_TRUE(stops());
    expect_error(error);
    EXPECT_EQ(error.summary().failed, 1u);
    EXPECT_EQ(error.summary().total, stream.summary().total);
    expect_exact(error.summary());
  }
  EXPECT_EQ(failures, stops() ? 0u : 1u);
  EXPECT_EQ(stream.summary().failed, 1u);
  expect_exact(stream.summary());
  EXPECT_EQ(drain(stream), 0u);
}

// Three tasks in the middle of a stream: two that were pulled together, and a later one that was
// not, unless there is another one in its place.
class Three {
 public:
  enum class Role { none, gives_up, fails, waits };

  explicit Three(bool has_third = false) : has_third_(has_third) {}

  // Blocks until there are three of them, or it is clear that there won't be with this one.
  Role join(std::size_t task, std::stop_token const& part) {
    std::unique_lock lock(mutex_);
    if (is_complete() || task < 100) return Role::none;
    Role role = Role::none;
    if (!first_) {
      first_ = task;
      part_ = part;
      role = Role::gives_up;
    } else if (part == part_ && !has_second_) {
      has_second_ = true;
      role = Role::fails;
    } else if (part != part_ && task > *first_ && has_second_) {
      has_third_ = true;
      role = Role::waits;
    } else if (part != part_ && task > *first_) {
      first_.reset();  // it was the last of its part
    }
    changed_.notify_all();
    auto const is_decided = [&] { return is_complete() || first_ != task; };
    if (role == Role::gives_up) {
      if (!changed_.wait_for(lock, k_hang_bound, is_decided) || !is_complete()) role = Role::none;
    } else if (role == Role::fails) {
      EXPECT_TRUE(changed_.wait_for(lock, k_hang_bound, [&] { return is_complete(); }));
    }
    return role;
  }

 private:
  bool is_complete() const { return has_second_ && has_third_; }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::size_t> first_;
  std::stop_token part_;
  bool has_second_ = false;
  bool has_third_;
};

// And one other has failed.
void expect_what_came_before(auto& stream) {
  try {
    drain(stream);
    FAIL() << "nothing was thrown";
  } catch (TaskError const& error) {
    EXPECT_THAT(error.what(), HasSubstr("came before"));
    EXPECT_EQ(error.summary().failed, 2u);
  }
}

// Tasks that see the stop and give up fail as well, and may be met before anybody has been told.
TEST_P(LazyErrors, TheFirstFailureIsThrownAndNotWhatFollowsFromIt) {
  if (!stops()) return;
  Reactor reactor(Options{.parallelism = 3});
  Three three;
  Gate all_are_stopped;
  auto const wait = [&] { EXPECT_TRUE(all_are_stopped.wait()); };
  std::optional<std::stop_callback<decltype(wait)>> before_it_is_told;
  auto stream = reactor.submit(
      lazy(endless()),
      [&](std::size_t task, TaskContext& context) {
        std::stop_token const part = context.stop_token();
        Three::Role const role = three.join(task, part);
        if (role == Three::Role::none) return;
        if (role == Three::Role::fails) {
          before_it_is_told.emplace(part, wait);
          throw std::runtime_error("came before");
        }
        wait_for_stop(context);
        if (role == Three::Role::gives_up) throw std::runtime_error("given up");
        all_are_stopped.open();
      },
      options());
  expect_what_came_before(stream);
}

// Nor is one that gives up while the first is being unwound, which here goes on until the stream
// has stopped for what was met. Parts are stopped in any order, as a rule the last one first.
TEST_P(LazyErrors, TheFirstFailureIsThrownThoughItIsStillBeingUnwound) {
  if (!stops() || !options().completion_order) return;
  Reactor reactor(Options{.parallelism = 3});
  Three three(true);
  Gate all_are_stopped;
  struct WhileUnwound {
    Gate& gate;
    ~WhileUnwound() { EXPECT_TRUE(gate.wait()); }
  };
  auto stream = reactor.submit(
      lazy(endless()),
      [&](std::size_t task, TaskContext& context) {
        if (task == 0) {
          wait_for_stop(context);
          return all_are_stopped.open();
        }
        Three::Role const role = three.join(task, context.stop_token());
        if (role == Three::Role::fails) {
          WhileUnwound const waits{all_are_stopped};
          throw std::runtime_error("came before");
        }
        if (role == Three::Role::none) return;
        wait_for_stop(context);
        throw std::runtime_error("given up");
      },
      options());
  expect_what_came_before(stream);
}

// A failure that came before the deadline comes before it, though a part is stopped so late that
// its deadline has come by then: who stops them is kept by a callback. As a rule the last one is
// first.
TEST_P(LazyErrors, AFailureInTimeComesBeforeTheDeadline) {
  if (!stops() || !options().completion_order) return;
  Reactor reactor(Options{.parallelism = 3});
  Gate first_is_stopped;
  Gate last_has_joined;
  std::mutex mutex;
  std::optional<std::stop_token> failing;
  bool has_last = false;
  auto const wait = [&] { EXPECT_TRUE(first_is_stopped.wait()); };
  std::optional<std::stop_callback<decltype(wait)>> kept_by;
  RunOptions options = this->options();
  options.deadline = Clock::now() + 1s;
  auto stream = reactor.submit(
      lazy(endless()),
      [&](std::size_t task, TaskContext& context) {
        std::stop_token const part = context.stop_token();
        if (task == 0) {
          wait_for_stop(context);
          return first_is_stopped.open();
        }
        std::unique_lock lock(mutex);
        if (!failing) {
          failing = part;
          lock.unlock();
          EXPECT_TRUE(last_has_joined.wait());
          throw std::runtime_error("came before");
        }
        if (has_last || part == *failing) return;
        has_last = true;
        lock.unlock();
        kept_by.emplace(part, wait);
        last_has_joined.open();
        wait_for_stop(context);
      },
      options);
  try {
    drain(stream);
    FAIL() << "nothing was thrown";
  } catch (TaskError const& error) {
    EXPECT_THAT(error.what(), HasSubstr("came before"));
  }
}

TEST_P(LazyErrors, AllFail) {
  auto stream = reactor_.submit(
      lazy(Numbers(700)), [](std::size_t task) -> int { throw task; }, options());
  if (stops()) {
    EXPECT_THROW(drain(stream), TaskError);
  } else {
    EXPECT_EQ(drain(stream), 700u);
    EXPECT_EQ(stream.summary().failed, 700u);
  }
  expect_exact(stream.summary());
}

}  // namespace
