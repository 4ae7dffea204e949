// SPDX-License-Identifier: BSD-3-Clause
// Failures that are returned instead of thrown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Expected;
using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::TaskError;
using reactor::unexpected;
using ::testing::HasSubstr;

namespace {

class ExpectedResults : public ::testing::Test {
 protected:
  // The error of a task that returns unexpected(what).
  template <class What>
  TaskError returned(What const& what) {
    auto const results =
        reactor_.run(1, [&](std::size_t) -> Expected<int> { return unexpected(what); });
    return results[0].error();
  }

  Reactor reactor_{Options{.stop_on_error = false, .parallelism = 4}};
};

TEST_F(ExpectedResults, ValuesAreUnwrapped) {
  auto const results = reactor_.run(
      100, [](std::size_t task) -> Expected<std::string> { return std::to_string(task); });
  static_assert(std::is_same_v<decltype(results), Results<std::string> const>);
  for (auto const outcome : results) EXPECT_EQ(*outcome, std::to_string(outcome.index()));
}

TEST_F(ExpectedResults, MessageBecomesAnError) {
  for (TaskError const& error : {returned(std::string("no luck")), returned("no luck")}) {
    EXPECT_THAT(error.what(), HasSubstr("no luck"));
    EXPECT_THROW(error.rethrow_cause(), reactor::Error);
  }
}

TEST_F(ExpectedResults, ExceptionObjectBecomesTheCause) {
  TaskError const error = returned(std::out_of_range("far"));
  EXPECT_THAT(error.what(), HasSubstr("std::out_of_range: far"));
  EXPECT_THROW(error.rethrow_cause(), std::out_of_range);
  EXPECT_THROW(returned(42).rethrow_cause(), int);
}

struct Nickname {
  operator std::string() const { return "ada"; }
  operator char const*() const { return "ada"; }
};

TEST_F(ExpectedResults, WhatIsAStringInTwoWaysIsAMessage) {
  TaskError const error = returned(Nickname());
  EXPECT_THAT(error.what(), HasSubstr("ada"));
  EXPECT_THROW(error.rethrow_cause(), reactor::Error);
}

struct TextReference {  // as those of other libraries
  std::string_view text;
  operator std::string_view() const { return text; }
  explicit operator std::string() const { return std::string(text); }
};

// A view of text is a message, which outlives the text.
TEST_F(ExpectedResults, TextThatSomebodyElseHolds) {
  auto const errors = [&] {
    std::string const text = "no luck, and no room for it within a string either";
    return std::pair(returned(std::string_view(text).substr(0, 45)), returned(TextReference{text}));
  }();
  for (TaskError const& error : {errors.first, errors.second}) {
    EXPECT_THAT(error.what(), HasSubstr("no room for it within a string"));
    EXPECT_THROW(error.rethrow_cause(), reactor::Error);
  }
}

struct TextualError : std::runtime_error {
  using std::runtime_error::runtime_error;
  operator std::string() const { return what(); }
};

TEST_F(ExpectedResults, AnExceptionThatIsAStringAsWellIsTheCause) {
  EXPECT_THROW(returned(TextualError("far")).rethrow_cause(), TextualError);
}

TEST_F(ExpectedResults, ExceptionPointerBecomesTheCause) {
  auto const cause = std::make_exception_ptr(std::out_of_range("far"));
  EXPECT_EQ(returned(cause).cause(), cause);
}

TEST_F(ExpectedResults, NullExceptionPointerStillHasACause) {
  TaskError const error = returned(std::exception_ptr());
  ASSERT_NE(error.cause(), nullptr);
  EXPECT_THROW(error.rethrow_cause(), reactor::Error);
}

TEST_F(ExpectedResults, VoidReportsSuccessAndFailure) {
  auto const results = reactor_.run(10, [](std::size_t task) -> Expected<void> {
    if (task % 2 == 1) return unexpected("odd");
    return {};
  });
  static_assert(std::is_same_v<decltype(results), Results<void> const>);
  for (auto const outcome : results) EXPECT_EQ(outcome.has_value(), outcome.index() % 2 == 0);
}

TEST_F(ExpectedResults, MoveOnlyValuesAreMovedIn) {
  auto const results =
      reactor_.run(10, [](std::size_t task) -> Expected<std::unique_ptr<std::size_t>> {
        if (task == 3) return unexpected("three");
        return std::make_unique<std::size_t>(task);
      });
  for (auto const outcome : results) {
    ASSERT_EQ(outcome.has_value(), outcome.index() != 3);
    if (outcome) {
      EXPECT_EQ(**outcome, outcome.index());
    }
  }
}

TEST_F(ExpectedResults, ThrowingWorksAsWell) {
  auto const results = reactor_.run(10, [](std::size_t task) -> Expected<int> {
    if (task == 3) throw std::out_of_range("three");
    if (task == 4) return unexpected(std::out_of_range("four"));
    return 1;
  });
  EXPECT_EQ(results.failures().size(), 2u);
  EXPECT_THROW(results[3].error().rethrow_cause(), std::out_of_range);
  EXPECT_THROW(results[4].error().rethrow_cause(), std::out_of_range);
}

TEST_F(ExpectedResults, StopTheRunLikeAThrow) {
  Results<int> results;
  auto const fail_on_five = [](std::size_t task) -> Expected<int> {
    if (task == 5) return unexpected("five");
    return 1;
  };
  try {
    reactor_.run_into(results, 1000, fail_on_five, {.stop_on_error = true});
    FAIL();
  } catch (TaskError const& error) {
    EXPECT_EQ(error.task_index(), 5u);
    EXPECT_EQ(error.cause(), results.at(5).error().cause()) << "the same, not one like it";
  }
  EXPECT_EQ(results.summary().failed, 1u);
}

// Asked for while the run goes on, and thrown at its end.
TEST(ExpectedErrors, HaveOneCauseWheneverTheyAreAskedFor) {
  Reactor reactor(Options{.parallelism = 2});
  std::exception_ptr told;
  Gate gate;
  auto batch = reactor.submit(2, [&](std::size_t) -> Expected<int> {
    gate.wait();
    return unexpected("no such file");
  });
  batch.on_error([&](reactor::Outcome<int> const& outcome) { told = outcome.error().cause(); });
  gate.open();
  try {
    batch.get();
    FAIL();
  } catch (TaskError const& error) {
    EXPECT_EQ(error.cause(), told);
    EXPECT_EQ(error.cause(), batch[error.task_index()].error().cause());
  }
}

TEST(ExpectedAlone, HoldsAValueOrTheReason) {
  Expected<std::string> value("text");
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, "text");
  EXPECT_EQ(value->size(), 4u);
  Expected<std::string> const nothing(unexpected(std::out_of_range("far")));
  ASSERT_FALSE(nothing.has_value());
  EXPECT_THROW(std::rethrow_exception(nothing.error().cause()), std::out_of_range);
  EXPECT_TRUE(Expected<void>().has_value());
}

}  // namespace
