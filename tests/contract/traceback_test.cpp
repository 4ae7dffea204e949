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

#include "deep_throws.hpp"
#include "reactor/reactor.hpp"

using contract::error_of;
using contract::function;
using reactor::Reactor;
using reactor::TaskError;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

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
  EXPECT_THAT(library.traceback().to_string(), HasSubstr("libstdc++"));
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
