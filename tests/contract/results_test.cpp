// SPDX-License-Identifier: BSD-3-Clause
// How outcomes are looked at.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Outcome;
using reactor::Reactor;
using reactor::Results;
using reactor::Status;
using reactor::TaskError;

namespace {

static_assert(std::ranges::random_access_range<Results<int>>);
static_assert(std::ranges::sized_range<Results<int>>);
static_assert(std::ranges::random_access_range<Results<void>>);
static_assert(!std::is_copy_constructible_v<Results<int>>);
static_assert(std::is_nothrow_move_constructible_v<Results<int>>);
static_assert(std::is_nothrow_move_assignable_v<Results<int>>);

// Every third fails.
int ten_times(std::size_t task) {
  if (task % 3 == 2) throw std::runtime_error("no");
  return 10 * static_cast<int>(task);
}

class ResultsOfARun : public ::testing::Test {
 protected:
  Reactor reactor_{Options{.stop_on_error = false, .parallelism = 4}};
  Results<int> results_ = reactor_.run(9, ten_times);
};

TEST_F(ResultsOfARun, ValuesThrowTheErrorOfTheFirstTaskThatFailed) {
  try {
    std::move(results_).values();
    FAIL();
  } catch (TaskError const& error) {
    EXPECT_EQ(error.task_index(), 2u);
  }
}

TEST_F(ResultsOfARun, OptionalsHoldWhatIsThere) {
  std::vector<std::optional<int>> const expected{0,  10, std::nullopt, 30, 40, std::nullopt,
                                                 60, 70, std::nullopt};
  EXPECT_EQ(results_.to_optionals(), expected);
  EXPECT_EQ(std::as_const(results_).to_optionals(), expected);
  EXPECT_EQ(std::move(results_).to_optionals(), expected);
}

TEST_F(ResultsOfARun, FailuresComeInTaskOrder) {
  std::vector<std::size_t> indices;
  for (Outcome<int> const outcome : results_.failures()) indices.push_back(outcome.index());
  EXPECT_EQ(indices, (std::vector<std::size_t>{2, 5, 8}));
}

TEST_F(ResultsOfARun, AtRefusesWhatIsOutOfRange) {
  EXPECT_EQ(*results_.at(7), 70);
  EXPECT_THROW(results_.at(9), reactor::Error);
  EXPECT_THROW(Results<int>().at(0), reactor::Error);
  try {
    results_.at(12);
  } catch (reactor::Error const& error) {
    EXPECT_NE(std::string(error.what()).find("12"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("9"), std::string::npos);
  }
}

TEST_F(ResultsOfARun, OutcomeTellsItsStatus) {
  EXPECT_EQ(results_[0].status(), Status::done);
  EXPECT_TRUE(results_[0].has_value());
  EXPECT_TRUE(results_[0]);
  EXPECT_EQ(results_[2].status(), Status::failed);
  EXPECT_FALSE(results_[2].has_value());
  EXPECT_FALSE(results_[2]);
  EXPECT_EQ(results_[2].index(), 2u);
}

TEST_F(ResultsOfARun, ValueOrFallsBack) {
  EXPECT_EQ(results_[1].value_or(-1), 10);
  EXPECT_EQ(results_[2].value_or(-1), -1);
}

TEST_F(ResultsOfARun, ValueThrowsTheTasksError) {
  EXPECT_EQ(results_[1].value(), 10);
  EXPECT_THROW(results_[5].value(), TaskError);
  auto const nothing = reactor_.run(1, [](std::size_t) { throw std::runtime_error("no"); });
  EXPECT_THROW(nothing[0].value(), TaskError);
}

TEST_F(ResultsOfARun, ValueOfASkippedTaskThrowsAnErrorThatIsNoTaskError) {
  Reactor alone(Options{.parallelism = 1});
  EXPECT_THROW(alone.run_into(results_, 9, ten_times), TaskError);
  ASSERT_EQ(results_[8].status(), Status::skipped);
  try {
    results_[8].value();
    FAIL();
  } catch (TaskError const&) {
    FAIL() << "a skipped task has not failed";
  } catch (reactor::Error const& error) {
    EXPECT_NE(std::string(error.what()).find("task 8"), std::string::npos) << error.what();
  }
}

TEST_F(ResultsOfARun, ValuesMayBeChangedInPlace) {
  *results_[0] = 1;
  results_[1].value() = 2;
  EXPECT_EQ(*results_[0] + *results_[1], 3);
}

TEST_F(ResultsOfARun, IterationVisitsAllInOrder) {
  std::size_t index = 0;
  for (auto const outcome : results_) EXPECT_EQ(outcome.index(), index++);
  EXPECT_EQ(index, results_.size());
}

TEST_F(ResultsOfARun, IteratorsAreRandomAccess) {
  auto const first = results_.begin();
  EXPECT_EQ(results_.end() - first, 9);
  EXPECT_EQ((*(first + 4)).index(), 4u);
  EXPECT_EQ((*(4 + first)).index(), 4u);
  EXPECT_EQ(first[7].index(), 7u);
  EXPECT_EQ((*(results_.end() - 1)).index(), 8u);
  EXPECT_LT(first, results_.end());
  auto it = first;
  EXPECT_EQ((*it++).index(), 0u);
  EXPECT_EQ((*++it).index(), 2u);
  EXPECT_EQ((*--it).index(), 1u);
  it += 5;
  EXPECT_EQ((*it--).index(), 6u);
}

TEST_F(ResultsOfARun, RangeAlgorithmsWork) {
  auto const is_done = [](Outcome<int> outcome) { return outcome.has_value(); };
  EXPECT_EQ(std::ranges::count_if(results_, is_done), 6);
  auto const sixty = std::ranges::find_if(
      results_, [](Outcome<int> outcome) { return outcome && *outcome == 60; });
  EXPECT_EQ(sixty - results_.begin(), 6);
  auto const fourth =
      std::ranges::lower_bound(results_, std::size_t{4}, std::ranges::less(), &Outcome<int>::index);
  EXPECT_EQ((*fourth).index(), 4u);
}

TEST_F(ResultsOfARun, DefaultConstructedIsEmpty) {
  Results<int> const none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.begin(), none.end());
  EXPECT_EQ(none.summary().total, 0u);
  EXPECT_TRUE(none.completion_order().empty());
  EXPECT_TRUE(none.failures().empty());
  EXPECT_TRUE(Results<int>().values().empty());
}

TEST_F(ResultsOfARun, OutcomesStayValidWhenTheResultsAreMoved) {
  auto const outcome = results_[4];
  Results<int> const elsewhere(std::move(results_));
  EXPECT_EQ(*outcome, 40);
  EXPECT_EQ(elsewhere.size(), 9u);
}

// The order in which tasks finished.

std::vector<std::size_t> sorted(std::span<std::size_t const> order) {
  std::vector<std::size_t> copy(order.begin(), order.end());
  std::sort(copy.begin(), copy.end());
  return copy;
}

TEST_F(ResultsOfARun, CompletionOrderIsEmptyUnlessAskedFor) {
  EXPECT_TRUE(results_.completion_order().empty());
}

TEST_F(ResultsOfARun, CompletionOrderIsAPermutationFailuresIncluded) {
  std::vector<std::size_t> all(10'000);
  std::iota(all.begin(), all.end(), std::size_t{0});
  reactor_.run_into(results_, all, ten_times, {.completion_order = true});
  EXPECT_EQ(sorted(results_.completion_order()), all);
}

TEST_F(ResultsOfARun, CompletionOrderOfOneThreadIsTaskOrder) {
  Reactor alone(Options{.stop_on_error = false, .parallelism = 1});
  alone.run_into(results_, 100, ten_times, {.completion_order = true});
  EXPECT_TRUE(std::ranges::is_sorted(results_.completion_order()));
  EXPECT_EQ(results_.completion_order().size(), 100u);
}

TEST_F(ResultsOfARun, CompletionOrderOfAStoppedRunHoldsWhatFinished) {
  EXPECT_THROW(reactor_.run_into(results_, 1000, ten_times,
                                 {.stop_on_error = true, .completion_order = true}),
               TaskError);
  std::vector<std::size_t> finished;
  for (auto const outcome : results_) {
    if (outcome.status() != Status::skipped) finished.push_back(outcome.index());
  }
  EXPECT_EQ(sorted(results_.completion_order()), finished);
}

TEST_F(ResultsOfARun, CompletionOrderIsGoneAfterARunThatDidNotAsk) {
  reactor_.run_into(results_, 10, ten_times, {.completion_order = true});
  reactor_.run_into(results_, 10, ten_times);
  EXPECT_TRUE(results_.completion_order().empty());
}

// Used again.

TEST_F(ResultsOfARun, RunIntoTakesAnySizeOneAfterTheOther) {
  for (int const size : {0, 1, 64, 65, 1000, 10, 1000, 0, 63, 100'000, 5}) {
    reactor_.run_into(results_, size, [](std::size_t task) { return static_cast<int>(task); });
    ASSERT_EQ(results_.size(), static_cast<std::size_t>(size));
    for (auto const outcome : results_) ASSERT_EQ(*outcome, static_cast<int>(outcome.index()));
    EXPECT_EQ(results_.summary().done, results_.size());
    EXPECT_TRUE(results_.failures().empty());
  }
}

TEST_F(ResultsOfARun, SummaryMeasuresTheRun) {
  EXPECT_GT(results_.summary().elapsed.count(), 0);
}

}  // namespace
