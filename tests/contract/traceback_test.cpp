// SPDX-License-Identifier: BSD-3-Clause
// An error tells where it was thrown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <exception>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::TaskError;
using reactor::Tracebacks;
using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

namespace contract {

#define NOT_INLINED __attribute__((noinline))

// Not in tail position, so that each call has a frame of its own.
inline void stay() {
  asm volatile("" ::: "memory");
}

NOT_INLINED void fail_at(int depth) {
  if (depth == 0) throw std::runtime_error("boom");
  contract::fail_at(depth - 1);
  stay();
}
// Its stack spells the number's `bits`.
void spell(std::size_t number, int bits);
NOT_INLINED void zero(std::size_t number, int bits) {
  contract::spell(number, bits);
  stay();
}
NOT_INLINED void one(std::size_t number, int bits) {
  contract::spell(number, bits);
  stay();
}
NOT_INLINED void spell(std::size_t number, int bits) {
  if (bits == 0) throw number;
  (number % 2 == 0 ? &contract::zero : &contract::one)(number / 2, bits - 1);
  stay();
}
NOT_INLINED void rethrow() {
  throw;
}
NOT_INLINED void parse(int) {
  contract::fail_at(0);
  stay();
}
NOT_INLINED void load(int line) {
  contract::parse(line);
  stay();
}

}  // namespace contract

namespace {

auto function(char const* name) {
  return Field(&reactor::TraceFrame::function, HasSubstr(name));
}

template <class Action>
TaskError error_of(Reactor& reactor, std::size_t tasks, Action const& action) {
  try {
    reactor.run(tasks, action);
  } catch (TaskError const& error) {
    return error;
  }
  throw std::logic_error("the run did not fail");
}

TEST(Traceback, names_who_called_whom_innermost_first) {
  Reactor reactor({.parallelism = 2});
  TaskError const error = error_of(reactor, 1, [](std::size_t) { contract::load(7); });
  auto const& frames = error.traceback().frames();
  ASSERT_GE(frames.size(), 3u);
  EXPECT_THAT(frames[0], function("contract::fail_at(int)"));
  EXPECT_THAT(frames[1], function("contract::parse(int)"));
  EXPECT_THAT(frames[2], function("contract::load(int)"));
  EXPECT_FALSE(error.traceback().was_cut());
}

TEST(Traceback, ends_the_story_without_the_engine) {
  Reactor reactor({.parallelism = 2});
  TaskError const error = error_of(reactor, 1, [](std::size_t) { contract::load(7); });
  EXPECT_THAT(error.what(), AllOf(HasSubstr("std::runtime_error: boom"),
                                  HasSubstr("contract::load(int)"), Not(HasSubstr("run_task"))));
  EXPECT_THAT(error.traceback().to_string(true), HasSubstr("reactor::detail::"));
  std::ostringstream out;
  out << error.traceback();
  EXPECT_EQ(out.str(), error.traceback().to_string());
}

// How many calls of fail_at() are innermost.
std::size_t depth_of(reactor::Traceback const& traceback) {
  auto const& frames = traceback.frames();
  std::size_t depth = 0;
  while (depth < frames.size() && frames[depth].function.starts_with("contract::fail_at(int)")) {
    ++depth;
  }
  return depth;
}

// Every task knows how deep it throws; some catch what others threw before.
TEST(Traceback, is_right_on_four_threads_whatever_is_thrown_how_deep) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> any_depth(0, 90);
  std::vector<int> depths(2000);
  for (int& depth : depths) depth = any_depth(random);
  Reactor reactor({.stop_on_error = false, .parallelism = 4});
  auto const results = reactor.run(depths, [](int depth) {
    if (depth % 3 == 0) {
      try {
        contract::fail_at(90 - depth);
      } catch (std::exception const&) {  // and go on
      }
    }
    contract::fail_at(depth);
  });
  for (auto const outcome : results) {
    auto const expected = static_cast<std::size_t>(depths[outcome.index()]) + 1;
    ASSERT_EQ(depth_of(outcome.error().traceback()), expected);
  }
}

