// SPDX-License-Identifier: BSD-3-Clause
// No task runs for longer than its limit, as far as its run and its caller are concerned.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "in_flight.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"
#include "told.hpp"

using namespace std::chrono_literals;
using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::RunOptions;
using reactor::Status;
using reactor::Straggler;
using reactor::TaskContext;
using reactor::TaskError;
using reactor::TaskTimeout;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

namespace {

// A task that hears nothing until the test lets it go: before the Reactor ends, which waits for it.
class Deaf {
 public:
  Deaf() = default;
  Deaf(Deaf const&) = delete;
  Deaf& operator=(Deaf const&) = delete;
  ~Deaf() { let_go(); }

  // For the action, which may outlive this.
  auto ear() const {
    return [gate = gate_] { gate->wait(); };
  }
  void let_go() { gate_->open(); }

 private:
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

void work_until(Clock::time_point end) {
  while (Clock::now() < end) std::this_thread::yield();
}

Options limited(std::size_t parallelism, bool stop_on_error,
                std::chrono::nanoseconds result_timeout = 20ms) {
  return Options{
      .stop_on_error = stop_on_error, .parallelism = parallelism, .result_timeout = result_timeout};
}

// Asks for counts when its thread ends.
struct AsksAtItsEnd {
  ~AsksAtItsEnd() {
    if (reactor == nullptr) return;
    static_cast<void>(reactor->stats());
    has_asked->store(true);
  }
  Reactor const* reactor = nullptr;
  std::atomic<bool>* has_asked = nullptr;
};
thread_local AsksAtItsEnd at_its_end;

class Timeout : public ::testing::TestWithParam<std::size_t> {};

INSTANTIATE_TEST_SUITE_P(Parallelism, Timeout, ::testing::Values(1u, 2u, 4u));

TEST_P(Timeout, KeepGoingDoesAllOtherTasks) {
  Reactor reactor(limited(GetParam(), false));
  Deaf deaf;
  Clock::time_point const start = Clock::now();
  auto const results = reactor.run(200, [ear = deaf.ear()](std::size_t task) {
    if (task == 7) ear();
    return 2 * task;
  });
  EXPECT_LT(Clock::now() - start, k_hang_bound);
  for (auto const outcome : results) {
    if (outcome.index() != 7) {
      // A busy machine may keep any task from running for as long.
      ASSERT_TRUE(outcome.has_value() || outcome.status() == Status::timed_out);
      if (outcome) {
        ASSERT_EQ(*outcome, 2 * outcome.index());
      }
      continue;
    }
    EXPECT_EQ(outcome.status(), Status::timed_out);
    EXPECT_FALSE(outcome.has_value());
    EXPECT_THROW(outcome.value(), TaskTimeout);
    auto const& error = dynamic_cast<TaskTimeout const&>(outcome.error());
    EXPECT_EQ(error.task_index(), 7u);
    EXPECT_GE(error.running(), 20ms);
    EXPECT_LT(error.worker(), GetParam());
    EXPECT_THAT(error.what(), HasSubstr("task 7 of 200 timed out on worker "));
    EXPECT_THAT(error.what(), HasSubstr("allowed are 20000 us"));
    EXPECT_GE(error.summary().timed_out, 1u);
    EXPECT_THROW(error.rethrow_cause(), reactor::Error);
  }
  std::size_t const timed_out = results.summary().timed_out;
  EXPECT_GE(timed_out, 1u);
  EXPECT_EQ(results.summary().done, 200 - timed_out);
  EXPECT_EQ(results.failures().size(), timed_out);
  EXPECT_GE(reactor.stats().stragglers, 1u);
  EXPECT_EQ(reactor.stats().timeouts, timed_out);
}

TEST_P(Timeout, StopOnErrorEndsTheRun) {
  Reactor reactor(limited(GetParam(), true));
  Deaf deaf;
  Results<void> results;
  try {
    reactor.run_into(results, 100'000, [ear = deaf.ear()](std::size_t task) {
      if (task == 3) ear();
      work_until(Clock::now() + 1ms);
    });
    FAIL() << "nothing came out";
  } catch (TaskTimeout const& error) {
    EXPECT_GE(error.summary().timed_out, 1u);
    EXPECT_GT(error.summary().skipped, 0u);
    EXPECT_EQ(results.at(error.task_index()).status(), Status::timed_out);
  }
}

TEST_P(Timeout, OfEveryWorkerAtOnce) {
  Reactor reactor(limited(GetParam(), false));
  Deaf deaf;
  std::size_t const deaf_ones = 3 * GetParam();
  auto const results = reactor.run(deaf_ones + 50, [=, ear = deaf.ear()](std::size_t task) {
    if (task < deaf_ones) ear();
    return task;
  });
  EXPECT_GE(results.summary().timed_out, deaf_ones);
  EXPECT_EQ(results.summary().done + results.summary().timed_out, deaf_ones + 50);
  EXPECT_GE(reactor.stats().stragglers, deaf_ones);
  deaf.let_go();
  EXPECT_TRUE(eventually([&] {
    // Their threads are joined when the next run with a limit is looked after, or at the end.
    return reactor.run(1, [](std::size_t) {}).summary().done == 1 &&
           reactor.stats().stragglers == 0;
  }));
  EXPECT_EQ(reactor.stats().workers, GetParam());
}

TEST_P(Timeout, TellsTheTask) {
  Reactor reactor(limited(GetParam(), false, 5ms));
  auto told = std::make_shared<std::atomic<int>>(0);
  for (int round = 0; round < scaled(10, 5); ++round) {
    auto const results =
        reactor.run(GetParam() + 1, [told](std::size_t task, TaskContext& context) {
          if (task != 0) return;
          wait_for_stop(context);
          EXPECT_TRUE(context.stop_token().stop_requested());
          told->fetch_add(1);
        });
    ASSERT_EQ(results[0].status(), Status::timed_out);
  }
  EXPECT_TRUE(eventually([&] { return told->load() == scaled(10, 5); }));
}

TEST_P(Timeout, WakesATaskThatWaitsForItsToken) {
  Reactor reactor(limited(GetParam(), false, 5ms));
  auto was_told = std::make_shared<std::atomic<bool>>(false);
  auto const results = reactor.run(2, [was_told](std::size_t task, TaskContext& context) {
    if (task != 1) return;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait(lock, context.stop_token(), [] { return false; });
    was_told->store(true);
  });
  EXPECT_EQ(results[1].status(), Status::timed_out);
  EXPECT_TRUE(eventually([&] { return was_told->load(); }));
}

// The run a straggler is in the middle of is stopped with it.
TEST_P(Timeout, ReachesNestedRuns) {
  Reactor reactor(limited(GetParam(), false, 5ms));
  auto cancelled = std::make_shared<std::atomic<int>>(0);
  auto const results = reactor.run(1, [&reactor, cancelled](std::size_t) {
    try {
      reactor.run(
          2, [](std::size_t, TaskContext& context) { wait_for_stop(context); },
          RunOptions{.result_timeout = reactor::no_timeout});
    } catch (reactor::Cancelled const&) {
      cancelled->fetch_add(1);
    }
  });
  EXPECT_EQ(results[0].status(), Status::timed_out);
  EXPECT_TRUE(eventually([&] { return cancelled->load() == 1; }));
}

// There the calling thread takes part, so it is kept by what it runs itself; else all is the same.
TEST_P(Timeout, InsideATask) {
  Reactor reactor(Options{.stop_on_error = false, .parallelism = GetParam()});
  auto const results = reactor.run(3, [&](std::size_t) {
    auto const inner = reactor.run(
        20,
        [](std::size_t task, TaskContext& context) {
          if (task % 10 == 4) wait_for_stop(context);
          return task;
        },
        RunOptions{.result_timeout = 5ms});
    EXPECT_EQ(inner[4].status(), Status::timed_out);
    bool const is_alone = GetParam() == 1;
    EXPECT_THAT(inner[4].error().what(),
                HasSubstr(is_alone ? "timed out on the calling thread: " : "timed out on "));
    EXPECT_GE(inner.summary().timed_out, 2u);
    return inner.summary().done + inner.summary().timed_out;
  });
  for (auto const outcome : results) EXPECT_EQ(outcome.value(), 20u);
}

// What a task has registered with its token may take its time: the caller does not wait for it.
TEST_P(Timeout, ASlowStopCallbackHoldsNobody) {
  for (bool const stop_on_error : {false, true}) {
    Reactor reactor(limited(GetParam(), stop_on_error, 5ms));
    auto const gate = std::make_shared<Gate>();
    auto const begun = std::make_shared<Gate>();
    auto const was_opened = std::make_shared<std::atomic<bool>>(false);
    Results<void> results;
    try {
      reactor.run_into(results, 3, [=](std::size_t task, TaskContext& context) {
        if (task != 1) return;
        std::stop_callback const slow(context.stop_token(), [&] {
          begun->open();
          was_opened->store(gate->wait());
        });
        begun->wait();
      });
    } catch (TaskTimeout const&) {
      EXPECT_TRUE(stop_on_error);
    }
    EXPECT_EQ(results[1].status(), Status::timed_out);
    EXPECT_FALSE(was_opened->load());
    gate->open();
    EXPECT_TRUE(eventually([&] { return was_opened->load(); }));
  }
}

// The last that a straggler's thread does is the user's: it may ask for anything.
TEST_P(Timeout, AStragglersThreadLocalsMayAskForCounts) {
  std::atomic<bool> has_asked{false};
  Reactor reactor(limited(GetParam(), false, 5ms));
  std::size_t const pinned = reactor.stats().pinned;
  auto const results = reactor.run(2, [&](std::size_t task, TaskContext& context) {
    if (task != 0) return;
    at_its_end.reactor = &reactor;
    at_its_end.has_asked = &has_asked;
    wait_for_stop(context);
  });
  EXPECT_EQ(results[0].status(), Status::timed_out);
  EXPECT_TRUE(eventually([&] { return has_asked.load() && reactor.stats().stragglers == 0; }));
  EXPECT_TRUE(eventually([&] { return reactor.stats().pinned == pinned; }));
}

TEST_P(Timeout, LateValuesAreDropped) {
  Reactor reactor(limited(GetParam(), false, 2ms));
  static std::atomic<int> alive{0};
  struct Counted {
    Counted() { alive.fetch_add(1); }
    Counted(Counted const&) { alive.fetch_add(1); }
    Counted& operator=(Counted const&) = delete;
    ~Counted() { alive.fetch_sub(1); }
  };
  auto returned = std::make_shared<std::atomic<int>>(0);
  for (int round = 0; round < scaled(20, 5); ++round) {
    auto const results = reactor.run(3, [returned](std::size_t task, TaskContext& context) {
      if (task == 0) {
        wait_for_stop(context);
        returned->fetch_add(1);
      }
      return Counted();
    });
    ASSERT_EQ(results[0].status(), Status::timed_out);
    ASSERT_EQ(results.summary().done + results.summary().timed_out, 3u);
  }
  EXPECT_TRUE(eventually([&] { return returned->load() == scaled(20, 5) && alive.load() == 0; }));
}

// What a straggler throws late, returns late as an error, or how else it ends is nobody's business.
TEST_P(Timeout, LateEndsOfAnyKindAreDropped) {
  Reactor reactor(limited(GetParam(), false, 2ms));
  auto ended = std::make_shared<std::atomic<int>>(0);
  int const rounds = scaled(12, 6);
  for (int round = 0; round < rounds; ++round) {
    auto const results = reactor.run(
        2, [ended, round](std::size_t task, TaskContext& context) -> reactor::Expected<int> {
          if (task == 1) return 1;
          wait_for_stop(context);
          struct Ended {
            std::atomic<int>& count;
            ~Ended() { count.fetch_add(1); }
          } const on_exit{*ended};
          if (round % 3 == 0) throw std::runtime_error("late");
          if (round % 3 == 1) pthread_exit(nullptr);
          return reactor::unexpected("late");
        });
    ASSERT_EQ(results[0].status(), Status::timed_out);
    ASSERT_EQ(results[1].value_or(1), 1);
  }
  EXPECT_TRUE(eventually([&] { return ended->load() == rounds; }));
  EXPECT_EQ(reactor.stats().errors, 0u);
}

// In time: what the thread had is its successor's, or gone.
TEST_P(Timeout, ATaskWithATokenMayEndItsThread) {
  Reactor reactor(limited(GetParam(), false, 1h));
  auto const results = reactor.run(20, [](std::size_t task, TaskContext& context) {
    std::stop_token const token = context.stop_token();
    if (task % 5 == 3) pthread_exit(nullptr);
    return token.stop_requested();
  });
  EXPECT_EQ(results.summary().failed, 4u);
  EXPECT_EQ(results.summary().done, 16u);
  for (auto const outcome : results) EXPECT_FALSE(outcome.value_or(false));
}

// The caller's tasks, action and results may be gone while a straggler still uses its own.
TEST_P(Timeout, AStragglerOutlivesAllThatItsCallerHad) {
  auto const left = std::make_shared<int>(42);
  std::atomic<int> seen{0};
  Deaf deaf;
  {
    Reactor reactor(limited(GetParam(), false, 5ms));
    {
      std::vector<std::string> tasks{"first and long enough for the heap", "second"};
      auto action = [left, &seen, ear = deaf.ear()](std::string const& task) {
        if (task == "second") return;
        ear();
        seen.fetch_add(*left + static_cast<int>(task.size()));
      };
      auto const results = reactor.run(tasks, std::move(action));
      ASSERT_EQ(results[0].status(), Status::timed_out);
    }
    EXPECT_GT(left.use_count(), 1);
    deaf.let_go();
  }  // waits for the straggler
  EXPECT_EQ(seen.load(), 42 + 34);
  EXPECT_EQ(left.use_count(), 1);
}

TEST_P(Timeout, ResultsThatAStragglerStillHoldsMayBeUsedAgain) {
  Reactor reactor(limited(GetParam(), false, 5ms));
  Deaf deaf;
  Results<std::string> results;
  for (int round = 0; round < 3; ++round) {
    reactor.run_into(results, 3, [round, ear = deaf.ear()](std::size_t task) {
      if (task == 1) ear();
      return std::to_string(round) + " is the number of this round, and it is " +
             std::to_string(task);
    });
    ASSERT_EQ(results[1].status(), Status::timed_out);
    if (results[2]) {
      ASSERT_THAT(*results[2], HasSubstr(std::to_string(round) + " is the number"));
    }
  }
}

TEST_P(Timeout, IsCountedFromTheTasksOwnStart) {
  Reactor reactor(limited(GetParam(), false, 50ms));
  auto const results =
      reactor.run(20 * GetParam(), [](std::size_t) { work_until(Clock::now() + 5ms); });
  EXPECT_GT(results.summary().done, 10 * GetParam());  // 100 ms and more in all
}

TEST_P(Timeout, AtMostParallelismTasksRunThatWereNotGivenUpOn) {
  Reactor reactor(limited(GetParam(), false, 5ms));
  Deaf deaf;
  auto in_flight = std::make_shared<InFlight>();
  auto const results = reactor.run(200, [in_flight, ear = deaf.ear()](std::size_t task) {
    if (task % 50 == 0) return ear();
    InFlight::Stay const stay(*in_flight);
    std::this_thread::yield();
  });
  EXPECT_GE(results.summary().timed_out, 4u);
  EXPECT_LE(in_flight->most(), GetParam() + results.summary().timed_out - 4);
}

TEST(TimeoutOptions, OfARunGoBeforeThoseOfTheReactor) {
  Reactor reactor(limited(2, false, 1h));
  Deaf deaf;
  auto const results = reactor.run(
      2,
      [ear = deaf.ear()](std::size_t task) {
        if (task == 0) ear();
      },
      RunOptions{.result_timeout = 5ms});
  EXPECT_EQ(results[0].status(), Status::timed_out);
  for (auto const bad : {0ns, -5ns}) {
    try {
      reactor.run(
          1, [](std::size_t) {}, RunOptions{.result_timeout = bad});
      FAIL() << "it was taken";
    } catch (reactor::OptionsError const& error) {
      EXPECT_THAT(error.what(), HasSubstr("RunOptions::result_timeout = "));
    }
    EXPECT_THROW(Reactor(limited(1, true, bad)), reactor::OptionsError);
  }
  EXPECT_THROW(Reactor(Options{.stragglers_max = 5000}), reactor::OptionsError);
}

TEST(TimeoutOptions, StragglersAreReported) {
  std::atomic<std::size_t> reported{0};
  Options options = limited(2, false, 2ms);
  options.on_straggler = [&](Straggler const& straggler) {
    EXPECT_GE(straggler.running, 20ms);
    reported.fetch_add(1);
  };
  Reactor reactor(options);
  Deaf deaf;
  reactor.run(6, [ear = deaf.ear()](std::size_t task) {
    if (task == 5) ear();
  });
  EXPECT_TRUE(eventually([&] { return reported.load() >= 1; }));
}

// Also while ~Reactor waits for it, and where there was no thread to replace its own.
TEST(TimeoutOptions, StragglersAreReportedInTheEnd) {
  for (std::size_t const stragglers_max : {std::size_t{1}, std::size_t{0}}) {
    std::atomic<int> reported{0};
    Deaf deaf;
    {
      Options options = limited(1, false, 2ms);
      options.stragglers_max = stragglers_max;
      options.on_straggler = [&](Straggler const&) {
        reported.fetch_add(1);
        deaf.let_go();
      };
      Reactor reactor(options);
      Results<void> results;
      auto const run = [&] {
        reactor.run_into(results, 1, [ear = deaf.ear()](std::size_t) { ear(); });
      };
      if (stragglers_max == 0) {
        EXPECT_THROW(run(), reactor::Error);
      } else {
        run();
      }
      EXPECT_EQ(results[0].status(), Status::timed_out);
    }
    EXPECT_EQ(reported.load(), 1) << stragglers_max;
  }
}

TEST(TimeoutOptions, StragglersHaveACap) {
  Options options = limited(1, false, 2ms);
  options.stragglers_max = 2;
  Reactor reactor(options);
  Deaf deaf;
  Results<void> results;
  try {
    reactor.run_into(results, 10, [ear = deaf.ear()](std::size_t task) {
      if (task < 5) ear();
    });
    FAIL() << "it went on";
  } catch (reactor::Error const& error) {
    EXPECT_THAT(error.what(), HasSubstr("Options::stragglers_max = 2"));
  }
  EXPECT_GE(results.summary().timed_out, 3u);
  EXPECT_EQ(results.summary().done + results.summary().timed_out + results.summary().skipped, 10u);
  EXPECT_THROW(reactor.run(1, [](std::size_t) {}), reactor::Error) << "there is no worker left";
  deaf.let_go();
  EXPECT_TRUE(eventually([&] {
    try {
      return reactor.run(1, [](std::size_t) {}).summary().done == 1;
    } catch (reactor::Error const&) {
      return false;
    }
  }));
}

// Tasks and actions of every kind that can be owned.
TEST(TimeoutOwns, TasksOfEveryKind) {
  Reactor reactor(limited(2, false, 1h));
  std::vector<std::unique_ptr<int>> movable;
  movable.push_back(std::make_unique<int>(3));
  auto const moved =
      reactor.run(std::move(movable), [](std::unique_ptr<int> task) { return *task; });
  EXPECT_EQ(*moved[0], 3);
  std::vector<int> numbers{1, 2, 3};
  auto const changed = reactor.run(numbers, [](int& number) { return ++number; });
  EXPECT_EQ(*changed[2], 4);
  EXPECT_EQ(numbers[2], 3) << "the run has its own";
  std::vector<std::string> const words{"one", "two"};
  auto const sizes = reactor.run(words, [](std::string const& word) { return word.size(); });
  EXPECT_EQ(*sizes[1], 3u);
  EXPECT_EQ(*reactor.run({1, 2}, [](int task) { return task; })[1], 2);
  std::vector<std::unique_ptr<int>> lent(2);
  EXPECT_THROW(reactor.run(lent, [](std::unique_ptr<int>& task) { return task == nullptr; }),
               reactor::Error);
  auto const action = [owned = std::make_unique<int>(5)](std::size_t) { return *owned; };
  EXPECT_THROW(reactor.run(1, action), reactor::Error);
}

TEST(TimeoutOwns, ResultsThatCannotBeMoved) {
  struct Fixed {
    explicit Fixed(std::size_t n) : number(n) {}
    Fixed(Fixed const&) = delete;
    Fixed& operator=(Fixed const&) = delete;
    std::size_t number;
  };
  Reactor reactor(limited(2, false, 1h));
  EXPECT_EQ(reactor.run(5, [](std::size_t task) { return Fixed(task); })[4]->number, 4u);
}

// On both sides of the edge: done or timed out, never both, never neither.
TEST(TimeoutRaces, ResultAgainstTimeout) {
  Reactor reactor(limited(2, false, 1ms));
  Results<std::vector<int>> results;
  std::size_t timed_out = 0;
  for (int round = 0; round < scaled(300, 60); ++round) {
    reactor.run_into(results, 8, [round](std::size_t task) {
      auto const until = Clock::now() + 900us + std::chrono::microseconds(50 * (round % 16));
      if (task == 3) work_until(until);
      return std::vector<int>(10, round);
    });
    for (auto const outcome : results) {
      if (outcome) {
        ASSERT_EQ(outcome->at(9), round);
      } else {
        ASSERT_EQ(outcome.status(), Status::timed_out);
        ++timed_out;
      }
    }
    ASSERT_EQ(results.summary().done + results.summary().timed_out, 8u);
  }
  std::cout << timed_out << " timed out\n";
}

}  // namespace
