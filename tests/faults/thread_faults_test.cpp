// SPDX-License-Identifier: BSD-3-Clause
// The system has no thread to give: while a Reactor is made, and when a task has ended one.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "reactor/reactor.hpp"
#include "tests/faults/aftermath.hpp"
#include "tests/faults/inject.hpp"
#include "tests/faults/sweep.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::TaskContext;

namespace faults {
namespace {

// With one thread that cannot be had, and with all from one on.
class ThreadFaults : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  ~ThreadFaults() override { before_.expect_nothing_left(); }

  template <class Scenario>
  void sweep_threads(std::string const& name, std::uint64_t at_least,
                     Scenario const& scenario) const {
    sweep((GetParam() == 1 ? "one thread, " : "no thread from there on, ") + name,
          {.point = Point::thread, .error = EAGAIN, .count = GetParam()}, at_least, scenario);
  }

  Before const before_;
};

TEST_P(ThreadFaults, InConstructionLeaveNothing) {
  std::atomic<int> up{0};
  Options const options{.parallelism = 5,
                        .on_worker_start = [&](std::size_t) { ++up; },
                        .on_worker_exit = [&](std::size_t) { --up; }};
  sweep_threads("construction of 5 workers", 5, [&](Plan const& plan) {
    std::optional<Reactor> reactor;
    std::optional<std::error_code> code;
    Armed armed(plan);
    try {
      reactor.emplace(options);
    } catch (std::system_error const& error) {
      code = error.code();
    }
    std::uint64_t const injected = armed.end();
    if (injected != 0) {
      EXPECT_EQ(code, std::errc::resource_unavailable_try_again);
      EXPECT_EQ(up, 0);
      before_.expect_nothing_left();
    } else {
      EXPECT_EQ(code, std::nullopt);
      EXPECT_EQ(up, 5);
      expect_works(*reactor);
    }
    return injected;
  });
  EXPECT_EQ(up, 0);
}

// The one that keeps deadlines and limits: then the run does not begin, and the next one may.
TEST_P(ThreadFaults, OfTheWatchdogComeBeforeTheRun) {
  sweep_threads("watchdog", 1, [](Plan const& plan) {
    Reactor reactor({.parallelism = 2});
    std::atomic<int> begun{0};
    auto const run = [&] {
      reactor.run(10, [&](std::size_t) { ++begun; },
                  {.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1)});
    };
    Armed armed(plan);
    Ending const ending = ending_of(run);
    std::uint64_t const injected = armed.end();
    EXPECT_EQ(ending, injected != 0 ? Ending::system_error : Ending::well);
    EXPECT_EQ(begun, injected != 0 ? 0 : 10);
    run();
    expect_works(reactor);
    return injected;
  });
}

// A straggler's place is not taken: its run ends with an Error, and later ones when it has ended.
TEST_P(ThreadFaults, InThePlaceOfAStraggler) {
  sweep_threads("a straggler's place", 1, [](Plan const& plan) {
    Reactor reactor({.stop_on_error = false, .parallelism = 1});
    auto const limit = std::chrono::milliseconds(2);
    reactor.run(1, [](std::size_t) {}, {.result_timeout = limit});
    auto const gate = std::make_shared<Gate>();
    Armed armed(plan);
    Ending const ending = ending_of([&] {
      reactor.run(2, [gate](std::size_t task) { static_cast<void>(task != 0 || gate->wait()); },
                  {.result_timeout = limit});
    });
    std::uint64_t const injected = armed.end();
    EXPECT_EQ(ending, injected != 0 ? Ending::error : Ending::well);
    auto const again = [&] {
      return ending_of([&] { reactor.run(1, [](std::size_t) {}, {.result_timeout = limit}); });
    };
    EXPECT_EQ(again(), ending);
    gate->open();
    EXPECT_TRUE(eventually([&] { return again() == Ending::well; }));
    expect_works(reactor);
    return injected;
  });
}

// What nobody is left to run says so; so does what comes later.
TEST_P(ThreadFaults, LeaveNobodyToRunWhatWasSubmitted) {
  sweep_threads("the only worker's replacement", 1, [](Plan const& plan) {
    Reactor reactor({.stop_on_error = false, .parallelism = 1});
    Gate gate;
    auto end_in_1 = [&](std::size_t task) {
      gate.wait();
      if (task == 1) pthread_exit(nullptr);
    };
    Armed armed(plan);
    auto begun = reactor.submit(4, std::move(end_in_1));
    auto queued = reactor.submit(4, [](std::size_t) {});
    auto call = reactor.submit([] { return 1; }).then([](int one) { return one + 1; });
    gate.open();
    Ending const expected =
        ending_of([&] { queued.get(); }) == Ending::well ? Ending::well : Ending::error;
    EXPECT_EQ(ending_of([&] { begun.get(); }), expected);
    auto later = reactor.submit(1, [](std::size_t) {});
    EXPECT_EQ(ending_of([&] { later.get(); }), expected);
    Ending const of_calls = expected == Ending::well ? Ending::well : Ending::task_error;
    EXPECT_EQ(ending_of([&] { EXPECT_EQ(call.get(), 2); }), of_calls);
    EXPECT_EQ(ending_of([&] { reactor.submit([] {}).get(); }), of_calls);
    std::uint64_t const injected = armed.end();
    EXPECT_EQ(expected, injected != 0 ? Ending::error : Ending::well);
    expect_works(reactor);
    return injected;
  });
}

