// SPDX-License-Identifier: BSD-3-Clause
// Which tracebacks are kept, and how long; and that none is taken for another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

#include "deep_throws.hpp"
#include "reactor/reactor.hpp"

using contract::error_of;
using contract::function;
using reactor::Reactor;
using reactor::TaskError;
using reactor::Tracebacks;
using ::testing::HasSubstr;

namespace {

// Who calls run() in a task, and lets out what one of the inner tasks threw.
TEST(Traceback, of_what_is_rethrown_is_the_first) {
  Reactor reactor({.parallelism = 2});
  TaskError const error = error_of(reactor, 1, [&](std::size_t) {
    try {
      reactor.run(1, [](std::size_t) { contract::load(1); });
    } catch (TaskError const& inner) {
      inner.rethrow_cause();
    }
  });
  ASSERT_GE(error.traceback().frames().size(), 3u);
  EXPECT_THAT(error.traceback().frames()[0], function("contract::fail_at(int)"));
  EXPECT_THAT(error.traceback().frames()[2], function("contract::load(int)"));
}

TEST(Traceback, of_what_is_rethrown_in_another_run_is_the_first) {
  Reactor reactor({.stop_on_error = false, .parallelism = 2});
  auto const before = reactor.run(1, [](std::size_t) { contract::load(1); });
  auto const after =
      reactor.run(50, [&](std::size_t) { std::rethrow_exception(before[0].error().cause()); });
  for (auto const outcome : after) {
    ASSERT_GE(outcome.error().traceback().frames().size(), 3u);
    EXPECT_THAT(outcome.error().traceback().frames()[2], function("contract::load(int)"));
  }
}

// Pointers are thrown by value: that two are equal says nothing.
TEST(Traceback, of_a_pointer_is_its_own) {
  Reactor reactor({.stop_on_error = false, .parallelism = 1});
  static int const thrown = 0;
  auto const before = reactor.run(1, [](std::size_t) { throw &thrown; });
  EXPECT_FALSE(before[0].error().traceback().empty());
  auto const after = reactor.run(1, [](std::size_t) {
    try {
      throw &thrown;
    } catch (...) {
      contract::rethrow();
    }
  });
  EXPECT_THAT(after[0].error().traceback().to_string(), HasSubstr("contract::rethrow()"));
}

// A known cause's address is thrown, and rethrown: another exception, with a stack of its own.
TEST(Traceback, of_a_pointer_to_a_known_cause_is_its_own) {
  Reactor reactor({.stop_on_error = false, .parallelism = 1});
  auto const before = reactor.run(1, [](std::size_t) { contract::load(1); });
  TaskError const& known = before[0].error();
  auto const after = reactor.run(1, [&](std::size_t) {
    try {
      known.rethrow_cause();
    } catch (std::runtime_error const& cause) {
      try {
        throw &cause;
      } catch (...) {
        contract::rethrow();
      }
    }
  });
  EXPECT_THAT(after[0].error().traceback().to_string(), HasSubstr("contract::rethrow()"));
}

// Statics that are older than what is known of names are destroyed after it.
struct ReadAtExit {
  std::optional<TaskError> error;
  ~ReadAtExit() {
    if (error && error->traceback().frames().empty()) std::abort();
  }
};
ReadAtExit read_at_exit;

TEST(Traceback, may_be_read_at_exit) {
  Reactor reactor({.parallelism = 1});
  read_at_exit.error.emplace(error_of(reactor, 1, [](std::size_t) { contract::load(1); }));
}

// As many different stacks as there are tasks; a run keeps some 1,000, and says of the others that
// it has not got them.
TEST(Traceback, is_dropped_where_there_is_no_room_and_says_so) {
  Reactor reactor({.stop_on_error = false, .parallelism = 2});
  constexpr std::size_t k_tasks = 4096;
  auto const results = reactor.run(k_tasks, [](std::size_t task) { contract::spell(task, 12); });
  std::size_t kept = 0;
  std::string missing;
  for (auto const outcome : results) {
    auto const& traceback = outcome.error().traceback();
    if (!traceback.empty()) ++kept;
    if (traceback.empty()) missing = traceback.missing();
  }
  EXPECT_GE(kept, 900u);
  EXPECT_LE(kept, 1024u);
  EXPECT_THAT(missing, HasSubstr("not kept"));
  EXPECT_THAT(missing, HasSubstr(std::to_string(k_tasks - kept) + " failures"));
}

TEST(Traceback, may_be_had_of_the_first_or_none) {
  Reactor none({.stop_on_error = false, .parallelism = 1, .tracebacks = Tracebacks::none});
  auto const dark = none.run(1, [](std::size_t) { throw 1; });
  EXPECT_TRUE(dark[0].error().traceback().empty());
  EXPECT_STREQ(dark[0].error().traceback().missing(), "tracebacks are off");
  Reactor first({.stop_on_error = false, .parallelism = 1, .tracebacks = Tracebacks::first});
  auto const results = first.run(3, [](std::size_t) { contract::load(1); });
  EXPECT_FALSE(results[0].error().traceback().empty());
  EXPECT_TRUE(results[1].error().traceback().empty());
  EXPECT_THAT(results[1].error().traceback().missing(), HasSubstr("not the first failure"));
}

}  // namespace
