// SPDX-License-Identifier: BSD-3-Clause
// What the user brings throws: copies and moves of tasks, results and exceptions, the start hook.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <list>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "reactor/reactor.hpp"
#include "tests/faults/aftermath.hpp"
#include "tests/faults/sweep.hpp"
#include "tests/faults/touchy.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::Status;

namespace faults {
namespace {

constexpr std::size_t k_tasks = 20;

class UserFaults : public ::testing::Test {
 protected:
  ~UserFaults() override {
    made_.reset();
    before_.expect_nothing_left();
  }

  template <class Scenario>
  static void sweep_operations(std::string const& name, std::uint64_t at_least,
                               Scenario const& scenario) {
    sweep(name, {.point = Point::user}, at_least, scenario);
    sweep(name + ", all from there on", {.point = Point::user, .count = k_from_then_on}, at_least,
          scenario);
  }

  template <class Container>
  static Container make_tasks() {
    Container tasks;
    for (std::size_t i = k_tasks; i-- > 0;) tasks.emplace_front(i);
    return tasks;
  }

  // Runs action on tasks that are made anew each time and cannot be indexed, so that the run makes
  // its own: what throws meanwhile comes out of it before any task has begun.
  template <class Container, class Give>
  void sweep_own_tasks(std::string const& name, std::uint64_t at_least, Give const& give) {
    sweep_operations(name, at_least, [&](Plan const& plan) {
      long const live = Counted::live();
      std::atomic<std::size_t> begun{0};
      auto tasks = make_tasks<Container>();
      Results<std::size_t> results;
      auto const action = [&](Touchy const& task) {
        ++begun;
        return task.number();
      };
      Armed armed(plan);
      Ending const ending = ending_of([&] { reactor_.run_into(results, give(tasks), action); });
      std::uint64_t const injected = armed.end();
      EXPECT_EQ(ending, injected == 0 ? Ending::well : Ending::planned);
      EXPECT_EQ(begun, injected == 0 ? k_tasks : 0);
      for (auto const outcome : results) EXPECT_EQ(outcome.value(), outcome.index());
      tasks.clear();
      EXPECT_EQ(Counted::live(), live);
      return injected;
    });
    expect_works(reactor_);
  }

  // Each task fails whose operation throws, and no other.
  template <class Action>
  void sweep_in_tasks(std::string const& name, std::uint64_t at_least, Action const& action) {
    for (bool const stop_on_error : {false, true}) {
      sweep_operations(name, at_least, [&](Plan const& plan) {
        long const live = Counted::live();
        std::uint64_t injected = 0;
        {
          std::vector<Touchy> tasks;
          tasks.reserve(k_tasks);
          for (std::size_t i = 0; i < k_tasks; ++i) tasks.emplace_back(i);
          Results<Touchy> results;
          Armed armed(plan);
          Ending const ending = ending_of(
              [&] { reactor_.run_into(results, tasks, action, {.stop_on_error = stop_on_error}); });
          injected = armed.end();
          bool const is_stopped = stop_on_error && injected != 0;
          EXPECT_EQ(ending, is_stopped ? Ending::task_error : Ending::well);
          expect_outcomes(results, injected, is_stopped);
        }
        EXPECT_EQ(Counted::live(), live);
        return injected;
      });
    }
    expect_works(reactor_);
  }

  static void expect_outcomes(Results<Touchy> const& results, std::uint64_t injected,
                              bool is_stopped) {
    auto const summary = results.summary();
    EXPECT_EQ(summary.failed, injected);
    EXPECT_EQ(summary.done + summary.failed + summary.skipped, k_tasks);
    EXPECT_TRUE(is_stopped || summary.skipped == 0);
    for (auto const outcome : results) {
      if (outcome) {
        EXPECT_EQ(outcome->number(), outcome.index());
      } else if (outcome.status() == Status::failed) {
        EXPECT_THROW(outcome.error().rethrow_cause(), Planned);
      }
    }
  }

