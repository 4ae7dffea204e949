// SPDX-License-Identifier: BSD-3-Clause
// What a TaskError tells, whatever was thrown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::TaskError;
using ::testing::HasSubstr;
using ::testing::Not;

namespace contract {

// A user's exceptions.
struct Derived : std::out_of_range {
  using std::out_of_range::out_of_range;
};
struct Silent {};
struct Unrelated {
  int code;
};

}  // namespace contract

namespace {

constexpr std::size_t k_total = 10;
constexpr std::size_t k_failing = 7;

class TaskErrors : public ::testing::Test {
 protected:
  // The error of a run whose one task does `fail`.
  template <class Fail>
  TaskError error_of(Fail const& fail) {
    try {
      reactor_.run(k_total, [&](std::size_t task) {
        if (task == k_failing) fail();
      });
    } catch (TaskError const& error) {
      return error;
    }
    throw std::logic_error("the run did not fail");
  }

  template <class E>
  TaskError thrown(E const& exception) {
    return error_of([&] { throw exception; });
  }

  Reactor reactor_{Options{.parallelism = 3}};
};

TEST_F(TaskErrors, TellWhichTaskOfHowManyOnWhichWorker) {
  TaskError const error = thrown(std::runtime_error("boom"));
  EXPECT_EQ(error.task_index(), k_failing);
  EXPECT_LE(error.worker(), reactor_.parallelism());
  EXPECT_THAT(error.what(), HasSubstr("task 7 of 10"));
  EXPECT_THAT(error.what(), HasSubstr(error.worker() == reactor_.parallelism()
                                          ? "the calling thread"
                                          : "worker " + std::to_string(error.worker())));
}

TEST_F(TaskErrors, TellWhatBecameOfTheRun) {
  auto const summary = thrown(std::runtime_error("boom")).summary();
  EXPECT_EQ(summary.total, k_total);
  EXPECT_EQ(summary.failed, 1u);
  EXPECT_EQ(summary.done + summary.skipped, k_total - 1);
}

TEST_F(TaskErrors, TellTypeAndMessageOfStandardExceptions) {
  EXPECT_THAT(thrown(std::runtime_error("boom")).what(), HasSubstr("std::runtime_error: boom"));
  EXPECT_THAT(thrown(std::bad_alloc()).what(), HasSubstr("std::bad_alloc"));
}

TEST_F(TaskErrors, TellTheDynamicTypeOfUserExceptions) {
  EXPECT_THAT(thrown(contract::Derived("far")).what(), HasSubstr("contract::Derived: far"));
}

TEST_F(TaskErrors, TellTypesWithoutAMessage) {
  EXPECT_THAT(thrown(contract::Silent()).what(), HasSubstr("contract::Silent"));
  EXPECT_THAT(thrown(contract::Unrelated{3}).what(), HasSubstr("contract::Unrelated"));
}

TEST_F(TaskErrors, TellValuesThatAreNoExceptions) {
  EXPECT_THAT(thrown(42).what(), HasSubstr("int: 42"));
  EXPECT_THAT(thrown(-7L).what(), HasSubstr("long: -7"));
  char const* const text = "a literal";
  EXPECT_THAT(thrown(text).what(), HasSubstr("char const*: a literal"));
  EXPECT_THAT(thrown(std::string("a string")).what(), HasSubstr(": a string"));
  EXPECT_THAT(thrown(static_cast<char const*>(nullptr)).what(), HasSubstr("char const*"));
}

TEST_F(TaskErrors, HoldTheCauseItself) {
  TaskError const error = thrown(contract::Unrelated{3});
  ASSERT_NE(error.cause(), nullptr);
  try {
    error.rethrow_cause();
    FAIL();
  } catch (contract::Unrelated const& cause) {
    EXPECT_EQ(cause.code, 3);
  }
}

TEST_F(TaskErrors, NestTheCause) {
  EXPECT_THROW(std::rethrow_if_nested(thrown(contract::Derived("far"))), contract::Derived);
  try {
    std::rethrow_exception(thrown(std::runtime_error("boom")).cause());
  } catch (std::runtime_error const& cause) {
    EXPECT_STREQ(cause.what(), "boom");
  }
}

TEST_F(TaskErrors, CopiesShareEverything) {
  static_assert(std::is_nothrow_copy_constructible_v<TaskError>);
  static_assert(std::is_nothrow_copy_assignable_v<TaskError>);
  TaskError const error = thrown(std::runtime_error("boom"));
  TaskError copy = thrown(42);
  copy = error;
  EXPECT_STREQ(copy.what(), error.what());
  EXPECT_EQ(copy.cause(), error.cause());
  EXPECT_EQ(copy.task_index(), error.task_index());
  EXPECT_EQ(copy.worker(), error.worker());
  EXPECT_EQ(copy.summary().total, error.summary().total);
}

TEST_F(TaskErrors, AreErrorsAndRuntimeErrors) {
  auto const fail = [](std::size_t) { throw 42; };
  EXPECT_THROW(reactor_.run(1, fail), TaskError);
  EXPECT_THROW(reactor_.run(1, fail), reactor::Error);
  EXPECT_THROW(reactor_.run(1, fail), std::runtime_error);
}

TEST_F(TaskErrors, OfANestedRunTellBothStories) {
  TaskError const outer = error_of([&] {
    reactor_.run(3, [](std::size_t task) {
      if (task == 2) throw std::runtime_error("deep");
    });
  });
  EXPECT_THAT(outer.what(), HasSubstr("task 7 of 10"));
  EXPECT_THAT(outer.what(), HasSubstr("reactor::TaskError"));
  EXPECT_THAT(outer.what(), HasSubstr("task 2 of 3"));
  EXPECT_THAT(outer.what(), HasSubstr("std::runtime_error: deep"));
  try {
    outer.rethrow_cause();
  } catch (TaskError const& inner) {
    EXPECT_EQ(inner.task_index(), 2u);
    EXPECT_THROW(inner.rethrow_cause(), std::runtime_error);
  }
}

TEST_F(TaskErrors, AreTheSameObjectEachTimeTheOutcomeIsAsked) {
  auto const results = reactor_.run(3, [](std::size_t) { throw std::runtime_error("no"); },
                                    {.stop_on_error = false});
  EXPECT_EQ(&results[1].error(), &results[1].error());
  EXPECT_EQ(results[1].error().task_index(), 1u);
  EXPECT_EQ(results[1].error().summary().failed, 3u);
}

}  // namespace