// Nobody is left, so the call goes where it was handed over, with the Reactor's last handle.
void have_the_last_handle_refused(bool has_future) {
  auto reactor = std::make_shared<Reactor>(Options{.parallelism = 1});
  Armed const armed({.point = Point::thread, .error = EAGAIN, .count = k_from_then_on});
  reactor->post([] { pthread_exit(nullptr); });
  eventually([&] { return reactor->stats().workers == 0; });
  Reactor& its = *reactor;
  auto call = [reactor = std::move(reactor)] {};
  if (has_future) {
    auto const future = its.submit(std::move(call));
  } else {
    its.post(std::move(call));
  }
  Gate().wait();  // the worker that has ended may be the one that comes by it
}

TEST(ThreadFaultsDeath, RefusedWithTheLastHandle) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (bool const has_future : {false, true}) {
    EXPECT_DEATH(have_the_last_handle_refused(has_future), "from inside one of its own tasks");
  }
}

// Tasks end their workers' threads.
class ReplacementFaults : public ThreadFaults {
 protected:
  static constexpr std::size_t k_workers = 3;

  // A run does not wait for the threads that it has ended.
  static void expect_workers_lost(Reactor const& reactor, std::uint64_t lost) {
    EXPECT_TRUE(eventually([&] { return reactor.stats().workers == k_workers - lost; }));
    EXPECT_TRUE(eventually([&] { return reactor.stats().pinned == k_workers - lost; }))
        << reactor.stats().pinned << " of " << k_workers - lost << " workers are pinned";
  }
};

// More often than there are workers: with no thread from there on all of them are lost, and the
// caller takes over.
TEST_P(ReplacementFaults, LoseWorkersAndNothingElse) {
  constexpr std::size_t k_tasks = 60;
  std::atomic<int> ending{0};  // threads that a task has ended, on their way there
  auto const action = [&](std::size_t task, TaskContext& context) {
    if (task % 10 != 7) return task;
    // The caller's thread is the test's own: there the task fails by itself.
    if (context.worker() == k_workers) throw Planned(task);
    ++ending;
    pthread_exit(nullptr);
  };
  sweep_threads("replacement of ended threads", 6, [&](Plan const& plan) {
    std::atomic<int> up{0};
    ending = 0;
    std::uint64_t injected = 0;
    {
      Reactor reactor({.parallelism = k_workers,
                       .caller_participates = false,
                       .on_worker_start = [&](std::size_t) { ++up; },
                       .on_worker_exit =
                           [&](std::size_t) {
                             --up;
                             --ending;
                           }});
      Armed armed(plan);
      auto const results = reactor.run(k_tasks, action, {.stop_on_error = false});
      EXPECT_TRUE(eventually(
          [&] { return ending == 0 && up == static_cast<int>(reactor.stats().workers); }));
      injected = armed.end();
      EXPECT_EQ(results.summary().failed, k_tasks / 10);
      EXPECT_EQ(results.summary().done, k_tasks - k_tasks / 10);
      for (auto const outcome : results) {
        EXPECT_EQ(outcome.has_value(), outcome.index() % 10 != 7);
        EXPECT_TRUE(!outcome || *outcome == outcome.index());
      }
      expect_workers_lost(reactor, injected);
      expect_works(reactor);
    }
    EXPECT_EQ(up, 0);
    return injected;
  });
}

// All workers at once, but for the one whose place the caller takes.
TEST_P(ReplacementFaults, OfAllWorkersAtOnce) {
  for (bool const caller_participates : {false, true}) {
    for (bool const stop_on_error : {false, true}) {
      std::size_t const ended = k_workers - (caller_participates ? 1 : 0);
      sweep_threads("replacement of all at once", ended, [&](Plan const& plan) {
        Reactor reactor({.parallelism = k_workers, .caller_participates = caller_participates});
        Rendezvous all_in_flight(k_workers);
        Results<std::size_t> results;
        auto const action = [&](std::size_t task, TaskContext& context) {
          EXPECT_TRUE(all_in_flight.arrive_and_wait());
          if (context.worker() < k_workers) pthread_exit(nullptr);
          return task;
        };
        Armed armed(plan);
        Ending const ending = ending_of([&] {
          reactor.run_into(results, k_workers, action, {.stop_on_error = stop_on_error});
        });
        EXPECT_TRUE(eventually([&] { return armed.seen() == ended; }));
        std::uint64_t const injected = armed.end();
        EXPECT_EQ(ending, stop_on_error ? Ending::task_error : Ending::well);
        EXPECT_EQ(results.summary().failed, ended);
        EXPECT_EQ(results.summary().done, k_workers - ended);
        expect_workers_lost(reactor, injected);
        expect_works(reactor);
        return injected;
      });
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Count, ThreadFaults, ::testing::Values(1, k_from_then_on));
INSTANTIATE_TEST_SUITE_P(Count, ReplacementFaults, ::testing::Values(1, k_from_then_on));

}  // namespace
}  // namespace faults