TEST(Traceback, is_cut_where_there_is_no_end) {
  Reactor reactor({.parallelism = 1});
  TaskError const error = error_of(reactor, 1, [](std::size_t) { contract::fail_at(1000); });
  EXPECT_TRUE(error.traceback().was_cut());
  // Under a sanitizer the throw is not told from the search before names are found, and the search
  // takes some of the 128.
  EXPECT_GE(error.traceback().frames().size(), 128u - 24u);
  EXPECT_LE(error.traceback().frames().size(), 128u);
  EXPECT_THAT(error.what(), HasSubstr("only the innermost 128"));
}

TEST(Traceback, of_a_nested_run_stands_inside_the_outer_one) {
  Reactor reactor({.parallelism = 2});
  TaskError const error = error_of(reactor, 1, [&](std::size_t) {
    reactor.run(4, [](std::size_t) { contract::load(1); });
    contract::stay();
  });
  std::string const story = error.what();
  std::size_t const inner = story.find("contract::load(int)");
  std::size_t const outer = story.find("thrown out of task 0");
  EXPECT_TRUE(inner < outer && outer != std::string::npos) << story;
  EXPECT_FALSE(error.traceback().empty());
}

TEST(Traceback, is_of_whatever_is_thrown) {
  Reactor reactor({.parallelism = 1});
  EXPECT_FALSE(error_of(reactor, 1, [](std::size_t) { throw 42; }).traceback().empty());
  EXPECT_FALSE(error_of(reactor, 1, [](std::size_t) { throw "text"; }).traceback().empty());
  TaskError const library = error_of(reactor, 1, [](std::size_t) {
    std::vector<int> const empty;
    static_cast<void>(empty.at(3));
  });
  EXPECT_THAT(library.traceback().to_string(), HasSubstr("at"));
}

// The stack of the first throw, though another run failed while it was unwound.
struct RunsWhenDestroyed {
  Reactor& reactor;
  ~RunsWhenDestroyed() {
    reactor.run(3, [](std::size_t) { contract::fail_at(2); }, {.stop_on_error = false});
  }
};

TEST(Traceback, survives_what_destructors_do_meanwhile) {
  Reactor reactor({.parallelism = 2});
  TaskError const error = error_of(reactor, 1, [&](std::size_t) {
    RunsWhenDestroyed const guard{reactor};
    contract::load(1);
  });
  ASSERT_GE(error.traceback().frames().size(), 3u);
  EXPECT_THAT(error.traceback().frames()[1], function("contract::parse(int)"));
}

TEST(Traceback, causes_are_told_one_by_one) {
  Reactor reactor({.parallelism = 1});
  TaskError const error = error_of(reactor, 1, [](std::size_t) {
    try {
      throw std::invalid_argument("inner");
    } catch (...) {
      std::throw_with_nested(std::runtime_error("outer"));
    }
  });
  EXPECT_THAT(error.what(), AllOf(HasSubstr("std::runtime_error: outer\n"),
                                  HasSubstr("caused by std::invalid_argument: inner\n")));
}

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
  EXPECT_THAT(missing, HasSubstr("for want of room"));
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

TEST(Traceback, of_what_was_not_thrown_is_empty_and_says_so) {
  Reactor reactor({.stop_on_error = false, .parallelism = 1});
  auto const results = reactor.run(
      1, [](std::size_t) -> reactor::Expected<int> { return reactor::unexpected("no such file"); });
  EXPECT_TRUE(results[0].error().traceback().empty());
  EXPECT_STREQ(results[0].error().traceback().missing(), "not thrown");
  EXPECT_THAT(results[0].error().what(), HasSubstr("no such file"));
}

TEST(Traceback, may_be_warmed) {
  reactor::warm_tracebacks();
}

}  // namespace