  Before const before_;
  std::optional<Reactor> made_{std::in_place, Options{.parallelism = 3}};
  Reactor& reactor_ = *made_;
};

TEST_F(UserFaults, InCopyingTasksComeOutOfRun) {
  auto const lend = [](auto& tasks) -> auto& {
    return tasks;
  };
  sweep_own_tasks<std::list<Touchy>>("tasks copied", k_tasks, lend);
  // Their number is not known, so they are copied again and again as the copies grow.
  sweep_own_tasks<std::forward_list<Touchy>>("tasks copied, unsized", k_tasks + 1, lend);
}

TEST_F(UserFaults, InMovingTasksComeOutOfRun) {
  auto const give = [](auto& tasks) -> auto&& {
    return std::move(tasks);
  };
  sweep_own_tasks<std::list<Touchy>>("tasks moved", k_tasks, give);
  sweep_own_tasks<std::forward_list<Touchy>>("tasks moved, unsized", k_tasks + 1, give);
}

TEST_F(UserFaults, InTakingATaskByValueAreTheTasks) {
  sweep_in_tasks("tasks taken by value", k_tasks,
                 [](Touchy task) { return Touchy(task.number()); });
}

TEST_F(UserFaults, InStoringAResultAreTheTasks) {
  sweep_in_tasks("results copied", k_tasks, [](Touchy& task) -> Touchy& { return task; });
  sweep_in_tasks("results moved", k_tasks,
                 [](Touchy& task) -> Touchy&& { return std::move(task); });
  sweep_in_tasks(
      "results moved out of Expected", 2 * k_tasks,
      [](Touchy const& task) -> reactor::Expected<Touchy> { return Touchy(task.number()); });
}

TEST_F(UserFaults, InAnActionAreNone) {
  struct Action {
    Touchy touchy{0};
    std::size_t operator()(std::size_t task) { return task; }
  };
  Action action;
  Armed armed({.point = Point::user, .count = k_from_then_on});
  EXPECT_EQ(reactor_.run(k_tasks, action).summary().done, k_tasks);
  EXPECT_EQ(reactor_.run(k_tasks, Action()).summary().done, k_tasks);
  EXPECT_EQ(armed.seen(), 0u) << "an action is neither copied nor moved";
}

TEST_F(UserFaults, InTakingResultsOutLeaveThem) {
  sweep_operations("values, to_optionals, value_or", 4 * k_tasks, [this](Plan const& plan) {
    long const live = Counted::live();
    std::uint64_t injected = 0;
    {
      auto results = reactor_.run(k_tasks, [](std::size_t task) { return Touchy(task); });
      std::optional<std::vector<Touchy>> values;
      Armed armed(plan);
      Ending const ending = ending_of([&] {
        static_cast<void>(results.to_optionals());
        static_cast<void>(std::move(results).to_optionals());
        for (auto const outcome : results) static_cast<void>(outcome.value_or(Touchy(0)));
        values.emplace(std::move(results).values());
      });
      injected = armed.end();
      EXPECT_EQ(ending, injected == 0 ? Ending::well : Ending::planned);
      for (auto const outcome : results) EXPECT_EQ(outcome.value().number(), outcome.index());
    }
    EXPECT_EQ(Counted::live(), live);
    return injected;
  });
}

struct TouchyError {
  Touchy touchy;
};

// The cause is then what was thrown last.
TEST_F(UserFaults, InCopyingAnExceptionTakeItsPlace) {
  auto const throw_copy = [](std::size_t task) -> reactor::Expected<std::size_t> {
    TouchyError const error{Touchy(task)};
    throw error;
  };
  auto const return_copy = [](std::size_t task) -> reactor::Expected<std::size_t> {
    TouchyError const error{Touchy(task)};
    return reactor::unexpected(error);
  };
  auto const sweep_action = [this](std::string const& name, auto const& action) {
    sweep_operations(name, k_tasks, [&](Plan const& plan) {
      long const live = Counted::live();
      std::uint64_t injected = 0;
      {
        Results<std::size_t> results;
        Armed armed(plan);
        reactor_.run_into(results, k_tasks, action, {.stop_on_error = false});
        injected = armed.end();
        EXPECT_EQ(results.summary().failed, k_tasks);
        std::uint64_t replaced = 0;
        for (auto const outcome : results) {
          try {
            outcome.error().rethrow_cause();
          } catch (TouchyError const& cause) {
            EXPECT_EQ(cause.touchy.number(), outcome.index());
          } catch (Planned const& cause) {
            EXPECT_EQ(cause.number.number(), outcome.index());
            ++replaced;
          }
        }
        EXPECT_EQ(replaced, injected);
      }
      EXPECT_EQ(Counted::live(), live);
      return injected;
    });
  };
  sweep_action("exceptions copied by throw", throw_copy);
  sweep_action("exceptions copied by unexpected", return_copy);
}

// Its destructor might throw, and an exception that is kept is destroyed by us.
struct LoudError {
  explicit LoudError(std::size_t task) : counted(task) {}
  LoudError(LoudError const&) = default;
  ~LoudError() noexcept(false) { ++ended; }
  Counted counted;
  static inline std::atomic<std::size_t> ended{0};
};

TEST_F(UserFaults, MayComeFromAnExceptionWhoseDestructorIsNotNoexcept) {
  auto const action = [](std::size_t task) -> std::size_t { throw LoudError(task); };
  std::size_t failed = 0;
  for (bool const stop_on_error : {false, true}) {
    long const live = Counted::live();
    {
      Results<std::size_t> results;
      Ending const ending = ending_of(
          [&] { reactor_.run_into(results, k_tasks, action, {.stop_on_error = stop_on_error}); });
      EXPECT_EQ(ending, stop_on_error ? Ending::task_error : Ending::well);
      failed += results.summary().failed;
      for (auto const outcome : results.failures()) {
        EXPECT_THROW(outcome.error().rethrow_cause(), LoudError);
      }
      EXPECT_EQ(Counted::live() - live, static_cast<long>(results.summary().failed));
      reactor_.run_into(results, k_tasks, [](std::size_t task) { return task; });
      EXPECT_EQ(Counted::live(), live) << "run into, they are gone";
      EXPECT_EQ(LoudError::ended, failed);
      ending_of([&] { reactor_.run_into(results, 1, action); });
      ++failed;
    }
    EXPECT_EQ(Counted::live(), live);
    EXPECT_EQ(LoudError::ended, failed);
  }
}

struct ThrowingEnd {
  ThrowingEnd() = default;
  ThrowingEnd(ThrowingEnd const&) = default;
  ~ThrowingEnd() noexcept(false) { throw std::runtime_error("thrown by a destructor"); }
};

// The language has no other way for whoever lets go of an exception_ptr.
TEST(UserFaultsDeath, FromTheDestructorOfAKeptExceptionTerminate) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto const run = [] {
    Reactor reactor({.stop_on_error = false, .parallelism = 2});
    reactor.run(2, [](std::size_t) { throw ThrowingEnd(); });
  };
  EXPECT_DEATH(run(), "terminate called");
}

TEST_F(UserFaults, InTheStartHookComeOutOfTheConstructor) {
  std::atomic<int> up{0};
  sweep_operations("start hook", 4, [&](Plan const& plan) {
    std::optional<Reactor> reactor;
    Options const options{.parallelism = 4,
                          .on_worker_start =
                              [&](std::size_t worker) {
                                user_operation(worker);
                                ++up;
                              },
                          .on_worker_exit = [&](std::size_t) { --up; }};
    Armed armed(plan);
    Ending const ending = ending_of([&] { reactor.emplace(options); });
    std::uint64_t const injected = armed.end();
    EXPECT_EQ(ending, injected == 0 ? Ending::well : Ending::planned);
    EXPECT_EQ(up, injected == 0 ? 4 : 0) << "only what was started is ended";
    return injected;
  });
  EXPECT_EQ(up, 0);
}

}  // namespace
}  // namespace faults
