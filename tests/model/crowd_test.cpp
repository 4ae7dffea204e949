// SPDX-License-Identifier: BSD-3-Clause
// Protocol I where there are more workers than CPUs: whom a run has no use for is left asleep, but
// whatever nobody is in the middle of gets somebody.
#include <gtest/gtest.h>

#include <string>

#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"

namespace reactor::model {
namespace {

using Env = EnvWithLongWatch;

constexpr std::uint32_t k_cpus = 1;
// Of tasks that take this some are too much to be begun alone, and over within a slice.
constexpr std::uint64_t k_short_ns = 20'000;

// The caller has the only CPU.
TEST(Crowd, leaves_a_short_run_to_its_caller) {
  explore("crowd: leaves it to the caller", {{0, 0, 0}, 1, 0}, [] {
    SleepingCrew<Env> crew(3, 0, 0, k_cpus);
    ModelRun<Env> run(5);
    run.task_ns = k_short_ns;
    run_and_check(crew.shared(), run, true);
    require(wakes(crew.shared()) == 0, "one more to take turns");
  });
}

// Whoever it is left to, all of it is run, also where the watch is over meanwhile.
template <class E>
Checker::Program a_short_run(bool helps) {
  return [=] {
    SleepingCrew<E> crew(2, 0, 0, k_cpus);
    ModelRun<E> run(3);
    run.task_ns = k_short_ns;
    run_and_check(crew.shared(), run, helps);
  };
}

TEST(Crowd, leaves_no_run_to_nobody) {
  explore("crowd: helps", {{2, 1, 0}, 27'405, 100'000}, a_short_run<Env>(true));
  explore("crowd: waits", {{2, 1, 0}, 432'873, 100'000}, a_short_run<Env>(false));
  explore("crowd: helps, a short watch", {{2, 1, 0}, 22'643, 100'000},
          a_short_run<model::Env>(true));
  explore("crowd: waits, a short watch", {{1, 1, 0}, 3'206, 100'000},
          a_short_run<model::Env>(false));
}

// What nobody is in yet, and what has no more tasks than there are workers, so that each may wait
// for all others, is not left to the watch.
TEST(Crowd, comes_at_once_where_it_must) {
  for (bool const helps : {true, false}) {
    explore(std::string("crowd: at once, ") + (helps ? "helps" : "waits"), {{0, 0, 0}, 1, 0},
            [helps] {
              SleepingCrew<Env> crew(2, 0, 0, k_cpus);
              ModelRun<Env> run(helps ? 2 : 3);
              run.task_ns = 3 * k_short_ns;  // worth a wake
              run.in_task = [&](std::uint64_t i, std::uint32_t) {
                if (helps) await([&] { return run.was_begun(1 - i); });
                return true;
              };
              std::uint64_t const began_ns = Env::now_ns();
              run_and_check(crew.shared(), run, helps);
              require(Env::now_ns() - began_ns < engine::k_watch_tick_ns, "left to the watch");
            });
  }
}

template <class E>
void run_tasks_that_wait(SleepingCrew<E>& crew) {
  ModelRun<E> run(3);
  run.task_ns = k_short_ns;
  run.in_task = [&](std::uint64_t i, std::uint32_t) {
    if (i == 0) await([&] { return run.was_begun(1); });
    return true;
  };
  run_and_check(crew.shared(), run, true);
}

// It was known to be short, but its tasks wait for each other: which is seen some ticks later.
TEST(Crowd, comes_when_nothing_goes_on) {
  explore("crowd: tasks that wait", {{1, 1, 0}, 2'110, 0}, [] {
    SleepingCrew<Env> crew(2, 0, 0, k_cpus);
    std::uint64_t const began_ns = Env::now_ns();
    run_tasks_that_wait(crew);
    require(Env::now_ns() - began_ns < 5 * engine::k_watch_tick_ns, "left to the end of the watch");
  });
  explore("crowd: tasks that wait, unwatched", {{2, 1, 0}, 8'063, 100'000}, [] {
    SleepingCrew<EnvWithoutWatch> crew(2, 0, 0, k_cpus);
    run_tasks_that_wait(crew);
  });
}

}  // namespace
}  // namespace reactor::model
